/*
 * Personal access tokens: signed JWTs (token_type "refresh"), exchanged for access tokens.
 *
 * Pure functions. No clock, no storage, no log: the caller passes the time and asks elsewhere
 * whether the token was revoked. A token that verifies here may still be revoked.
 */
#ifndef LATCHKEY_TOKEN_PAT_H
#define LATCHKEY_TOKEN_PAT_H

#include "token/jwt.h"

/* What a token says. It owns nothing: its texts live in the arena that pat_verify was given. */
struct pat {
    str jti; /* names the token for ever, 1 to 255 bytes */
    int64_t user_id;
    usec
        issued_at; /* a JWT carries whole seconds: both times are rounded down; 0: it doesn't say */
    usec expires_at;  /* first moment at which the token is no longer good */
    str user_id_json; /* as written; may be empty for pat_sign: then it is a text, "7" */
    str extra;        /* its other claims, for its access tokens; see struct claims */
    str missing;      /* with ERR_MISSING_CLAIM: which */
};

/* A new jti: 32 lower-case hexadecimal digits of a random UUID (version 4), as Label Studio's. */
str jti_new(struct arena *arena);

/*
 * Signs `pat` with `key`. The token lives in `arena` and is a secret: shown once, never logged.
 * The claims come out in Label Studio's order, so that equal input gives equal bytes.
 *
 * ERR_MALFORMED  `jti` is empty, too long or needs escapes, or the token would expire before it is
 *                issued
 * and those of jwt_sign
 */
enum error pat_sign(const struct pat *pat, const struct signing_key *key, struct arena *arena,
                    str *out) MUST_CHECK;

/* header.payload of the same token: what lists show. The row of a token is enough to write it. */
enum error pat_write_unsigned(const struct pat *pat, enum jwt_algorithm algorithm, str kid,
                              struct arena *arena, str *out) MUST_CHECK;

/*
 * Checks `token` against `keys` and reads its claims. `clock` gives the skew of iat and nbf; its
 * leeway is not looked at, for a PAT ends when it ends. `out` is filled as far as the token can be
 * read once its signature holds, also with an error.
 *
 * ERR_MALFORMED      not a JWT, or a claim of a wrong form
 * ERR_FORGED         no key of ours made this signature
 * ERR_TOO_EARLY      iat or nbf is in the future
 * ERR_EXPIRED        `now` has reached expires_at
 * ERR_MISSING_CLAIM  `out->missing`: "jti", "exp", "token_type" or "user_id"
 * ERR_WRONG_TYPE     an access token, or another
 * With the last two, Label Studio says that the token is blacklisted if its jti (when there is one)
 * is: it looks there before.
 */
enum error pat_verify(str token, const struct key_ring *keys, const struct token_clock *clock,
                      struct arena *arena, struct pat *out) MUST_CHECK;

#endif
