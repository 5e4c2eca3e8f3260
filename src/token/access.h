/*
 * Access tokens: signed JWTs (token_type "access") that live for minutes. They carry their parent's
 * key in their jti, so that ending the parent ends them without anything being remembered.
 *
 * Pure functions; a token that verifies here may still have a parent that was revoked.
 */
#ifndef LATCHKEY_TOKEN_ACCESS_H
#define LATCHKEY_TOKEN_ACCESS_H

#include "token/jwt.h"
#include "token/pat.h"

/* What a token says; its texts live in the arena that access_verify was given. */
struct access {
    str jti;
    uint64_t parent_key; /* see access_parent_key */
    int64_t user_id;
    usec issued_at;   /* whole seconds; 0: it doesn't say */
    usec expires_at;  /* first moment at which the token is no longer good, without leeway */
    str scope;        /* empty: not restricted */
    bool has_scope;   /* a claim scope is there, the empty one too */
    str user_id_json; /* as written */
    str extra;        /* its other claims, see struct claims */
    str missing;      /* with ERR_MISSING_CLAIM: which */
};

struct new_access {
    str token; /* a secret, in the arena */
    str jti;
    usec issued_at;
    usec expires_at;
};

/* The key of a PAT with this jti: the first 8 bytes of SHA-256 over it, most significant first. */
uint64_t token_parent_key(str parent_jti);
/*
 * The key that an access token's jti carries: its first 16 hexadecimal digits; 0 if it is not 32 of
 * them. Label Studio's own access tokens have random digits there: a key that no PAT has.
 */
uint64_t access_parent_key(str access_jti);

/*
 * Makes an access token of `parent`, a PAT that was verified: with its user and its other claims,
 * for `ttl_seconds` from `now` but never longer than the parent lives.
 * ERR_EXPIRED  the parent has ended
 * and those of jwt_sign
 */
enum error access_sign(const struct pat *parent, const struct signing_key *key, usec now,
                       int64_t ttl_seconds, struct arena *arena, struct new_access *out) MUST_CHECK;

/* The claim `scope` with a list of scopes (auth/scope.h), as a member of struct claims' `extra`. */
str access_scope_claim(str scopes, struct arena *arena);
/* `extra` has such a member already; also for one within another. */
bool access_has_scope_claim(str extra);

/*
 * Checks `token` against `keys` and reads its claims. `out` is filled as far as the token can be
 * read once its signature holds, also with an error. Errors as pat_verify, with leeway after exp:
 * ERR_EXPIRED when `now` has reached expires_at and the leeway.
 */
enum error access_verify(str token, const struct key_ring *keys, const struct token_clock *clock,
                         struct arena *arena, struct access *out) MUST_CHECK;

#endif
