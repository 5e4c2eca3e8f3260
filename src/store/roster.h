/*
 * The people of an organization, page by page, as its administrators look through them.
 */
#ifndef LATCHKEY_STORE_ROSTER_H
#define LATCHKEY_STORE_ROSTER_H

#include "db/db.h"
#include "store/members.h"

enum roster_order {
    ROSTER_BY_JOINED,
    ROSTER_BY_JOINED_DOWN,
    ROSTER_BY_EMAIL,
    ROSTER_BY_EMAIL_DOWN,
    ROSTER_BY_ACTIVITY,
    ROSTER_BY_ACTIVITY_DOWN,
    ROSTER_ORDER_COUNT
};

enum roster_state { ROSTER_ACTIVE = 1, ROSTER_DEACTIVATED = 2, ROSTER_REMOVED = 3 };

struct roster_filter {
    int64_t organization_id;
    int64_t role;  /* enum role; DB_NULL_I64: any */
    int64_t state; /* enum roster_state; DB_NULL_I64: any */
    str like;      /* LIKE pattern ('!' escapes) for e-mail and names; empty: any */
    usec now;
};

struct roster_place {
    usec time;
    str email; /* by e-mail: in place of the time */
    int64_t user_id;
};

struct roster_entry {
    struct roster_place place;
    int64_t user_id;
    str email, first_name, last_name;
    enum role role;
    bool is_active;
    usec joined_at, last_activity;
    usec removed_at; /* 0: is a member */
    int64_t live_tokens;
};

struct roster_page {
    struct roster_entry *items; /* in the arena */
    size_t count;
};

/* Up to `limit` after the place, which is NULL for the first. */
enum error roster_read(struct db *db, enum roster_order order, const struct roster_filter *filter,
                       const struct roster_place *after, int64_t limit, struct arena *arena,
                       struct roster_page *out) MUST_CHECK;
/* How many fit: reads every membership. */
enum error roster_count(struct db *db, const struct roster_filter *filter, int64_t *out) MUST_CHECK;
/* One, removed or not. ERR_NOT_FOUND: never was one, or a service account. */
enum error roster_find(struct db *db, int64_t organization_id, int64_t user_id, usec now,
                       struct arena *arena, struct roster_entry *out) MUST_CHECK;

#endif
