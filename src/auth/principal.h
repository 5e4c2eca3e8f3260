/*
 * Who a request acts as.
 */
#ifndef LATCHKEY_AUTH_PRINCIPAL_H
#define LATCHKEY_AUTH_PRINCIPAL_H

#include "base/str.h"
#include "base/time.h"
#include "store/members.h"

/* How it was shown. Zero means no: nothing counted. */
enum credential_kind {
    CREDENTIAL_NONE = 0,
    CREDENTIAL_SESSION,
    CREDENTIAL_ACCESS_TOKEN,
    CREDENTIAL_PAT, /* sent as the credential itself */
    CREDENTIAL_LEGACY_TOKEN,
    CREDENTIAL_API_KEY,
    CREDENTIAL_OPERATOR, /* the command line: whoever can write the database */
    CREDENTIAL_COUNT
};

/* What of a credential is looked at on each request, added up. 0: it may all, from anywhere. */
enum guard {
    GUARD_SCOPES = 1 << 0,                 /* `scopes` says what it may; see auth/scope.h */
    GUARD_TOKEN_ADDRESSES = 1 << 1,        /* its token may have a list; see auth/guard.h */
    GUARD_ORGANIZATION_ADDRESSES = 1 << 2, /* its organization has one */
};

/* An all-zero principal is nobody. */
struct principal {
    enum credential_kind kind;
    int64_t user_id;
    int64_t organization_id; /* 0: none; then only one's own account is in reach */
    enum role role;          /* there */
    int64_t token_key;       /* of the PAT or API key that it is or comes from; 0: none */
    usec expires_at;         /* first moment at which the credential is no longer good */
    str token_id;    /* of that one where it is known, else of the access token; may be empty */
    str scopes;      /* what it may, as a list (auth/scope.h); empty: all */
    unsigned guards; /* of enum guard */
};

bool principal_is_somebody(const struct principal *who);
/* By scopes or addresses of its own: it may less than its user, from wherever. */
bool principal_is_bound(const struct principal *who);
/* Owners and administrators of the organization, and the operator. */
bool principal_may_administer(const struct principal *who);
/*
 * The claim `scope` of what is derived from it: its scopes; "all" where its token is bound to
 * addresses alone, since the claim says that there is something to look at; empty: no claim.
 */
str principal_scope_claim(const struct principal *who);
/* "access", "pat", "legacy", "api_key", "session", "operator", "none". */
str credential_kind_name(enum credential_kind kind);
/* The operator, for the command line. */
struct principal principal_operator(void);

#endif
