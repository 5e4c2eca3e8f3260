#include "token/access_order.h"

#include "crypto/random.h"

#define RANDOM_BYTES 8 /* the half of the jti behind its parent's key */

/* No JSON text can hold these bytes: a quote within one has a backslash before it. */
static const str of_api_key = STR_INIT(",\"parent\":\"api_key\"");

static str claims_beyond(const struct access_order *order, struct arena *arena)
{
    str scope = str_is_empty(order->scopes)
                    ? STR("")
                    : ARENA_JOIN(arena, STR(",\"scope\":\""), order->scopes, STR("\""));
    return order->of_api_key ? ARENA_JOIN(arena, scope, of_api_key) : scope;
}

enum error access_sign_order(const struct access_order *order, const struct signing_key *key,
                             usec now, int64_t ttl_seconds, struct arena *arena,
                             struct new_access *out)
{
    int64_t iat = usec_to_seconds(now), latest = usec_to_seconds(order->ends_at);
    if (latest <= iat)
        return ERR_EXPIRED;
    struct claims claims = {
        .present = CLAIM_TOKEN_TYPE | CLAIM_EXP | CLAIM_IAT | CLAIM_JTI | CLAIM_USER_ID,
        .token_type = token_type_name(TOKEN_ACCESS),
        .exp = latest - iat < ttl_seconds ? latest : iat + ttl_seconds,
        .iat = iat,
        .jti =
            ARENA_JOIN(arena, arena_printf(arena, "%016llx", (unsigned long long)order->parent_key),
                       random_hex(arena, RANDOM_BYTES)),
        .user_id = order->user_id,
        .user_id_json = order->user_id_json,
        .scope = STR(""),
        .extra = claims_beyond(order, arena),
    };
    str token;
    arena_mark_secret(arena);
    enum error err = jwt_sign(&claims, key, arena, &token);
    if (!err)
        *out = (struct new_access){.token = token,
                                   .jti = claims.jti,
                                   .issued_at = SECONDS(claims.iat),
                                   .expires_at = SECONDS(claims.exp)};
    return err;
}

bool access_is_of_api_key(const struct access *access)
{
    return str_contains(access->extra, of_api_key);
}
