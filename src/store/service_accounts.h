/*
 * Service accounts: users who are programs. What is shown of them beside the user's row.
 */
#ifndef LATCHKEY_STORE_SERVICE_ACCOUNTS_H
#define LATCHKEY_STORE_SERVICE_ACCOUNTS_H

#include "db/db.h"
#include "store/members.h"

struct service_account {
    int64_t id;
    str name;
    str email; /* of its own; nobody reads it */
    str description;
    int64_t owner_id; /* 0: nobody answers for it */
    str owner_email;
    bool owner_can_act; /* active, and a member of the organization still */
    enum role role;
    bool is_active;
    usec created_at;
    int64_t live_tokens;
    usec used_at; /* the last use of any of its tokens; 0: never */
};

struct service_account_list {
    struct service_account *items; /* in the arena */
    size_t count;
};

/* Of that organization. ERR_NOT_FOUND: none such, or no service account. */
enum error service_accounts_find(struct db *db, int64_t organization_id, int64_t id, usec now,
                                 struct arena *arena, struct service_account *out) MUST_CHECK;
/* By name; DB_NULL_I64 as organization: of any. ERR_CONFLICT: of several, and which is not said */
enum error service_accounts_find_by_name(struct db *db, int64_t organization_id, str name,
                                         int64_t *id) MUST_CHECK;
/*
 * In order of ids, up to `limit`, above `after`; organization DB_NULL_I64: of all. `like` is a
 * pattern (store/like.h) of names and addresses; empty: any.
 */
enum error service_accounts_list(struct db *db, int64_t organization_id, str like, int64_t after,
                                 int64_t limit, usec now, struct arena *arena,
                                 struct service_account_list *out) MUST_CHECK;
enum error service_accounts_count(struct db *db, int64_t organization_id, str like,
                                  int64_t *out) MUST_CHECK;
/* Name, description, owner_id. */
enum error service_accounts_update(struct db *db, const struct service_account *account) MUST_CHECK;

#endif
