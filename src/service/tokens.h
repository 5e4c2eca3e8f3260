/*
 * The rules of personal access tokens and API keys: create, list, rename, rotate, revoke, exchange.
 * Both kinds share a user's names, the longest life and the number that the organization allows.
 *
 * `who` acts; a user's tokens are in reach of the user, of administrators of the user's
 * organization, and of the operator. Everything that ends a token ends what was exchanged for it
 * with the next request, in every process of the host.
 */
#ifndef LATCHKEY_SERVICE_TOKENS_H
#define LATCHKEY_SERVICE_TOKENS_H

#include "service/complaint.h"
#include "service/context.h"
#include "store/tokens.h"

#define TOKEN_DEFAULT_NAME "Personal Access Token" /* what a bare POST /api/token/ makes */
#define API_KEY_DEFAULT_NAME "API key"
#define TOKEN_NAME_MAX 100 /* characters */

struct token_order {
    enum token_kind kind;
    str name;
    int64_t ttl_days; /* 0: as long as the organization allows */
    usec expires_at;  /* 0: not said; not together with ttl_days */
};

/* `secret` is the whole token: shown once. */
struct new_token {
    struct token_row row;
    str secret;
};

/*
 * ERR_INVALID    with complaints: a bad name, an end that is past or beyond the organization's
 * limit ERR_CONFLICT   a living token of the user has that name ERR_LIMIT      the user has as many
 * tokens as the organization allows ERR_KIND_OFF   the kind is switched off there; strict: PATs
 * never are, API keys always ERR_NOT_FOUND  no such user, or out of reach
 */
enum error token_create(struct worker *w, const struct principal *who, int64_t user_id,
                        const struct token_order *order, usec now, struct arena *arena,
                        struct complaints *complaints, struct new_token *out) MUST_CHECK;

/* Label Studio's: a PAT with the default name. Strict: ERR_CONFLICT while any PAT of `who` lives.
 */
enum error token_create_default(struct worker *w, const struct principal *who, usec now,
                                struct arena *arena, struct new_token *out) MUST_CHECK;

/* Living tokens of a user, oldest first, after the cursor's place; at most `limit`. `kind` may be
 * ANY_KIND. */
struct token_cursor {
    usec created_at;
    str id;
};
enum error token_list(struct worker *w, const struct principal *who, int64_t user_id, int64_t kind,
                      struct token_cursor after, int64_t limit, usec now, struct arena *arena,
                      struct token_list *out) MUST_CHECK;
/* Ended ones too. ERR_NOT_FOUND: none such, or out of reach. */
enum error token_show(struct worker *w, const struct principal *who, str id, struct arena *arena,
                      struct token_row *out) MUST_CHECK;
/* header.payload of a PAT, as lists show it. */
str token_unsigned_text(struct worker *w, const struct token_row *row, struct arena *arena);

enum error token_rename(struct worker *w, const struct principal *who, str id, str name, usec now,
                        struct arena *arena, struct complaints *complaints) MUST_CHECK;

/* ERR_NOT_FOUND: none such, or out of reach; ERR_REVOKED: it was ended before. */
enum error token_revoke(struct worker *w, const struct principal *who, str id, usec now,
                        struct arena *arena) MUST_CHECK;
/*
 * By a text that was shown: whoever has the whole token may end it, others as token_revoke.
 * `who` may be nobody.
 * ERR_UNAUTHENTICATED  not the whole token, and nobody asks
 * ERR_NOT_FOUND        unknown, revoked before, not to be read, or out of reach
 */
enum error token_revoke_shown(struct worker *w, const struct principal *who, str text, usec now,
                              struct arena *arena) MUST_CHECK;

/*
 * Ends the caller's own PAT and makes its successor, with the same name and length of life.
 * Both or neither.
 * ERR_INVALID   not a living PAT of the caller
 * ERR_KIND_OFF
 */
enum error token_rotate_shown(struct worker *w, const struct principal *who, str text, usec now,
                              struct arena *arena, struct new_token *out) MUST_CHECK;
/* The same by id, for both kinds; ERR_NOT_FOUND, ERR_REVOKED, ERR_EXPIRED. */
enum error token_rotate(struct worker *w, const struct principal *who, str id, usec now,
                        struct arena *arena, struct new_token *out) MUST_CHECK;

/*
 * POST /api/token/refresh: a PAT for an access token. `db` NULL: the fast lane.
 *
 * ERR_FORGED (also malformed), ERR_TOO_EARLY, ERR_EXPIRED, ERR_WRONG_TYPE, ERR_REVOKED,
 * ERR_INACTIVE ERR_MISSING_CLAIM  `missing` names the claim ERR_KIND_OFF       switched off in the
 * user's organization (unless strict) ERR_WOULD_BLOCK    fast lane only
 */
struct exchanged {
    str access;         /* a secret */
    str missing;        /* with ERR_MISSING_CLAIM */
    int64_t expires_in; /* seconds that the access token lives */
    struct principal holder; /* by the PAT itself, without texts and role: for usage_count */
    str dead_token; /* with ERR_REVOKED and ERR_EXPIRED, for service/dead_token.h: a token that was
                       shown whole after its end for the first time; empty: none */
};
/* Looks at no address: `holder` says whether its own matters. */
enum error token_exchange(struct shared *shared, struct db *db, str text, usec now,
                          struct arena *arena, struct exchanged *out) MUST_CHECK;
/* The same for a client at `address`. ERR_ADDRESS: the token, or its organization, is bound to
 * others; nothing is given out. */
enum error token_exchange_from(struct shared *shared, struct db *db, str text, str address,
                               usec now, struct arena *arena, struct exchanged *out) MUST_CHECK;

#endif
