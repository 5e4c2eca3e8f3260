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
    int64_t ttl_days; /* 0: as long as the organization allows, unless it wants to be told */
    usec expires_at;  /* 0: not said; not together with ttl_days */
    bool has_scopes;  /* else everything that the one who makes it may hand on */
    const str *scopes;
    size_t scope_count;
    const str *allowed_ips; /* networks; none: from wherever the one who makes it may be */
    size_t allowed_ip_count;
    bool name_is_bad; /* complained about before */
    bool is_bare;     /* Label Studio's creation, which cannot say an end: it takes the limit */
};

/* `secret` is the whole token: shown once. */
struct new_token {
    struct token_row row;
    str secret;
};

/*
 * `complaints` may hold some already: then nothing is made, and the others are added.
 *
 * ERR_INVALID    with complaints: a bad name, scope or network; an end that is past, beyond the
 *                organization's limit, or missing where the organization wants one; more power than
 *                the restricted credential of `who` has
 * ERR_CONFLICT   a living token of the user has that name
 * ERR_LIMIT      the user has as many tokens as the organization allows
 * ERR_KIND_OFF   the kind is switched off there; strict: PATs never are, API keys always
 * ERR_NOT_FOUND  no such user, or out of reach
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
/* The same in an order of the caller's choice, ended ones too. */
struct token_question {
    int64_t kind; /* or ANY_KIND */
    enum token_filter filter;
    enum token_sort sort;
    struct token_place after;
    int64_t limit;
};
/* The place behind `row` in that order. */
struct token_place token_place_of(enum token_sort sort, const struct token_row *row);
enum error token_page(struct worker *w, const struct principal *who, int64_t user_id,
                      const struct token_question *question, usec now, struct arena *arena,
                      struct token_list *out) MUST_CHECK;
/* Ended ones too. ERR_NOT_FOUND: none such, or out of reach. */
enum error token_show(struct worker *w, const struct principal *who, str id, struct arena *arena,
                      struct token_row *out) MUST_CHECK;
/* header.payload of a PAT, as lists show it. */
str token_unsigned_text(struct worker *w, const struct token_row *row, struct arena *arena);

/* What to change; what is not named stays. What guards the token only becomes narrower. */
struct token_patch {
    bool has_name, has_scopes, has_allowed_ips, has_end;
    str name;
    const str *scopes;
    size_t scope_count;
    const str *allowed_ips;
    size_t allowed_ip_count;
    usec expires_at;
};
/*
 * Takes effect with the next request. `complaints` may hold some already.
 * ERR_INVALID  with complaints; ERR_CONFLICT: the name is another's; ERR_NOT_FOUND
 * ERR_REVOKED, ERR_EXPIRED  it has ended, or has a successor: that one can be changed
 */
enum error token_change(struct worker *w, const struct principal *who, str id,
                        const struct token_patch *patch, usec now, struct arena *arena,
                        struct complaints *complaints, struct token_row *out) MUST_CHECK;

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
 * A successor for the caller's own PAT, with the same name, guards and length of life. The old one
 * goes on for `grace` (whole seconds, up to ROTATION_GRACE_MAX; strict: not at all), holds no name
 * and is not listed meanwhile, and ends with its successor if that is revoked. Asked again within
 * the grace, the same successor is the answer, its secret too; two at once get one successor.
 * Both or neither.
 *
 * ERR_INVALID    not a living PAT of the caller
 * ERR_KIND_OFF
 * ERR_FORBIDDEN  it may do more than the restricted credential of `who`, or lives longer
 */
#define ROTATION_GRACE_MAX SECONDS(86400)
enum error token_rotate_shown(struct worker *w, const struct principal *who, str text, usec grace,
                              usec now, struct arena *arena, struct new_token *out) MUST_CHECK;
/*
 * The same by id, for both kinds; ERR_NOT_FOUND, ERR_REVOKED, ERR_EXPIRED, ERR_FORBIDDEN: also that
 * of another person, whose successor would let `who` act as that person.
 */
enum error token_rotate(struct worker *w, const struct principal *who, str id, usec grace, usec now,
                        struct arena *arena, struct new_token *out) MUST_CHECK;

/* "owner", "rotated", …; empty for 0. */
str token_end_reason_word(enum token_end_reason why);
/* "pat", "api_key" */
str token_kind_word(enum token_kind kind);

/*
 * POST /api/token/refresh: a PAT for an access token. `db` NULL: the fast lane.
 *
 * ERR_FORGED (also malformed), ERR_TOO_EARLY, ERR_EXPIRED, ERR_WRONG_TYPE, ERR_REVOKED,
 * ERR_INACTIVE ERR_MISSING_CLAIM  `missing` names the claim ERR_KIND_OFF       switched off in the
 * user's organization (unless strict) ERR_WOULD_BLOCK    fast lane only
 */
struct exchanged {
    str access;              /* a secret */
    str missing;             /* with ERR_MISSING_CLAIM */
    int64_t expires_in;      /* seconds that the access token lives */
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
