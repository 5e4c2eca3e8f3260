#include "base/log.h"
#include "db/sqlite.h"

static struct sqlite_db *sqlite_of(struct db *db)
{
    return (struct sqlite_db *)db;
}

static struct sqlite_statement *statement_of(struct statement *statement)
{
    return (struct sqlite_statement *)statement;
}

/* Connections */

static enum error sqlite_connect(struct database *database, struct db **out)
{
    struct sqlite_db *db = allocate(sizeof(*db));
    db->base.database = database;
    *out = &db->base;
    return OK;
}

static void sqlite_db_free(struct db *db)
{
    free(db);
}

enum error sqlite_ready(struct sqlite_db *db)
{
    if (db->handle)
        return OK;
    struct arena arena = {0};
    str problem = STR("");
    enum error err = sqlite_handle_open(db, &arena, &problem);
    if (err)
        log_error("%.*s", STR_ARG(problem));
    arena_release(&arena);
    return err;
}

/* Statements */

static void sqlite_finalize(struct db *db, struct statement *statement)
{
    (void)db;
    sqlite3_finalize(statement_of(statement)->handle);
    free(statement);
}

/* Where each parameter stands: to SQLite "$2" is a name, numbered by first appearance. */
static enum error find_places(struct sqlite_statement *statement, int count)
{
    for (int place = 1; place <= count; place++) {
        const char *name = sqlite3_bind_parameter_name(statement->handle, place);
        int64_t number = 0;
        if (!name || name[0] != '$' || str_to_i64(str_from(name + 1), &number) || number < 1 ||
            number > count)
            return ERR_INTERNAL;
        statement->places[number - 1] = place;
    }
    return OK;
}

static enum error sqlite_prepare(struct db *db, const char *sql, struct statement **out)
{
    enum error err = sqlite_ready(sqlite_of(db));
    if (err)
        return err;
    sqlite3 *connection = sqlite_of(db)->handle;
    sqlite3_stmt *handle;
    int result = sqlite3_prepare_v3(connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL);
    if (result != SQLITE_OK)
        return sqlite_failed(connection, result, sql);

    int count = sqlite3_bind_parameter_count(handle);
    struct sqlite_statement *statement =
        allocate(sizeof(*statement) + sizeof(statement->places[0]) * (size_t)count);
    statement->base.sql = sql;
    statement->base.parameter_count = count;
    statement->handle = handle;
    err = find_places(statement, count);
    if (err) {
        log_error("the parameters are not $1 to $%d: %s", count, sql);
        sqlite_finalize(db, &statement->base);
        return err;
    }
    *out = &statement->base;
    return OK;
}

static void sqlite_reset(struct db *db, struct statement *statement)
{
    (void)db;
    sqlite3_reset(statement_of(statement)->handle);
    sqlite3_clear_bindings(statement_of(statement)->handle);
}

static int bind_value(sqlite3_stmt *handle, int place, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        return sqlite3_bind_null(handle, place);
    case VALUE_I64:
        return sqlite3_bind_int64(handle, place, value->number);
    case VALUE_TEXT:
        return sqlite3_bind_text64(handle, place, value->bytes.ptr, value->bytes.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case VALUE_BYTES:
        return sqlite3_bind_blob64(handle, place, value->bytes.ptr, value->bytes.len,
                                   SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

static enum error sqlite_bind(struct statement *statement, int parameter, const struct value *value)
{
    sqlite3_stmt *handle = statement_of(statement)->handle;
    int place = statement_of(statement)->places[parameter - 1];
    int result = bind_value(handle, place, value);
    return result == SQLITE_OK ? OK : sqlite_failed(sqlite3_db_handle(handle), result, "binding");
}

static enum error sqlite_step(struct db *db, struct statement *statement)
{
    struct sqlite_statement *mine = statement_of(statement);
    sqlite3 *handle = sqlite_of(db)->handle;
    if (!statement->has_run)
        mine->changes_before = sqlite3_total_changes64(handle);
    int result = sqlite3_step(mine->handle);
    bool is_first_or_last = !statement->has_run || result == SQLITE_DONE;
    if (is_first_or_last && at_rest_is_over(sqlite_of(db)->at_rest)) {
        log_error("another program has begun to write the database that is read");
        return ERR_BUSY;
    }
    if (result == SQLITE_ROW)
        return OK;
    if (result != SQLITE_DONE)
        return sqlite_failed(handle, result, statement->sql);

    /* sqlite3_changes speaks of the last INSERT, UPDATE or DELETE, which may be another's. */
    bool changed_some = sqlite3_total_changes64(handle) != mine->changes_before;
    mine->changed = changed_some ? sqlite3_changes64(handle) : 0;
    return ERR_NOT_FOUND;
}

static int64_t sqlite_changed(const struct statement *statement)
{
    return ((const struct sqlite_statement *)statement)->changed;
}

/* Rows */

static bool sqlite_is_null(struct statement *statement, int column)
{
    return sqlite3_column_type(statement_of(statement)->handle, column) == SQLITE_NULL;
}

static int64_t sqlite_i64(struct statement *statement, int column)
{
    return sqlite3_column_int64(statement_of(statement)->handle, column);
}

static str sqlite_bytes(struct statement *statement, int column, struct arena *arena)
{
    sqlite3_stmt *handle = statement_of(statement)->handle;
    const void *bytes = sqlite3_column_type(handle, column) == SQLITE_BLOB
                            ? sqlite3_column_blob(handle, column)
                            : sqlite3_column_text(handle, column);
    return arena_copy(arena, str_of(bytes, (size_t)sqlite3_column_bytes(handle, column)));
}

/* What is not one statement of a caller's */

enum error sqlite_control(struct sqlite_db *db, const char *sql)
{
    struct statement *statement = statements_find(&db->base.statements, sql);
    if (!statement) {
        enum error err = sqlite_prepare(&db->base, sql, &statement);
        if (err || !statement)
            return err;
        struct statement *victim = statements_add(&db->base.statements, statement);
        if (victim)
            sqlite_finalize(&db->base, victim);
    }
    statement->has_run = false;
    enum error err = sqlite_step(&db->base, statement);
    sqlite3_reset(statement_of(statement)->handle);
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum error sqlite_script(struct db *db, const char *sql)
{
    enum error err = sqlite_ready(sqlite_of(db));
    if (err)
        return err;
    sqlite3 *handle = sqlite_of(db)->handle;
    int result = sqlite3_exec(handle, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? OK : sqlite_failed(handle, result, "running a script");
}

/* BEGIN IMMEDIATE has kept other processes out already. */
static enum error sqlite_lock_schema(struct db *db)
{
    (void)db;
    return OK;
}

static enum error sqlite_ping(struct db *db)
{
    struct db *reader = NULL;
    enum error err = sqlite_borrow(db, &reader);
    if (err)
        return err;
    err = sqlite_ready(sqlite_of(reader));
    if (!err)
        err = sqlite_control(sqlite_of(reader), "SELECT count(*) FROM sqlite_schema");
    sqlite_give_back(reader);
    return err ? ERR_UNAVAILABLE : OK;
}

static void sqlite_database_free(struct database *database)
{
    struct sqlite_database *mine = (struct sqlite_database *)database;
    sqlite_readers_free(mine);
    db_drop_statements(&mine->writer.base);
    sqlite_handle_close(&mine->writer);
    pthread_mutex_destroy(&mine->readers_mutex);
    turns_release(&mine->turns);
    free(mine->path);
    free(mine);
}

const struct driver sqlite_driver = {
    .has_table_sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
    .database_free = sqlite_database_free,
    .expect_bulk = sqlite_expect_bulk,
    .connect = sqlite_connect,
    .borrow = sqlite_borrow,
    .give_back = sqlite_give_back,
    .db_free = sqlite_db_free,
    .ping = sqlite_ping,
    .prepare = sqlite_prepare,
    .finalize = sqlite_finalize,
    .reset = sqlite_reset,
    .bind = sqlite_bind,
    .step = sqlite_step,
    .changed = sqlite_changed,
    .is_null = sqlite_is_null,
    .i64 = sqlite_i64,
    .bytes = sqlite_bytes,
    .script = sqlite_script,
    .lock_schema = sqlite_lock_schema,
    .txn_begin = sqlite_txn_begin,
    .txn_commit = sqlite_txn_commit,
    .txn_rollback = sqlite_txn_rollback,
};
