/*
 * Invitations that end: a link for one person, found by the MAC of its secret.
 */
#ifndef LATCHKEY_STORE_INVITATIONS_H
#define LATCHKEY_STORE_INVITATIONS_H

#include "db/db.h"
#include "store/members.h"

struct invitation_row {
    str id;
    int64_t organization_id;
    str mac;   /* to insert; never read back */
    str email; /* empty: for anybody who has the link */
    enum role role;
    int64_t created_by; /* 0: nobody, or the operator */
    usec created_at;
    usec expires_at;
    usec used_at; /* 0: it was not */
    int64_t used_by;
    usec revoked_at;      /* 0: it was not */
    enum role maker_role; /* read only: there, now; ROLE_NONE: nobody, gone, or may not act */
};

struct invitation_list {
    struct invitation_row *items; /* in the arena */
    size_t count;
};

enum error invitations_insert(struct db *db, const struct invitation_row *row) MUST_CHECK;
/* ERR_NOT_FOUND  no such one in that organization */
enum error invitations_find(struct db *db, int64_t organization_id, str id, struct arena *arena,
                            struct invitation_row *out) MUST_CHECK;
enum error invitations_find_by_mac(struct db *db, str mac, struct arena *arena,
                                   struct invitation_row *out) MUST_CHECK;
/* Newest first, up to `limit`, before the place; `before` INT64_MAX: the first page. */
enum error invitations_list(struct db *db, int64_t organization_id, usec before, str before_id,
                            int64_t limit, struct arena *arena,
                            struct invitation_list *out) MUST_CHECK;
enum error invitations_count(struct db *db, int64_t organization_id, int64_t *out) MUST_CHECK;
/* Of two who use it at once, one does. ERR_NOT_FOUND: it was used, revoked, or is over. */
enum error invitations_use(struct db *db, str id, int64_t user_id, usec now) MUST_CHECK;
/* ERR_NOT_FOUND: it was used or revoked before. */
enum error invitations_revoke(struct db *db, str id, usec now) MUST_CHECK;
/* The user is gone: what he made and used names nobody, and what is open of it is revoked. */
enum error invitations_forget_user(struct db *db, int64_t user_id, usec now) MUST_CHECK;

#endif
