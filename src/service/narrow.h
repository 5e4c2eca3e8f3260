/*
 * A token for an access token that may do no more: POST /oauth/token with a refresh token or a
 * token exchange (RFC 6749 6, RFC 8693). What comes out ends with its parent, as any access token.
 */
#ifndef LATCHKEY_SERVICE_NARROW_H
#define LATCHKEY_SERVICE_NARROW_H

#include "service/context.h"

/* What may be given, added up. */
enum narrow_from {
    FROM_PAT = 1 << 0,
    FROM_API_KEY = 1 << 1,
    FROM_ACCESS_TOKEN = 1 << 2,
};

struct narrowing {
    unsigned from;       /* of enum narrow_from */
    str scopes;          /* a list; empty: what its parent may */
    int64_t ttl_seconds; /* how long it lives at most; 0: as access tokens do */
    str address;         /* the client's: its parent may be bound to some */
};

struct narrowed {
    str access; /* a secret */
    str scopes; /* what it may; "all" when it is not restricted */
    int64_t expires_in;
    struct principal holder; /* of its parent: for usage_count */
    str dead_token;          /* when it fails: for service/dead_token.h; empty: none */
};

/*
 * `db` NULL: the fast lane.
 * ERR_WRONG_TYPE   a token of a kind that is not in `from`
 * ERR_FORBIDDEN    `scopes` would give more than the parent has
 * ERR_ADDRESS      not from there
 * ERR_WOULD_BLOCK  only in the fast lane
 * ERR_FORGED, ERR_EXPIRED, ERR_REVOKED, ERR_INACTIVE, ERR_KIND_OFF, … it does not count
 * and what the store says
 */
enum error token_narrow(struct shared *shared, struct db *db, str token,
                        const struct narrowing *narrowing, usec now, struct arena *arena,
                        struct narrowed *out) MUST_CHECK;

/* What a JWT that was found good says of itself; 0 and empty where it doesn't, or is none. */
struct token_words {
    int64_t issued_at; /* seconds */
    int64_t ends_at;   /* seconds */
    str id;
};
struct token_words token_words_of(str token, struct arena *arena);

#endif
