/*
 * Memberships: who belongs to an organization, as what. A removed member keeps the row.
 */
#ifndef LATCHKEY_STORE_MEMBERS_H
#define LATCHKEY_STORE_MEMBERS_H

#include "db/db.h"
#include "store/users.h"

/* As stored. Zero means no: nobody. */
enum role { ROLE_NONE = 0, ROLE_MEMBER = 1, ROLE_ADMINISTRATOR = 2, ROLE_OWNER = 3 };

struct member_row {
    int64_t id;
    int64_t organization_id;
    int64_t user_id;
    enum role role;
    usec created_at;
    usec updated_at;
    usec removed_at; /* 0: is a member */
};

struct member_list {
    struct member_row *items; /* in the arena */
    struct user_row *users;   /* side by side with items */
    size_t count;
};

enum error members_insert(struct db *db, const struct member_row *row) MUST_CHECK;
/* Removed ones too. */
enum error members_find(struct db *db, int64_t user_id, int64_t organization_id,
                        struct member_row *out) MUST_CHECK;
/* All memberships, removed ones too, of users with after < id <= up_to, by user; without `users`.
 */
enum error members_list_between(struct db *db, int64_t after, int64_t up_to, struct arena *arena,
                                struct member_list *out) MUST_CHECK;
/* The oldest unremoved membership of the user. */
enum error members_first_of_user(struct db *db, int64_t user_id, struct member_row *out) MUST_CHECK;
enum error members_set_role(struct db *db, int64_t id, enum role role, usec now) MUST_CHECK;
enum error members_set_removed(struct db *db, int64_t id, usec removed_at, usec now) MUST_CHECK;
enum error members_delete_of_user(struct db *db, int64_t user_id) MUST_CHECK;
/* People among the owners, but for the user (0: all), who can act: members still, and active. */
enum error members_count_other_owners(struct db *db, int64_t organization_id, int64_t user_id,
                                      int64_t *out) MUST_CHECK;
/* People: service accounts are no members that one sees. */
/* Unremoved ones with their users, ordered by user name and id; limit < 0: all. */
enum error members_list(struct db *db, int64_t organization_id, int64_t limit, int64_t offset,
                        struct arena *arena, struct member_list *out) MUST_CHECK;
enum error members_count(struct db *db, int64_t organization_id, int64_t *out) MUST_CHECK;
/* True if there are, or were, more of any kind than `count`. */
enum error members_are_more_than(struct db *db, int64_t organization_id, int64_t count,
                                 bool *out) MUST_CHECK;

#endif
