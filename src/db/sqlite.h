/*
 * What the files of the SQLite driver share.
 *
 *   db_sqlite.c       statements and rows
 *   sqlite_open.c     files, connections, what SQLite's errors mean
 *   sqlite_readers.c  the connections that read, lent for as long as a query is open
 *   sqlite_commit.c   transactions: group commit and checkpoints
 *   sqlite_rest.c     foreign databases at rest, read without leaving a trace
 */
#ifndef LATCHKEY_DB_SQLITE_H
#define LATCHKEY_DB_SQLITE_H

#include <sqlite3.h>

#include "db/internal.h"
#include "db/turns.h"

struct batch;

/* A caller's connection, which has no handle; or one that reads, lent to it; or the one writer. */
struct sqlite_db {
    struct db base;
    sqlite3 *handle; /* NULL until first used */
    bool is_writer;
    struct at_rest *at_rest; /* how the file was found, if it is read without locks; else NULL */
    struct sqlite_db *next_idle;
    /* of the transaction that was begun here */
    struct batch *batch;
    bool leads_batch;
};

struct sqlite_database {
    struct database base;
    char *path;
    enum db_mode mode;

    pthread_mutex_t readers_mutex;
    struct sqlite_db *idle_readers; /* under it: the one that was used last comes first */

    struct turns turns;      /* the right to use what follows */
    struct sqlite_db writer; /* the one connection that writes */
    struct batch *batch;     /* begun and not ended, or NULL */
    int wal_pages;           /* in the write-ahead log after the last commit */
    int checkpoint_at;       /* as many pages there are moved into the database */
    int restart_at;          /* as many pages there make readers wait for a restart of the log */
    bool checkpoint_failed;  /* has been logged */
};

struct sqlite_statement {
    struct statement base;
    sqlite3_stmt *handle;
    int64_t changes_before; /* SQLite's running count, when this one began */
    int64_t changed;
    int places[]; /* of parameter n at [n - 1] */
};

/* sqlite_open.c */
/* Opens `db`, to which its database is known. Nothing is logged. */
enum error sqlite_handle_open(struct sqlite_db *db, struct arena *arena, str *problem) MUST_CHECK;
void sqlite_handle_close(struct sqlite_db *db);
/* What a result of SQLite's that is not SQLITE_OK means to a caller; never OK. */
enum error sqlite_meaning(sqlite3 *handle, int result);
/* The same; what the caller cannot know is logged. */
enum error sqlite_failed(sqlite3 *handle, int result, const char *doing);

/* sqlite_rest.c */
/*
 * What is remembered of a file that keeps a write-ahead log, but has none now, as nobody uses it.
 * SQLite would make the log's files to read it, even if only for a moment. NULL: no such file.
 */
struct at_rest *at_rest_find(sqlite3 *handle, const char *path);
/* Somebody has come meanwhile: what was read may be torn. */
bool at_rest_is_over(const struct at_rest *at_rest);
/* The name by which SQLite reads it without locks. */
str at_rest_uri(const struct at_rest *at_rest, struct arena *arena);
void at_rest_free(struct at_rest *at_rest);

/* db_sqlite.c */
extern const struct driver sqlite_driver;
/* Opens the connection if it is not open yet. */
enum error sqlite_ready(struct sqlite_db *db) MUST_CHECK;
/* Runs one of our own statements without parameters, kept prepared. */
enum error sqlite_control(struct sqlite_db *db, const char *sql) MUST_CHECK;

/* sqlite_readers.c: as in struct driver */
enum error sqlite_borrow(struct db *db, struct db **out) MUST_CHECK;
void sqlite_give_back(struct db *borrowed);
/* All have been given back. */
void sqlite_readers_free(struct sqlite_database *database);

/* sqlite_commit.c */
enum error sqlite_txn_begin(struct db *db, struct db **out) MUST_CHECK;
enum error sqlite_txn_commit(struct db *db) MUST_CHECK;
void sqlite_txn_rollback(struct db *db, enum error why);
void sqlite_expect_bulk(struct database *database);
/* Asks the writing connection to count the log's pages. */
void sqlite_count_wal_pages(struct sqlite_database *database);

#endif
