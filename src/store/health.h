/*
 * Questions about the database as a whole, for `latchkey doctor`. Nothing here writes.
 */
#ifndef LATCHKEY_STORE_HEALTH_H
#define LATCHKEY_STORE_HEALTH_H

#include "db/db.h"

struct schema_state {
    int64_t found; /* number of the newest migration that was applied; 0: none */
    int64_t known; /* of the newest that this program has */
};

enum error health_schema(struct db *db, struct schema_state *out) MUST_CHECK;

/*
 * The engine's own look at its file, where it has one: `fault` is empty when all is well. Takes a
 * while on a large file.
 */
enum error health_quick_check(struct database *database, struct db *db, struct arena *arena,
                              str *fault) MUST_CHECK;

/* The latest time that was written by a clock: of users, tokens and changes. 0: none. */
enum error health_latest_time(struct db *db, usec *out) MUST_CHECK;

#endif
