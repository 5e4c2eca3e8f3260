/*
 * What the files of this folder share: the table of functions that a driver fills, and the common
 * beginnings of its structs. A driver's struct begins with the one from here.
 */
#ifndef LATCHKEY_DB_INTERNAL_H
#define LATCHKEY_DB_INTERNAL_H

#include <stdatomic.h>

#include "db/db.h"

#define STATEMENTS_KEPT 128 /* prepared statements that a connection keeps */
#define STATEMENT_BUCKETS 64

#define DB_BUSY_WAIT SECONDS(5) /* the longest wait for a lock of another process */

enum value_kind { VALUE_NULL, VALUE_I64, VALUE_TEXT, VALUE_BYTES };

struct value {
    enum value_kind kind;
    int64_t number;
    str bytes; /* borrowed until the statement has run */
};

struct statement {
    const char *sql; /* its address is the key */
    struct statement *next_in_bucket;
    uint64_t last_used;
    int parameter_count;
    bool is_in_use;
    bool has_run; /* since query_start */
    bool is_done; /* the last row was fetched */
};

/* The prepared statements of one connection; the least recently used one gives way. */
struct statements {
    struct statement *buckets[STATEMENT_BUCKETS];
    size_t count;
    uint64_t clock;
};

struct driver {
    const char *has_table_sql; /* has a row if the table named $1 exists */

    void (*database_free)(struct database *);
    void (*expect_bulk)(struct database *); /* NULL: it makes no difference */
    enum error (*connect)(struct database *, struct db **out);
    /*
     * The connection that the queries of `db` run on, until the last one of them has ended. NULL:
     * on `db` itself, which `borrow` may return too.
     */
    enum error (*borrow)(struct db *, struct db **out);
    void (*give_back)(struct db *borrowed);
    void (*db_free)(struct db *); /* its statements are gone already */
    enum error (*ping)(struct db *);

    enum error (*prepare)(struct db *, const char *sql, struct statement **out);
    void (*finalize)(struct db *, struct statement *);
    void (*reset)(struct db *, struct statement *); /* drops rows and bindings */
    enum error (*bind)(struct statement *, int parameter, const struct value *value);
    enum error (*step)(struct db *, struct statement *); /* the next row or ERR_NOT_FOUND */
    int64_t (*changed)(const struct statement *);
    bool (*is_null)(struct statement *, int column);
    int64_t (*i64)(struct statement *, int column);
    str (*bytes)(struct statement *, int column, struct arena *);

    /* Several statements at once, without parameters; inside a transaction. */
    enum error (*script)(struct db *, const char *sql);
    /* Only one process at a time gets past this, until its transaction ends. */
    enum error (*lock_schema)(struct db *);

    /* `out` is the connection that the transaction's statements run on. */
    enum error (*txn_begin)(struct db *, struct db **out);
    enum error (*txn_commit)(struct db *);
    void (*txn_rollback)(struct db *, enum error why); /* OK: the caller wants it so */
};

struct database {
    const struct driver *engine;              /* SQLite's or PostgreSQL's */
    _Atomic(const struct driver *) driver;    /* `engine`, or `watched` around it */
    struct driver watched;                    /* set when it is opened */
    _Atomic int64_t statements_until_failure; /* counted down; below 0: none fails */
    _Atomic int failure;                      /* enum error */
    atomic_bool is_failing, is_traced;
    bool is_postgres;
};

struct db {
    struct database *database;
    struct statements statements;
    struct query *open_queries; /* linked by private_state */
    struct db *borrowed;        /* has its open queries, if there are any; or NULL */
    struct db *borrower;        /* of such a connection */
    enum error txn_error;       /* the transaction's first failure: it can only be rolled back */
    bool has_txn;
    bool is_closing;
};

/* db.c: what every driver's database and connection begin with. */
void database_setup(struct database *database, const struct driver *engine, bool is_postgres);
/* For db_failures. */
void db_note_failure(void);
/* Frees what `db` has prepared. */
void db_drop_statements(struct db *db);

/* statements.c */
struct statement *statements_find(struct statements *statements, const char *sql);
/* Adds `statement`; the caller frees what is returned, which may be NULL. */
struct statement *statements_add(struct statements *statements, struct statement *statement);
struct statement *statements_pop(struct statements *statements);

/* watch.c: wraps `engine` to trace statements and to let the n-th one fail. */
struct driver watch_around(const struct driver *engine);

/* Memory that is zeroed and there, or the process stops. */
void *allocate(size_t bytes);
/* Gives `problem` (may be NULL) a sentence. */
#define PROBLEM(arena, problem, ...)                                                               \
    do {                                                                                           \
        if (problem)                                                                               \
            *(problem) = arena_printf((arena), __VA_ARGS__);                                       \
    } while (0)

enum error sqlite_database_open(str path, enum db_mode mode, struct arena *arena, str *problem,
                                struct database **out) MUST_CHECK;
enum error postgres_database_open(str url, enum db_mode mode, struct arena *arena, str *problem,
                                  struct database **out) MUST_CHECK;

#endif
