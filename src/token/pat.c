#include "token/pat.h"

#include "base/encoding.h"
#include "crypto/random.h"
#include "token/internal.h"

str jti_new(struct arena *arena)
{
    unsigned char uuid[16];
    random_bytes(uuid, sizeof(uuid));
    uuid[6] = (unsigned char)((uuid[6] & 0x0F) | 0x40); /* version 4, RFC 9562 5.4 */
    uuid[8] = (unsigned char)((uuid[8] & 0x3F) | 0x80);
    return hex_encode(arena, str_of((const char *)uuid, sizeof(uuid)));
}

static enum error to_claims(const struct pat *pat, struct claims *out)
{
    if (pat->jti.len == 0 || pat->jti.len > JTI_MAX || pat->user_id <= 0 ||
        pat->expires_at < pat->issued_at)
        return ERR_MALFORMED;
    *out = (struct claims){
        .present = CLAIM_TOKEN_TYPE | CLAIM_EXP | CLAIM_IAT | CLAIM_JTI | CLAIM_USER_ID,
        .token_type = token_type_name(TOKEN_REFRESH),
        .exp = usec_to_seconds(pat->expires_at),
        .iat = usec_to_seconds(pat->issued_at),
        .jti = pat->jti,
        .user_id = pat->user_id,
        .user_id_json = str_of(pat->user_id_json.ptr, pat->user_id_json.len),
        .extra = str_of(pat->extra.ptr, pat->extra.len),
    };
    return OK;
}

enum error pat_sign(const struct pat *pat, const struct signing_key *key, struct arena *arena,
                    str *out)
{
    struct claims claims;
    enum error err = to_claims(pat, &claims);
    return err ? err : jwt_sign(&claims, key, arena, out);
}

enum error pat_write_unsigned(const struct pat *pat, enum jwt_algorithm algorithm, str kid,
                              struct arena *arena, str *out)
{
    struct claims claims;
    enum error err = to_claims(pat, &claims);
    return err ? err : jwt_write_unsigned(&claims, algorithm, kid, arena, out);
}

enum error pat_verify(str token, const struct key_ring *keys, const struct token_clock *clock,
                      struct arena *arena, struct pat *out)
{
    struct claims claims;
    struct token_clock exact = {.now = clock->now, .skew_seconds = clock->skew_seconds};
    str missing = STR("");
    enum error err = jwt_verify(token, keys, arena, &claims);
    if (err)
        return err;
    err = claims_check(&claims, TOKEN_REFRESH, &exact, &missing);
    *out = (struct pat){
        .jti = claims.jti,
        .user_id = claims.user_id,
        .issued_at = usec_of_claim(claims.iat),
        .expires_at = usec_of_claim(claims.exp),
        .user_id_json = claims.user_id_json,
        .extra = claims.extra,
        .missing = missing,
    };
    return err;
}
