#include "gateway/upstream_token.h"

#include "token/pat.h"

enum error upstream_token_make(const struct shared *shared, int64_t user_id, usec now,
                               struct arena *arena, struct upstream_token *out)
{
    int64_t issued = usec_to_seconds(now);
    int64_t end = issued + usec_to_seconds(shared->config->access_token_ttl);
    struct claims claims = {
        .present = CLAIM_TOKEN_TYPE | CLAIM_EXP | CLAIM_IAT | CLAIM_JTI | CLAIM_USER_ID,
        .token_type = token_type_name(TOKEN_ACCESS),
        .exp = end,
        .iat = issued,
        .jti = jti_new(arena),
        .user_id = user_id,
        .user_id_json = STR(""),
        .scope = STR(""),
        .extra = STR(""),
    };
    arena_mark_secret(arena);
    out->expires_at = SECONDS(end);
    return jwt_sign(&claims, key_ring_current(shared->keys), arena, &out->token);
}
