#include "gateway/upstream_token.h"

#include "crypto/random.h"
#include "token/access.h"
#include "token/pat.h"

/* As any access token's: the parent's key, and the rest random. */
static str jti_of(int64_t token_key, struct arena *arena)
{
    if (token_key == 0)
        return jti_new(arena);
    return ARENA_JOIN(arena, arena_printf(arena, "%016llx", (unsigned long long)token_key),
                      random_hex(arena, 8));
}

enum error upstream_token_make(const struct shared *shared, int64_t user_id, int64_t token_key,
                               str scope, usec now, struct arena *arena, struct upstream_token *out)
{
    int64_t issued = usec_to_seconds(now);
    int64_t end = issued + usec_to_seconds(shared->config->access_token_ttl);
    struct claims claims = {
        .present = CLAIM_TOKEN_TYPE | CLAIM_EXP | CLAIM_IAT | CLAIM_JTI | CLAIM_USER_ID,
        .token_type = token_type_name(TOKEN_ACCESS),
        .exp = end,
        .iat = issued,
        .jti = jti_of(token_key, arena),
        .user_id = user_id,
        .user_id_json = STR(""),
        .scope = STR(""),
        .extra = str_is_empty(scope) ? STR("") : access_scope_claim(scope, arena),
    };
    arena_mark_secret(arena);
    out->expires_at = SECONDS(end);
    return jwt_sign(&claims, key_ring_upstream(shared->keys), arena, &out->token);
}
