#include "db/db.h"

#include <stdarg.h>

#include "base/log.h"
#include "db/internal.h"

void *allocate(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (!memory) {
        fputs("latchkey: out of memory\n", stderr);
        abort();
    }
    return memory;
}

static _Atomic uint64_t failures;

void db_note_failure(void)
{
    atomic_fetch_add_explicit(&failures, 1, memory_order_relaxed);
}

uint64_t db_failures(void)
{
    return atomic_load_explicit(&failures, memory_order_relaxed);
}

static const struct driver *driver_of(const struct db *db)
{
    return atomic_load_explicit(&db->database->driver, memory_order_relaxed);
}

/* The databases */

void database_setup(struct database *database, const struct driver *engine, bool is_postgres)
{
    database->engine = engine;
    database->watched = watch_around(engine);
    atomic_init(&database->driver, engine);
    atomic_init(&database->statements_until_failure, -1);
    database->is_postgres = is_postgres;
}

enum error database_open(str url_or_path, enum db_mode mode, struct arena *arena, str *problem,
                         struct database **out)
{
    bool is_url = str_starts_nocase(url_or_path, STR("postgresql://")) ||
                  str_starts_nocase(url_or_path, STR("postgres://"));
    return is_url ? postgres_database_open(url_or_path, mode, arena, problem, out)
                  : sqlite_database_open(url_or_path, mode, arena, problem, out);
}

void database_close(struct database *database)
{
    if (database)
        database->engine->database_free(database);
}

bool database_is_postgres(const struct database *database)
{
    return database->is_postgres;
}

void database_expect_bulk(struct database *database)
{
    if (database->engine->expect_bulk)
        database->engine->expect_bulk(database);
}

/* Connections */

enum error db_connect(struct database *database, struct db **out)
{
    return database->engine->connect(database, out);
}

static void end_open_queries(struct db *db)
{
    while (db->open_queries)
        query_end(db->open_queries);
    while (db->borrowed)
        query_end(db->borrowed->open_queries);
}

void db_drop_statements(struct db *db)
{
    end_open_queries(db);
    for (struct statement *s; (s = statements_pop(&db->statements));)
        db->database->engine->finalize(db, s);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    db->is_closing = true;
    db_drop_statements(db);
    db->database->engine->db_free(db);
}

enum error db_ping(struct db *db)
{
    return driver_of(db)->ping(db);
}

/* Queries */

/* PostgreSQL lets nothing follow a failure in a transaction; so it is with SQLite too. */
static enum error note_failure(struct db *db, enum error err)
{
    if (db->has_txn && !db->txn_error)
        db->txn_error = err;
    return err;
}

/* The connection that a query of `db` runs on. */
static enum error find_connection(struct db *db, struct db **out)
{
    struct db *on = db->borrowed ? db->borrowed : db;
    if (on == db && db->database->engine->borrow) {
        enum error err = db->database->engine->borrow(db, &on);
        if (err)
            return err;
    }
    if (on != db) {
        db->borrowed = on;
        on->borrower = db;
    }
    *out = on;
    return OK;
}

static void give_back_unless_in_use(struct db *on)
{
    if (!on->borrower || on->open_queries)
        return;
    on->borrower->borrowed = NULL;
    on->borrower = NULL;
    on->database->engine->give_back(on);
}

static enum error find_statement(struct db *db, const char *sql, struct statement **out)
{
    struct statement *statement = statements_find(&db->statements, sql);
    if (!statement) {
        enum error err = driver_of(db)->prepare(db, sql, &statement);
        if (err)
            return note_failure(db, err);
        struct statement *victim = statements_add(&db->statements, statement);
        if (victim)
            driver_of(db)->finalize(db, victim);
    }
    statement->is_in_use = true;
    statement->has_run = false;
    statement->is_done = false;
    *out = statement;
    return OK;
}

enum error query_start(struct db *db, struct query *q, const char *sql)
{
    if (db->txn_error)
        return db->txn_error;
    struct db *on = NULL;
    struct statement *statement = NULL;
    enum error err = find_connection(db, &on);
    if (err)
        return err;
    err = find_statement(on, sql, &statement);
    if (err) {
        give_back_unless_in_use(on);
        return err;
    }
    *q = (struct query){.db = on, .statement = statement, .private_state = on->open_queries};
    on->open_queries = q;
    return OK;
}

void query_end(struct query *q)
{
    struct db *on = q->db;
    if (!on)
        return;
    struct query **link = &on->open_queries;
    while (*link != q)
        link = (struct query **)&(*link)->private_state;
    *link = q->private_state;

    driver_of(on)->reset(on, q->statement);
    q->statement->is_in_use = false;
    *q = (struct query){0};
    give_back_unless_in_use(on);
}

static enum error bind(struct query *q, int parameter, const struct value *value)
{
    if (!q->statement || q->statement->has_run || parameter < 1 ||
        parameter > q->statement->parameter_count) {
        log_error("a statement has no parameter %d to bind now", parameter);
        return ERR_INTERNAL;
    }
    return driver_of(q->db)->bind(q->statement, parameter, value);
}

enum error query_i64(struct query *q, int parameter, int64_t value)
{
    return bind(q, parameter,
                &(struct value){.kind = VALUE_I64, .number = value, .bytes = STR("")});
}

enum error query_str(struct query *q, int parameter, str text)
{
    /* PostgreSQL refuses such texts: what one engine cannot keep, neither is given. */
    if (str_has(text, '\0') || !str_is_utf8(text))
        return ERR_MALFORMED;
    return bind(q, parameter, &(struct value){.kind = VALUE_TEXT, .bytes = text});
}

enum error query_bytes(struct query *q, int parameter, str bytes)
{
    return bind(q, parameter, &(struct value){.kind = VALUE_BYTES, .bytes = bytes});
}

enum error query_null(struct query *q, int parameter)
{
    return bind(q, parameter, &(struct value){.kind = VALUE_NULL, .bytes = STR("")});
}

static enum error bind_next(struct query *q, int parameter, char type, va_list *values)
{
    int64_t number;
    str bytes;
    switch (type) {
    case 'i':
        return query_i64(q, parameter, va_arg(*values, int64_t));
    case 'I':
        number = va_arg(*values, int64_t);
        return number == DB_NULL_I64 ? query_null(q, parameter) : query_i64(q, parameter, number);
    case 'f': /* a bool is passed as an int */
        return query_i64(q, parameter, va_arg(*values, int) != 0);
    case 's':
        return query_str(q, parameter, va_arg(*values, str));
    case 'S':
        bytes = va_arg(*values, str);
        return bytes.len == 0 ? query_null(q, parameter) : query_str(q, parameter, bytes);
    case 'b':
        return query_bytes(q, parameter, va_arg(*values, str));
    case 'B':
        bytes = va_arg(*values, str);
        return bytes.len == 0 ? query_null(q, parameter) : query_bytes(q, parameter, bytes);
    default:
        log_error("no type of a parameter is called '%c'", type);
        return ERR_INTERNAL;
    }
}

static enum error bind_all(struct query *q, const char *types, va_list *values)
{
    int count = (int)strlen(types);
    if (!q->statement || count != q->statement->parameter_count) {
        log_error("%d values do not fit this statement's parameters", count);
        return ERR_INTERNAL;
    }
    enum error err = OK;
    for (int i = 0; !err && i < count; i++)
        err = bind_next(q, i + 1, types[i], values);
    return err;
}

enum error query_bind(struct query *q, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    enum error err = bind_all(q, types, &values);
    va_end(values);
    return err;
}

enum error query_row(struct query *q)
{
    if (!q->statement)
        return ERR_INTERNAL; /* its transaction has ended */
    if (q->db->txn_error)
        return q->db->txn_error;
    if (q->statement->is_done)
        return ERR_NOT_FOUND;
    enum error err = driver_of(q->db)->step(q->db, q->statement);
    q->statement->has_run = true;
    q->statement->is_done = err != OK;
    return err && err != ERR_NOT_FOUND ? note_failure(q->db, err) : err;
}

enum error query_run(struct query *q)
{
    enum error err;
    do
        err = query_row(q);
    while (!err);
    return err == ERR_NOT_FOUND ? OK : err;
}

int64_t query_changed(const struct query *q)
{
    return q->statement ? driver_of(q->db)->changed(q->statement) : 0;
}

/* Rows */

bool row_is_null(struct query *q, int column)
{
    return !q->statement || driver_of(q->db)->is_null(q->statement, column);
}

int64_t row_i64(struct query *q, int column)
{
    return row_is_null(q, column) ? DB_NULL_I64 : driver_of(q->db)->i64(q->statement, column);
}

bool row_flag(struct query *q, int column)
{
    return row_i64(q, column) == 1;
}

str row_str(struct query *q, int column, struct arena *arena)
{
    return row_is_null(q, column) ? STR("") : driver_of(q->db)->bytes(q->statement, column, arena);
}

str row_bytes(struct query *q, int column, struct arena *arena)
{
    return row_str(q, column, arena);
}

enum error db_run(struct db *db, const char *sql, const char *types, ...)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, sql);
    if (err)
        return err;
    va_list values;
    va_start(values, types);
    err = bind_all(&q, types, &values);
    va_end(values);
    return err ? err : query_run(&q);
}

/* Transactions. Their private_state is the connection that was given to txn_begin. */

enum error txn_begin(struct db *db, struct txn *txn)
{
    if (db->has_txn) {
        log_error("a transaction was begun inside another one");
        return ERR_INTERNAL;
    }
    enum error err = driver_of(db)->txn_begin(db, &txn->db);
    if (err)
        return err;
    db->has_txn = true;
    txn->db->has_txn = true;
    txn->private_state = db;
    txn->is_open = true;
    return OK;
}

/* While the connection is still this thread's own. */
static struct db *close_txn(struct txn *txn)
{
    struct db *origin = txn->private_state;
    end_open_queries(txn->db);
    origin->has_txn = false;
    txn->db->has_txn = false;
    txn->db->txn_error = OK;
    txn->is_open = false;
    return origin;
}

enum error txn_commit(struct txn *txn)
{
    if (!txn->is_open)
        return ERR_INTERNAL;
    enum error err = txn->db->txn_error;
    if (err) {
        txn_rollback(txn);
        return err;
    }
    struct db *origin = close_txn(txn);
    return driver_of(origin)->txn_commit(origin);
}

void txn_rollback(struct txn *txn)
{
    if (!txn->is_open)
        return;
    enum error why = txn->db->txn_error;
    struct db *origin = close_txn(txn);
    origin->database->engine->txn_rollback(origin, why);
}

bool db_is_shared(const struct db *db)
{
    return db->database->is_postgres;
}

bool txn_is_shared(const struct txn *txn)
{
    return txn->db->database->is_postgres;
}
