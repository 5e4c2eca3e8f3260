#include "base/embedded.h"
#include "base/log.h"
#include "db/internal.h"

struct migration {
    int64_t number;
    str name;
    const struct embedded *file;
};

/* "0001_first.sql". */
static enum error migration_read(const struct embedded *file, struct migration *out)
{
    str number, name;
    if (!str_cut(str_from(file->name), '_', &number, &name) || !str_ends(name, STR(".sql")) ||
        str_to_i64(number, &out->number))
        return ERR_MALFORMED;
    out->name = str_slice(name, 0, name.len - STR(".sql").len);
    out->file = file;
    return OK;
}

/* They are numbered from 1 without a gap, so that the newest number says all. */
static enum error check_numbers(const struct embedded *migrations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct migration migration;
        if (migration_read(&migrations[i], &migration) || migration.number != (int64_t)i + 1) {
            log_error("the migration '%s' is not number %zu", migrations[i].name, i + 1);
            return ERR_MALFORMED;
        }
    }
    return OK;
}

/* The number of the newest migration that was applied, 0 for an empty database. */
static enum error newest_applied(struct db *db, int64_t *out)
{
    CLEANUP(query_end) struct query has = {0};
    enum error err = query_start(db, &has, db->database->engine->has_table_sql);
    if (!err)
        err = query_bind(&has, "s", STR("schema_migration"));
    if (!err)
        err = query_row(&has);
    if (err == ERR_NOT_FOUND) {
        *out = 0;
        return OK;
    }
    if (err)
        return err;
    query_end(&has);

    CLEANUP(query_end) struct query q = {0};
    err = query_start(db, &q, "SELECT COALESCE(MAX(number), 0) FROM schema_migration");
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

static enum error apply(struct db *db, const struct embedded *file, usec now)
{
    struct migration migration;
    enum error err = migration_read(file, &migration);
    if (!err)
        err = db->database->driver->script(db, file->data);
    if (!err)
        err = db_run(db,
                     "INSERT INTO schema_migration (number, name, applied_at)"
                     " VALUES ($1, $2, $3)",
                     "isi", migration.number, migration.name, now);
    return err;
}

/* Applies the next one, if another process has not been faster. */
static enum error apply_next(struct db *db, const struct embedded *migrations, size_t count,
                             usec now)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    int64_t newest = 0;
    enum error err = txn_begin(db, &txn);
    if (!err)
        err = db->database->engine->lock_schema(txn.db);
    if (!err)
        err = newest_applied(txn.db, &newest);
    if (!err && newest >= (int64_t)count)
        return OK;
    if (!err && newest == 0)
        err = db->database->engine->script(
            txn.db, "CREATE TABLE IF NOT EXISTS schema_migration ("
                    "number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)");
    if (!err)
        err = apply(txn.db, &migrations[newest], now);
    return err ? err : txn_commit(&txn);
}

static void close_handle(struct db **db)
{
    db_close(*db);
}

enum error database_migrate(struct database *database, const struct embedded *migrations,
                            size_t count, usec now)
{
    CLEANUP(close_handle) struct db *db = NULL;
    int64_t newest = 0;
    enum error err = check_numbers(migrations, count);
    if (!err)
        err = db_connect(database, &db);
    if (!err)
        err = newest_applied(db, &newest);
    while (!err && newest < (int64_t)count) {
        err = apply_next(db, migrations, count, now);
        if (!err)
            err = newest_applied(db, &newest);
    }
    if (!err && newest > (int64_t)count)
        err = ERR_TOO_NEW;
    return err;
}
