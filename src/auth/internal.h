/*
 * What the files of auth/ share: the kinds of credentials, one by one.
 */
#ifndef LATCHKEY_AUTH_INTERNAL_H
#define LATCHKEY_AUTH_INTERNAL_H

#include "auth/authenticate.h"
#include "store/tokens.h"
#include "token/access.h"

/* One question: everything that checking a credential needs. */
struct asking {
    struct auth *auth;
    struct db *db; /* NULL in the fast lane */
    usec now;
    struct arena *arena;
    bool is_known;               /* see struct verdict; set by principal_recall */
    str dead_token;              /* the same; set by a check that read the row */
    enum auth_fault passed_over; /* of one that counts as none; said if nobody is found */
};

/* What the store says of the token that an access token came from, where it had to be asked. */
struct parent {
    bool is_known;      /* its row was read */
    usec ends;          /* in its grace, or shortened, it ends early; not read: never */
    str scopes;         /* as they are now */
    bool has_addresses; /* it has a list of networks now */
};

/*
 * Whether the token that an access token came from still lives: as far as the page can tell from
 * `issued_at`, else by the store. `basis` was taken before. As long as it has not changed since,
 * what it may do is what the access token says.
 * ERR_REVOKED, ERR_WOULD_BLOCK
 */
enum error check_parent(struct asking *ask, int64_t token_key, usec issued_at,
                        struct parent *out) MUST_CHECK;

/*
 * What of a principal is looked at on each request: its guards and its scopes.
 */
void restrict_by_organization(const struct subject *subject, struct principal *out);
void restrict_by_row(const struct token_row *row, struct principal *out);
/* An access token may what it says and what its parent may now. ERR_REVOKED: that is nothing. */
enum error restrict_by_claim(const struct access *access, const struct parent *parent,
                             struct arena *arena, struct principal *out) MUST_CHECK;

/*
 * Each takes the credential's bare text and says who it stands for.
 * ERR_UNAUTHENTICATED  it is not good; `*fault` says why, in the words of the scheme Token
 * ERR_WOULD_BLOCK      only in the fast lane
 * and what the store says
 */
enum error check_access_token(struct asking *ask, str token, enum auth_fault *fault,
                              struct principal *out) MUST_CHECK;
enum error check_pat(struct asking *ask, str token, enum auth_fault *fault,
                     struct principal *out) MUST_CHECK;
enum error check_legacy_token(struct asking *ask, str text, enum auth_fault *fault,
                              struct principal *out) MUST_CHECK;
enum error check_api_key(struct asking *ask, str text, enum auth_fault *fault,
                         struct principal *out) MUST_CHECK;
/* A cookie that is not good counts as none: ERR_UNAUTHENTICATED without a fault. */
enum error check_session(struct asking *ask, str cookie, struct principal *out) MUST_CHECK;
/* For POST /api/token/rotate: an access token, told apart as its own faults. */
enum error check_rotating_bearer(struct asking *ask, str token, enum auth_fault *fault,
                                 struct principal *out) MUST_CHECK;

/* A principal among the decisions. */
bool principal_recall(struct asking *ask, enum decision_tag tag, str credential,
                      struct principal *out);
void principal_keep(struct asking *ask, enum decision_tag tag, str credential,
                    const struct basis *basis, usec until, const struct principal *who);

/*
 * That a credential was refused, for as long as what that rests on stands: so that one which ended,
 * or never was, costs no look-up each time that it is tried. Kept on what the store said only.
 */
bool refusal_recall(struct asking *ask, str credential);
void refusal_keep(struct asking *ask, str credential, const struct basis *basis, usec until);

#endif
