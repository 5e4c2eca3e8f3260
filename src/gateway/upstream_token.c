#include "gateway/upstream_token.h"

#include "crypto/random.h"
#include "token/jwt.h"

enum error upstream_token_make(const struct shared *shared, const struct principal *who, usec now,
                               struct arena *arena, struct upstream_token *out)
{
    int64_t issued = usec_to_seconds(now);
    int64_t end = issued + usec_to_seconds(shared->config->access_token_ttl);
    if (who->expires_at != USEC_NEVER && usec_to_seconds(who->expires_at) < end)
        end = usec_to_seconds(who->expires_at);
    struct claims claims = {
        .present = CLAIM_TOKEN_TYPE | CLAIM_EXP | CLAIM_IAT | CLAIM_JTI | CLAIM_USER_ID,
        .token_type = token_type_name(TOKEN_ACCESS),
        .exp = end,
        .iat = issued,
        /* it names the same parent as any access token does */
        .jti = ARENA_JOIN(arena, arena_printf(arena, "%016llx", (unsigned long long)who->token_key),
                          random_hex(arena, 8)),
        .user_id = who->user_id,
        .user_id_json = STR(""),
        .scope = STR(""),
        .extra = STR(""),
    };
    arena_mark_secret(arena);
    out->expires_at = SECONDS(end);
    return jwt_sign(&claims, key_ring_current(shared->keys), arena, &out->token);
}
