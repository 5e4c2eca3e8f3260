/*
 * Users: people with an account, and how Label Studio shows them.
 */
#ifndef LATCHKEY_STORE_USERS_H
#define LATCHKEY_STORE_USERS_H

#include "db/db.h"

struct user_row {
    int64_t id;
    str email;
    str username;
    str first_name;
    str last_name;
    str phone;
    str avatar;
    str password; /* a hash; "" and "!…" fit no password */
    bool is_active;
    int64_t active_organization_id; /* 0: none */
    int64_t allow_newsletters;      /* 0, 1, or DB_NULL_I64: never asked */
    str custom_hotkeys;             /* a JSON object */
    usec date_joined;
    usec last_activity;
    bool is_service;           /* a service account: no password, no session */
    int64_t owner_user_id;     /* of a service account: who answers for it; 0: nobody */
    str description;           /* of a service account */
    bool must_change_password; /* it was generated */
};

/* The form that e-mails are compared in: ASCII letters lowered, as Label Studio's sign-in does. */
str email_fold(struct arena *arena, str email);

/* ERR_CONFLICT if the id or the folded e-mail is taken. */
enum error users_insert(struct db *db, const struct user_row *user, struct arena *arena) MUST_CHECK;
/* As users_insert, with a folded e-mail of the caller's choice: for an import of a doublet. */
enum error users_insert_folded(struct db *db, const struct user_row *user,
                               str email_folded) MUST_CHECK;
enum error users_find(struct db *db, int64_t id, struct arena *arena,
                      struct user_row *out) MUST_CHECK;
enum error users_find_by_email(struct db *db, str email, struct arena *arena,
                               struct user_row *out) MUST_CHECK;
/* What its owner may change: not the id, the e-mail, the password, nor what makes it a service
 * account's. */
enum error users_update(struct db *db, const struct user_row *user) MUST_CHECK;
/* One of the user's choice: it need not be changed any more. */
enum error users_set_password(struct db *db, int64_t id, str hash) MUST_CHECK;
enum error users_must_change_password(struct db *db, int64_t id, bool *out) MUST_CHECK;
/* Only if it is still `old`: a rehash must not undo a change made meanwhile. */
enum error users_renew_password(struct db *db, int64_t id, str old, str hash) MUST_CHECK;
/* ERR_CONFLICT if the folded form is another's. */
enum error users_set_email(struct db *db, int64_t id, str email, str email_folded) MUST_CHECK;
enum error users_set_active(struct db *db, int64_t id, bool is_active) MUST_CHECK;
enum error users_set_organization(struct db *db, int64_t id,
                                  int64_t organization_id) MUST_CHECK; /* 0: none */
enum error users_touch(struct db *db, int64_t id, usec last_activity) MUST_CHECK;
/* The service accounts of that owner have none from now on. */
enum error users_disown(struct db *db, int64_t owner_user_id) MUST_CHECK;
/* What hangs on the user must be gone before. */
enum error users_delete(struct db *db, int64_t id) MUST_CHECK;
/* Holds the user's row until the transaction ends: for rules that span the user's other rows. */
enum error users_lock(struct db *db, int64_t id) MUST_CHECK; /* ERR_NOT_FOUND */
enum error users_count(struct db *db, int64_t *out) MUST_CHECK;
/*
 * For work on everybody, some at a time: the id of the `count`-th user after `after` who has that
 * active organization (0: of all users), or of the last one. ERR_NOT_FOUND: there is none after it.
 */
enum error users_find_step(struct db *db, int64_t organization_id, int64_t after, int64_t count,
                           int64_t *out) MUST_CHECK;

/* A page of all users in order of id, those above `after`. */
struct user_list {
    struct user_row *items; /* in the arena */
    size_t count;
};
enum error users_list(struct db *db, int64_t after, int64_t limit, struct arena *arena,
                      struct user_list *out) MUST_CHECK;
/* Those with after < id <= up_to, in order of id. */
enum error users_list_between(struct db *db, int64_t after, int64_t up_to, struct arena *arena,
                              struct user_list *out) MUST_CHECK;
/* Everybody who is or was a member, in order of id. */
enum error users_list_of_organization(struct db *db, int64_t organization_id, struct arena *arena,
                                      struct user_list *out) MUST_CHECK;

#endif
