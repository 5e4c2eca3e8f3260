#include "token/access.h"

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "token/internal.h"

#define JTI_BYTES 16
#define PARENT_BYTES 8

uint64_t token_parent_key(str parent_jti)
{
    unsigned char digest[DIGEST_BYTES];
    uint64_t key = 0;
    sha256(parent_jti, digest);
    for (size_t i = 0; i < PARENT_BYTES; i++)
        key = key << 8 | digest[i];
    return key;
}

uint64_t access_parent_key(str access_jti)
{
    uint64_t key = 0;
    if (access_jti.len != (size_t)2 * JTI_BYTES)
        return 0;
    for (size_t i = 0; i < access_jti.len; i++) {
        char c = access_jti.ptr[i];
        bool is_letter = c >= 'a' && c <= 'f';
        if (!is_letter && (c < '0' || c > '9'))
            return 0;
        if (i < (size_t)2 * PARENT_BYTES)
            key = key << 4 | (uint64_t)(is_letter ? c - 'a' + 10 : c - '0');
    }
    return key;
}

static str jti_of_child(str parent_jti, struct arena *arena)
{
    unsigned char jti[JTI_BYTES];
    uint64_t key = token_parent_key(parent_jti);
    for (size_t i = 0; i < PARENT_BYTES; i++)
        jti[i] = (unsigned char)(key >> (56 - 8 * i));
    random_bytes(jti + PARENT_BYTES, JTI_BYTES - PARENT_BYTES);
    return hex_encode(arena, str_of((const char *)jti, sizeof(jti)));
}

str access_scope_claim(str scopes, struct arena *arena)
{
    return ARENA_JOIN(arena, STR(",\"scope\":\""), scopes, STR("\""));
}

bool access_has_scope_claim(str extra)
{
    return str_contains(extra, STR(",\"scope\":")); /* no JSON text has these bytes within */
}

enum error access_sign(const struct pat *parent, const struct signing_key *key, usec now,
                       int64_t ttl_seconds, struct arena *arena, struct new_access *out)
{
    if (parent->expires_at <= now)
        return ERR_EXPIRED;
    int64_t parent_end = usec_to_seconds(parent->expires_at), iat = usec_to_seconds(now);
    struct claims claims = {
        .present = CLAIM_TOKEN_TYPE | CLAIM_EXP | CLAIM_IAT | CLAIM_JTI | CLAIM_USER_ID,
        .token_type = token_type_name(TOKEN_ACCESS),
        .exp = parent_end - iat < ttl_seconds ? parent_end : iat + ttl_seconds,
        .iat = iat,
        .jti = jti_of_child(parent->jti, arena),
        .user_id = parent->user_id,
        .user_id_json = str_of(parent->user_id_json.ptr, parent->user_id_json.len),
        .extra = str_of(parent->extra.ptr, parent->extra.len),
    };
    str token;
    enum error err = jwt_sign(&claims, key, arena, &token);
    if (!err)
        *out = (struct new_access){.token = token,
                                   .jti = claims.jti,
                                   .issued_at = SECONDS(claims.iat),
                                   .expires_at = SECONDS(claims.exp)};
    return err;
}

enum error access_verify(str token, const struct key_ring *keys, const struct token_clock *clock,
                         struct arena *arena, struct access *out)
{
    struct claims claims;
    str missing = STR("");
    enum error err = jwt_verify(token, keys, arena, &claims);
    if (err)
        return err;
    err = claims_check(&claims, TOKEN_ACCESS, clock, &missing);
    *out = (struct access){
        .jti = claims.jti,
        .parent_key = access_parent_key(claims.jti),
        .user_id = claims.user_id,
        .issued_at = usec_of_claim(claims.iat),
        .expires_at = usec_of_claim(claims.exp),
        .scope = claims.scope,
        .has_scope = (claims.present & CLAIM_SCOPE) != 0,
        .user_id_json = claims.user_id_json,
        .extra = claims.extra,
        .missing = missing,
    };
    return err;
}
