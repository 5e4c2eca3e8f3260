/*
 * Whole databases: a copy of one as it is at one moment, and rows from one engine to the other.
 */
#ifndef LATCHKEY_DB_COPY_H
#define LATCHKEY_DB_COPY_H

#include "db/db.h"

/* Called now and then while rows are copied; `done` counts all tables' rows. */
typedef void copy_progress(void *context, str table, int64_t done);

/*
 * SQLite only: writes the database as it is now into the file at `path`, which must be there and
 * empty, and waits until it is on the disk. Others go on reading and writing.
 * ERR_FULL, ERR_READ_ONLY, ERR_IO, ERR_BUSY
 */
enum error database_copy_file(struct database *database, const char *path) MUST_CHECK;

/*
 * SQLite only: ERR_MALFORMED, with what is wrong in `problem`, unless the database is sound.
 */
enum error database_check(struct db *db, struct arena *arena, str *problem) MUST_CHECK;

/*
 * Copies the rows of every table from one database to another with the same schema, replacing what
 * is there. `schema` is a connection to that of the two which is SQLite: it knows the tables.
 * Reading PostgreSQL, `from` is a transaction's: it is made to see one moment only, so nothing may
 * have run in it before. Memory does not grow with the number of rows.
 */
struct copy {
    struct db *from;
    struct txn *to;
    struct db *schema;
    copy_progress *progress; /* may be NULL */
    void *context;
    int64_t rows; /* out: how many were copied */
};
enum error database_copy_rows(struct copy *copy) MUST_CHECK;

#endif
