/*
 * Organizations and their invitations.
 */
#ifndef LATCHKEY_STORE_ORGANIZATIONS_H
#define LATCHKEY_STORE_ORGANIZATIONS_H

#include "db/db.h"

struct organization_row {
    int64_t id;
    str title;
    str invitation;     /* whoever has it may sign up */
    str contact_info;   /* empty: none */
    int64_t created_by; /* 0: its founder was deleted */
    usec created_at;
    usec updated_at;
};

struct organization_list {
    struct organization_row *items; /* in the arena */
    size_t count;
};

enum error organizations_insert(struct db *db, const struct organization_row *row) MUST_CHECK;
enum error organizations_find(struct db *db, int64_t id, struct arena *arena,
                              struct organization_row *out) MUST_CHECK;
enum error organizations_find_by_invitation(struct db *db, str invitation, struct arena *arena,
                                            struct organization_row *out) MUST_CHECK;
/* Title, contact_info, created_by, updated_at. */
enum error organizations_update(struct db *db, const struct organization_row *row) MUST_CHECK;
enum error organizations_set_invitation(struct db *db, int64_t id, str invitation,
                                        usec now) MUST_CHECK;
enum error organizations_lock(struct db *db, int64_t id) MUST_CHECK; /* ERR_NOT_FOUND */
/*
 * Keeps organizations_lock waiting until the transaction ends, but nobody else who holds: for what
 * keeps to the organization's settings, which are to be read after it. ERR_NOT_FOUND
 */
enum error organizations_hold(struct db *db, int64_t id) MUST_CHECK;
/* The oldest one: where a sign-up without an invitation goes. */
enum error organizations_first(struct db *db, struct arena *arena,
                               struct organization_row *out) MUST_CHECK;
enum error organizations_list(struct db *db, struct arena *arena,
                              struct organization_list *out) MUST_CHECK;
/* Those that the user is an unremoved member of. */
enum error organizations_list_of_user(struct db *db, int64_t user_id, struct arena *arena,
                                      struct organization_list *out) MUST_CHECK;
/* Those made by the user have no founder from now on. */
enum error organizations_forget_founder(struct db *db, int64_t user_id) MUST_CHECK;

#endif
