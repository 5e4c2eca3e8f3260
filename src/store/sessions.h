/*
 * Browser sessions, found by the MAC of their cookie's value.
 */
#ifndef LATCHKEY_STORE_SESSIONS_H
#define LATCHKEY_STORE_SESSIONS_H

#include "db/db.h"

struct session_row {
    str mac; /* 32 bytes */
    int64_t user_id;
    usec created_at;
    usec seen_at;    /* last use, kept to the minute */
    usec expires_at; /* latest end, whatever the use */
    bool is_persistent;
    str address;
    str user_agent;
};

enum error sessions_insert(struct db *db, const struct session_row *row) MUST_CHECK;
enum error sessions_find(struct db *db, str mac, struct arena *arena,
                         struct session_row *out) MUST_CHECK;
enum error sessions_touch(struct db *db, str mac, usec seen_at) MUST_CHECK;
enum error sessions_delete(struct db *db, str mac) MUST_CHECK;
enum error sessions_delete_of_user(struct db *db, int64_t user_id) MUST_CHECK;
struct session_list {
    struct session_row *items; /* in the arena */
    size_t count;
};
/* Of the user, last used first, at most `limit`; not those that are over or unused since. */
enum error sessions_list_of_user(struct db *db, int64_t user_id, usec now, usec unused_since,
                                 int64_t limit, struct arena *arena,
                                 struct session_list *out) MUST_CHECK;
/* All of the user but that one (an empty MAC: all); *ended says how many. */
enum error sessions_delete_others(struct db *db, int64_t user_id, str mac,
                                  int64_t *ended) MUST_CHECK;
/* Those that are over, or were not used since `unused_since`. */
enum error sessions_purge(struct db *db, usec now, usec unused_since) MUST_CHECK;

#endif
