/*
 * A driver around a driver: it writes statements to the log, and lets all fail from the n-th on.
 * It is in the way only while it is asked for.
 */
#include "base/log.h"
#include "db/internal.h"

/* OK, or the error that what is about to run shall fail with. */
static enum error count_down(struct database *database)
{
    if (!atomic_load(&database->is_failing))
        return OK;
    if (atomic_fetch_sub(&database->statements_until_failure, 1) > 0)
        return OK;
    return (enum error)atomic_load(&database->failure);
}

static void trace(struct database *database, const char *sql)
{
    if (atomic_load(&database->is_traced))
        log_debug("sql: %s", sql);
}

static enum error watched_step(struct db *db, struct statement *statement)
{
    enum error err = OK;
    if (!statement->has_run) {
        trace(db->database, statement->sql);
        err = count_down(db->database);
    }
    return err ? err : db->database->engine->step(db, statement);
}

static enum error watched_script(struct db *db, const char *sql)
{
    trace(db->database, sql);
    enum error err = count_down(db->database);
    return err ? err : db->database->engine->script(db, sql);
}

static enum error watched_commit(struct db *db)
{
    trace(db->database, "COMMIT");
    enum error err = count_down(db->database);
    if (!err)
        return db->database->engine->txn_commit(db);
    db->database->engine->txn_rollback(db, err);
    return err;
}

static enum error watched_ping(struct db *db)
{
    enum error err = count_down(db->database);
    return err ? ERR_UNAVAILABLE : db->database->engine->ping(db);
}

struct driver watch_around(const struct driver *engine)
{
    struct driver watched = *engine;
    watched.step = watched_step;
    watched.script = watched_script;
    watched.txn_commit = watched_commit;
    watched.ping = watched_ping;
    return watched;
}

static void watch(struct database *database)
{
    bool is_wanted = atomic_load(&database->is_failing) || atomic_load(&database->is_traced);
    atomic_store(&database->driver, is_wanted ? &database->watched : database->engine);
}

void database_fail_after(struct database *database, int64_t n, enum error err)
{
    atomic_store(&database->failure, (int)err);
    atomic_store(&database->statements_until_failure, n);
    atomic_store(&database->is_failing, n >= 0);
    watch(database);
}

void database_trace(struct database *database, bool on)
{
    atomic_store(&database->is_traced, on);
    watch(database);
}
