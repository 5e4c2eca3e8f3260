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
/* Those that are over, or were not used since `unused_since`. */
enum error sessions_purge(struct db *db, usec now, usec unused_since) MUST_CHECK;

#endif
