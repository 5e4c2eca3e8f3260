/*
 * The change table: what the caches of other processes and hosts must forget, numbered in the
 * order of commits.
 */
#ifndef LATCHKEY_STORE_CHANGES_H
#define LATCHKEY_STORE_CHANGES_H

#include "db/db.h"

struct change_row {
    int64_t number;
    int64_t kind; /* enum owner_kind */
    int64_t owner_key;
};

/* In the transaction of the change itself. */
enum error changes_add(struct db *db, int64_t kind, int64_t owner_key, usec now) MUST_CHECK;
/* Up to `room` rows with numbers above `after`, in order. */
enum error changes_after(struct db *db, int64_t after, struct change_row *rows, size_t room,
                         size_t *count) MUST_CHECK;
enum error changes_last(struct db *db, int64_t *number) MUST_CHECK;
enum error changes_purge(struct db *db, usec older_than) MUST_CHECK;

#endif
