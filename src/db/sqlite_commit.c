/*
 * Group commit. Writers take turns on one connection. The first of a batch, its leader, begins the
 * transaction, and then lets all who wait by now have their turn, each inside a savepoint, before
 * it commits for the whole batch. The others wait for its result. So a disk that commits 200 times
 * a second serves 64 writers at once in one of these commits. The leader needs no savepoint, which
 * would copy each page that it changes: when it gives up, nobody else is in the batch yet.
 */
#include "base/log.h"
#include "base/waiting.h"
#include "db/sqlite.h"

#define CHECKPOINT_PAGES 4000       /* 16 MiB of log */
#define RESTART_PAGES 8000          /* 32 MiB: readers have kept it from starting over */
#define RESTART_WAIT_MS 1000        /* for those readers */
#define BULK_CHECKPOINT_PAGES 32000 /* 128 MiB: a page that is written often is moved once */

/* Shared by the writers of one transaction; the last one to leave frees it. */
struct batch {
    pthread_mutex_t mutex;
    pthread_cond_t is_over;
    bool is_done;   /* under mutex */
    enum error err; /* under mutex */
    unsigned users; /* under mutex */
};

static struct sqlite_database *database_of(struct sqlite_db *db)
{
    return (struct sqlite_database *)db->base.database;
}

static struct batch *batch_new(void)
{
    struct batch *batch = allocate(sizeof(*batch));
    pthread_mutex_init(&batch->mutex, NULL);
    pthread_cond_init(&batch->is_over, NULL);
    batch->users = 1; /* the database, while it is open */
    return batch;
}

/* Under its mutex, which is left. */
static void batch_leave(struct batch *batch)
{
    bool is_last = --batch->users == 0;
    pthread_mutex_unlock(&batch->mutex);
    if (!is_last)
        return;
    pthread_cond_destroy(&batch->is_over);
    pthread_mutex_destroy(&batch->mutex);
    free(batch);
}

static struct batch *batch_join(struct batch *batch)
{
    pthread_mutex_lock(&batch->mutex);
    batch->users++;
    pthread_mutex_unlock(&batch->mutex);
    return batch;
}

static enum error batch_wait(struct batch *batch)
{
    pthread_mutex_lock(&batch->mutex);
    bool waits = !batch->is_done;
    if (waits)
        waiting_begins();
    while (!batch->is_done)
        pthread_cond_wait(&batch->is_over, &batch->mutex);
    enum error err = batch->err;
    batch_leave(batch);
    if (waits)
        waiting_ends();
    return err;
}

static void batch_forget(struct batch *batch)
{
    pthread_mutex_lock(&batch->mutex);
    batch_leave(batch);
}

/* From here on, all is done by whose turn it is. */

static void batch_end(struct sqlite_database *database, enum error err)
{
    struct batch *batch = database->batch;
    database->batch = NULL;
    pthread_mutex_lock(&batch->mutex);
    batch->is_done = true;
    batch->err = err;
    pthread_mutex_unlock(&batch->mutex);
    pthread_cond_broadcast(&batch->is_over); /* without the mutex, into which all would run */
    batch_forget(batch);
}

/* `waited` counts: a queue behind another process's lock is not kept waiting one by one. */
static enum error batch_begin(struct sqlite_database *database, usec waited)
{
    usec left = DB_BUSY_WAIT - waited;
    sqlite3_busy_timeout(database->writer.handle, left > 0 ? (int)(left / 1000) : 0);
    enum error err = sqlite_control(&database->writer, "BEGIN IMMEDIATE");
    sqlite3_busy_timeout(database->writer.handle, (int)(DB_BUSY_WAIT / 1000));
    if (!err)
        database->batch = batch_new();
    return err;
}

/* True if SQLite has rolled all of it back by itself, as it may on a full disk. */
static bool is_rolled_back(struct sqlite_database *database)
{
    return sqlite3_get_autocommit(database->writer.handle) != 0;
}

static void roll_all_back(struct sqlite_database *database, enum error why)
{
    if (!is_rolled_back(database) && sqlite_control(&database->writer, "ROLLBACK"))
        log_error("a transaction could not be rolled back");
    batch_end(database, why);
}

static void close_writer(struct sqlite_database *database)
{
    db_drop_statements(&database->writer.base);
    sqlite_handle_close(&database->writer);
}

static int note_wal_pages(void *database, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    ((struct sqlite_database *)database)->wal_pages = pages;
    return SQLITE_OK;
}

void sqlite_count_wal_pages(struct sqlite_database *database)
{
    database->checkpoint_at = CHECKPOINT_PAGES;
    database->restart_at = RESTART_PAGES;
    sqlite3_wal_hook(database->writer.handle, note_wal_pages, database);
}

void sqlite_expect_bulk(struct database *database)
{
    struct sqlite_database *mine = (struct sqlite_database *)database;
    turns_take(&mine->turns);
    /* a cache that stays small only makes it slower */
    if (mine->writer.handle && sqlite3_exec(mine->writer.handle, "PRAGMA cache_size = -65536", NULL,
                                            NULL, NULL) == SQLITE_OK)
        mine->checkpoint_at = BULK_CHECKPOINT_PAGES;
    turns_give(&mine->turns);
}

/*
 * Moves what the log holds into the database, so that the log can start over. It starts over when
 * no reader uses it any more; if that has not happened for long, readers are waited for.
 */
static void checkpoint_if_due(struct sqlite_database *database)
{
    if (database->wal_pages < database->checkpoint_at)
        return;
    sqlite3 *handle = database->writer.handle;
    bool restarts = database->wal_pages >= database->restart_at;
    sqlite3_busy_timeout(handle, RESTART_WAIT_MS);
    int result = sqlite3_wal_checkpoint_v2(
        handle, NULL, restarts ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    sqlite3_busy_timeout(handle, (int)(DB_BUSY_WAIT / 1000));

    bool failed = result != SQLITE_OK && result != SQLITE_BUSY;
    if (failed && !database->checkpoint_failed)
        (void)sqlite_failed(handle, result, "moving the log into the database");
    database->checkpoint_failed = failed;
    if (restarts) /* a reader that stays must not cost each commit a wait */
        database->restart_at =
            result == SQLITE_OK ? RESTART_PAGES : database->wal_pages + RESTART_PAGES;
}

static void batch_commit(struct sqlite_database *database)
{
    enum error err = sqlite_control(&database->writer, "COMMIT");
    if (err) {
        roll_all_back(database, err);
        if (err == ERR_IO)
            close_writer(database); /* the next one begins afresh */
        return;
    }
    batch_end(database, OK); /* on disk by now: nobody waits for the upkeep */
    checkpoint_if_due(database);
}

enum error sqlite_txn_begin(struct db *db, struct db **out)
{
    struct sqlite_db *mine = (struct sqlite_db *)db;
    struct sqlite_database *database = database_of(mine);
    if (database->mode == DB_READ_ONLY)
        return ERR_READ_ONLY;

    usec asked_at = time_monotonic();
    turns_take(&database->turns);
    enum error err = sqlite_ready(&database->writer);
    mine->leads_batch = !database->batch;
    if (!err && mine->leads_batch)
        err = batch_begin(database, time_monotonic() - asked_at);
    if (!err && !mine->leads_batch)
        err = sqlite_control(&database->writer, "SAVEPOINT writer");
    if (err) {
        if (database->batch && (mine->leads_batch || is_rolled_back(database)))
            roll_all_back(database, err);
        turns_give(&database->turns);
        return err;
    }
    mine->batch = batch_join(database->batch);
    *out = &database->writer.base;
    return OK;
}

void sqlite_txn_rollback(struct db *db, enum error why)
{
    struct sqlite_db *mine = (struct sqlite_db *)db;
    struct sqlite_database *database = database_of(mine);
    enum error err = why ? why : ERR_IO;
    /* nobody else is in the batch of a leader that gives up */
    if (mine->leads_batch || is_rolled_back(database) ||
        sqlite_control(&database->writer, "ROLLBACK TO writer") ||
        sqlite_control(&database->writer, "RELEASE writer"))
        roll_all_back(database, err);
    turns_give(&database->turns);
    batch_forget(mine->batch);
    mine->batch = NULL;
}

enum error sqlite_txn_commit(struct db *db)
{
    struct sqlite_db *mine = (struct sqlite_db *)db;
    struct sqlite_database *database = database_of(mine);
    enum error err = mine->leads_batch ? OK : sqlite_control(&database->writer, "RELEASE writer");
    if (err) {
        sqlite_txn_rollback(db, err);
        return err;
    }
    if (mine->leads_batch) {
        turns_let_pass(&database->turns);
        if (database->batch == mine->batch) /* else it has failed meanwhile */
            batch_commit(database);
    }
    turns_give(&database->turns);
    struct batch *batch = mine->batch;
    mine->batch = NULL;
    return batch_wait(batch);
}
