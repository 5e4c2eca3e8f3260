/*
 * What a token says about itself: the claims of a JWT (RFC 7519 4) that Label Studio uses, and the
 * rest as it was written. A struct here says nothing about whether the token is genuine.
 */
#ifndef LATCHKEY_TOKEN_CLAIMS_H
#define LATCHKEY_TOKEN_CLAIMS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"

enum claim {
    CLAIM_TOKEN_TYPE = 1 << 0,
    CLAIM_EXP = 1 << 1,
    CLAIM_IAT = 1 << 2,
    CLAIM_NBF = 1 << 3,
    CLAIM_JTI = 1 << 4,
    CLAIM_USER_ID = 1 << 5,
    CLAIM_SUB = 1 << 6,
    CLAIM_SCOPE = 1 << 7,
};

/*
 * It owns nothing: texts live in the arena that the reader was given. What is absent or unusable is
 * 0 or empty. Times are whole seconds, rounded towards 0, and kept within int64_t: a bigger or
 * smaller number is the nearest that fits.
 */
struct claims {
    unsigned present;  /* claims that are there, as enum claim */
    unsigned unusable; /* those of them with a value of a wrong type or form */
    str token_type;    /* "refresh", "access" */
    int64_t exp;       /* seconds */
    int64_t iat;       /* seconds */
    int64_t nbf;       /* seconds */
    str jti;           /* 1 to 255 bytes */
    int64_t user_id;   /* above 0 */
    str user_id_json;  /* its value as it was written: "7" with its quotes, or 7 */
    str scope;         /* also within `extra` */
    str extra;         /* all other members as written, in order, each with a comma before it */
};

#define JTI_MAX 255 /* bytes */

/* It is there, and it can be used. */
static inline bool claims_have(const struct claims *claims, enum claim claim)
{
    return (claims->present & ~claims->unusable & (unsigned)claim) != 0;
}

enum token_type { TOKEN_REFRESH = 1, TOKEN_ACCESS };

/* "refresh", "access": what the claim token_type says. */
str token_type_name(enum token_type type);

/* The time of a check, and how much clocks may differ. All 0 but `now`: as Label Studio checks. */
struct token_clock {
    usec now;
    int64_t skew_seconds;   /* `iat` and `nbf` may be so far in the future */
    int64_t leeway_seconds; /* the token counts for so long after `exp` */
};

/*
 * The checks of Label Studio's library after the signature, in its order, so that a token with
 * several faults gets the same one: iat, nbf, exp, the forms of sub and jti; for a PAT that jti is
 * there, that exp is, for an access token that jti is; the type; and ours, user_id.
 * `*missing` is set with ERR_MISSING_CLAIM only, to the claim's name.
 *
 * ERR_MALFORMED      a claim has an unusable value
 * ERR_TOO_EARLY      iat or nbf is in the future
 * ERR_EXPIRED        `now` has reached exp
 * ERR_MISSING_CLAIM  "jti", "exp", "token_type" or "user_id"
 * ERR_WRONG_TYPE     another token_type
 */
enum error claims_check(const struct claims *claims, enum token_type type,
                        const struct token_clock *clock, str *missing) MUST_CHECK;

#endif
