/*
 * One SQL dialect over two engines, SQLite and PostgreSQL. Nothing here knows a table.
 *
 * SQL is written once, in the subset that both share: $1 parameters, INSERT … ON CONFLICT …
 * RETURNING, row values, BIGINT microseconds for every time, SMALLINT flags, no engine's own
 * functions.
 *
 * A `struct database` is opened once and shared by all threads. A `struct db` is a connection: one
 * thread at a time, and it may block. Reading is done on it directly; writing inside a transaction,
 * and nowhere else: ERR_READ_ONLY.
 *
 * What differs between the engines and cannot be hidden: SQLite's rows come one by one,
 * PostgreSQL's all at once (page through a large table), and a DEFERRABLE constraint fails for all
 * writers of SQLite's group, so the schema has none.
 */
#ifndef LATCHKEY_DB_DB_H
#define LATCHKEY_DB_DB_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"

struct database;
struct db;
struct statement;
struct embedded;

enum db_mode {
    DB_READ_WRITE, /* made if it is not there */
    DB_EXISTING,   /* read and written, ERR_NOT_FOUND if it is not there */
    DB_READ_ONLY,  /* never written, not even by the engine's own upkeep */
};

/*
 * Opens "postgresql://…" or "postgres://…" or the path of an SQLite file. `problem` (may be NULL)
 * is given a sentence for the person at the terminal when this fails; it lives in `arena`.
 *
 * A URL in which the password's own @ / ? # are not percent-encoded is refused, as libpq would take
 * a part of it for the host and name it in messages.
 *
 * DB_READ_ONLY reads a foreign database, in use or not. An SQLite file in WAL mode that nobody uses
 * is read without locks; when somebody comes meanwhile, statements fail with ERR_BUSY.
 *
 * ERR_NOT_FOUND, ERR_READ_ONLY, ERR_FULL, ERR_IO, ERR_MALFORMED (not a database or not a URL),
 * ERR_UNAVAILABLE (PostgreSQL, after 3 s)
 */
enum error database_open(str url_or_path, enum db_mode mode, struct arena *arena, str *problem,
                         struct database **out) MUST_CHECK;
/* All its connections are closed before. */
void database_close(struct database *database);
bool database_is_postgres(const struct database *database);
/*
 * A great deal is about to be written by this process, an import's million rows: SQLite may then
 * take 64 MiB for its pages and lets the log grow further, which writes each page less often.
 * Before the first transaction, until the database is closed.
 */
void database_expect_bulk(struct database *database);

/*
 * Brings the schema up to date with the numbered migrations ("0001_name.sql"), each in one
 * transaction; safe when several processes start at once.
 * ERR_TOO_NEW  the database has a migration that this program does not know
 */
enum error database_migrate(struct database *database, const struct embedded *migrations,
                            size_t count, usec now) MUST_CHECK;

/*
 * A connection for the calling thread. For PostgreSQL a lost connection is made anew at the next
 * statement outside a transaction, with a bounded wait; ERR_UNAVAILABLE when that fails.
 */
enum error db_connect(struct database *database, struct db **out) MUST_CHECK;
void db_close(struct db *db);
/* ERR_UNAVAILABLE unless the engine answers a trivial question now. */
enum error db_ping(struct db *db) MUST_CHECK;
/*
 * For the metrics: how often an engine has failed in this process, each with a line in the log. A
 * conflict is an answer and does not count. Any thread.
 */
uint64_t db_failures(void);

/*
 * Statements. Prepared once for each connection and text and kept; `sql` must be a literal (its
 * address is the key). `query_end` gives it back for the next use. A query runs once, and the same
 * text may be open twice. A `struct query` stays where it is while it is open. The end of its
 * transaction ends it.
 *
 *     CLEANUP(query_end) struct query q = {0};
 *     enum error err = query_start(db, &q, "SELECT email FROM users WHERE id = $1");
 *     if (!err)
 *         err = query_i64(&q, 1, user_id);       -- binds
 *     if (!err)
 *         err = query_row(&q);                    -- ERR_NOT_FOUND: no (further) row
 *     if (!err)
 *         *out = row_str(&q, 0, arena);
 */
struct query {
    struct db *db;
    struct statement *statement;
    void *private_state;
};

enum error query_start(struct db *db, struct query *q, const char *sql) MUST_CHECK;
void query_end(struct query *q);

/*
 * Parameters are numbered from 1; one that is not bound is NULL. Texts and bytes are borrowed until
 * the statement has run.
 *
 * ERR_MALFORMED  a text with a NUL, or not UTF-8: PostgreSQL takes none, so neither engine does
 */
enum error query_i64(struct query *q, int parameter, int64_t value) MUST_CHECK;
enum error query_str(struct query *q, int parameter, str text) MUST_CHECK;
enum error query_bytes(struct query *q, int parameter, str bytes) MUST_CHECK; /* BYTEA */
enum error query_null(struct query *q, int parameter) MUST_CHECK;

/*
 * All parameters in one call, one letter each: i int64_t, I int64_t and NULL when it is INT64_MIN,
 * s str, S str and NULL when it is empty, b bytes (str), B bytes and NULL when empty, f bool as
 * 0 or 1.   query_bind(&q, "isb", user_id, email, mac)
 */
enum error query_bind(struct query *q, const char *types, ...) MUST_CHECK;
#define DB_NULL_I64 INT64_MIN

/*
 * The next row. ERR_NOT_FOUND when there is none; also ERR_CONFLICT (a unique index or a foreign
 * key says no), ERR_FULL, ERR_READ_ONLY, ERR_BUSY, ERR_UNAVAILABLE, ERR_IO, ERR_INTERNAL.
 */
enum error query_row(struct query *q) MUST_CHECK;
/* Runs a statement of which no row is wanted. */
enum error query_run(struct query *q) MUST_CHECK;
/* After query_run: how many rows were changed. */
int64_t query_changed(const struct query *q);

/*
 * Columns are numbered from 0. A time with zone of a foreign PostgreSQL reads as SQLite's and
 * Django's do: "YYYY-MM-DD HH:MM:SS[.ffffff]" in UTC; a BOOLEAN is 0 or 1.
 */
bool row_is_null(struct query *q, int column);
int64_t row_i64(struct query *q, int column); /* DB_NULL_I64 for NULL */
bool row_flag(struct query *q, int column);
str row_str(struct query *q, int column, struct arena *arena); /* copied; empty for NULL */
str row_bytes(struct query *q, int column, struct arena *arena);

/* query_start, query_bind, query_run, query_end in one. */
enum error db_run(struct db *db, const char *sql, const char *types, ...) MUST_CHECK;

/*
 * A write transaction. All statements of it run on `txn.db`, not on the connection that was given.
 * txn_commit returns only when the commit has reached the disk; then all of it counts, or, on any
 * error, nothing does. (A connection to PostgreSQL that is lost during the commit itself leaves
 * open which: ERR_UNAVAILABLE.) A transaction inside another is refused: ERR_INTERNAL.
 *
 * The first statement that fails, with whatever but ERR_NOT_FOUND, is the transaction's end: all
 * later ones and the commit fail with the same error. To find out whether a row exists, use
 * ON CONFLICT or look for it; don't insert and see.
 *
 * SQLite: writers take turns, in order of arrival, on one shared connection; each runs inside a
 * savepoint, and one commit serves all that were waiting (group commit). Between begin and commit
 * do nothing but statements: the others wait. When the group's commit fails, it fails for each.
 * Another process's lock is waited for 5 s, then ERR_BUSY.
 *
 *     CLEANUP(txn_rollback) struct txn txn = {0};  -- rolls back unless committed
 */
struct txn {
    struct db *db;
    void *private_state;
    bool is_open;
};

enum error txn_begin(struct db *db, struct txn *txn) MUST_CHECK;
enum error txn_commit(struct txn *txn) MUST_CHECK;
void txn_rollback(struct txn *txn);
/*
 * True where others may write to the same database at the same time (PostgreSQL). Where it is not,
 * a transaction has the whole database to itself.
 */
bool txn_is_shared(const struct txn *txn);
bool db_is_shared(const struct db *db);

/*
 * For tests: after `n` more statements, every statement and commit fails with `err` until called
 * again with n < 0.
 */
void database_fail_after(struct database *database, int64_t n, enum error err);
/* Writes every statement's text (no values) to the log at debug level. */
void database_trace(struct database *database, bool on);

#endif
