/*
 * Accounts of people: made by sign-up, by the first start and by administrators; changed by their
 * owner; switched off and deleted by those above.
 */
#ifndef LATCHKEY_SERVICE_ACCOUNTS_H
#define LATCHKEY_SERVICE_ACCOUNTS_H

#include "service/complaint.h"
#include "service/context.h"
#include "service/email.h"
#include "store/users.h"

#define PASSWORD_MIN 8
#define PASSWORD_MAX 128
#define ACCOUNT_NAME_MAX 256 /* characters of a person's names and telephone number */

/* May be empty; without control characters. */
bool account_name_is_good(str name);

struct account_order {
    str email;
    str username; /* empty: the part of the e-mail before '@' unless keep_username */
    bool keep_username;
    str first_name;
    str last_name;
    str phone;
    str password;              /* in clear; empty: no password works */
    int64_t allow_newsletters; /* 0, 1 or DB_NULL_I64 */
    int64_t organization_id;   /* 0: none */
    enum role role;
    bool is_inactive;
    bool is_homeless; /* a member who has not chosen the organization, as POST /api/users/ makes */
    str legacy_token; /* empty: a new one */
    bool must_change_password;       /* it was generated */
    str invitation_id;               /* used up with it; empty: none */
    const struct principal *made_by; /* for the audit log; NULL: the user, by signing up */
};

/*
 * The account, its membership and its legacy token, or nothing. Does not ask who may: that is for
 * the callers, which are sign-up, the first start and the two below.
 * ERR_CONFLICT  the e-mail is taken;  ERR_BUSY  too many passwords are being hashed
 * ERR_REVOKED   the invitation was used, revoked or is over
 */
enum error account_create(struct worker *w, const struct account_order *order, usec now,
                          struct arena *arena, struct user_row *out) MUST_CHECK;

/*
 * The first organization and, as its owner, the account, in one transaction.
 * ERR_CONFLICT  there is an organization already
 */
enum error account_found(struct worker *w, str title, const struct account_order *order, usec now,
                         struct arena *arena) MUST_CHECK;

/* Members of the same organization see each other, removed ones too. ERR_NOT_FOUND. */
enum error account_show(struct worker *w, const struct principal *who, int64_t user_id,
                        struct arena *arena, struct user_row *out) MUST_CHECK;
/* True if the user belongs to that organization, and was not removed. */
enum error account_is_member(struct worker *w, int64_t user_id, int64_t organization_id,
                             bool *out) MUST_CHECK;
/* True if the user was removed from that organization: shown as "Deleted User". */
enum error account_is_removed(struct worker *w, int64_t user_id, int64_t organization_id,
                              bool *out) MUST_CHECK;

struct account_patch {
    bool has_first_name, has_last_name, has_username, has_phone, has_allow_newsletters;
    bool has_custom_hotkeys;
    str first_name, last_name, username, phone;
    int64_t allow_newsletters;
    str custom_hotkeys; /* a JSON object */
};
/* One's own, or by an administrator of the user's organization. ERR_FORBIDDEN (a service account
 * too: service/service_accounts.h), ERR_NOT_FOUND. */
enum error account_update(struct worker *w, const struct principal *who, int64_t user_id,
                          const struct account_patch *patch, usec now, struct arena *arena,
                          struct user_row *out) MUST_CHECK;

/*
 * Deletes account, memberships, sessions and legacy token; its PATs belong to nobody from then on.
 * ERR_CONFLICT   it is the owner's own account, or the last owner's
 * ERR_FORBIDDEN  only the organization's owner may
 */
enum error account_delete(struct worker *w, const struct principal *who, int64_t user_id, usec now,
                          struct arena *arena) MUST_CHECK;

/* Ends the account's sessions too. By the user, an owner or the operator. ERR_INVALID: too short;
 * ERR_FORBIDDEN: a service account's too. */
enum error account_set_password(struct worker *w, const struct principal *who, int64_t user_id,
                                str password, usec now, struct arena *arena) MUST_CHECK;
/* By administrators and the operator. ERR_CONFLICT: the last owner. Off: nothing of his counts. */
enum error account_set_active(struct worker *w, const struct principal *who, int64_t user_id,
                              bool is_active, usec now, struct arena *arena) MUST_CHECK;

/*
 * Inside a transaction that holds the user's row: switches the account on or off, sessions too.
 * ERR_CONFLICT  an organization would lose the last owner who can act
 */
enum error account_put_active(struct db *txn_db, int64_t user_id, bool is_active,
                              struct arena *arena) MUST_CHECK;

#endif
