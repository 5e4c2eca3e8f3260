/*
 * Group commit under ThreadSanitizer: writers that commit, give up and fail, and readers between
 * them. What each was told is looked up at the end.
 */
#include <pthread.h>

#include "base/embedded.h"
#include "support/engines.h"

#define THREADS 16
#define ROUNDS 60
#define SCHEMA "CREATE TABLE thing (id BIGINT PRIMARY KEY)"

static const struct embedded schema[] = {{"0001_things.sql", SCHEMA, sizeof(SCHEMA) - 1}};

struct writer {
    pthread_t thread;
    struct database *database;
    int64_t number;
    bool is_kept[ROUNDS];
};

static enum error add(struct db *db, int64_t id)
{
    return db_run(db, "INSERT INTO thing (id) VALUES ($1)", "i", id);
}

static bool is_there(struct db *db, int64_t id)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT id FROM thing WHERE id = $1");
    if (!err)
        err = query_i64(&q, 1, id);
    return !err && !query_row(&q) && row_i64(&q, 0) == id;
}

/* Every fourth fails, every fifth gives up. */
static enum error write_one(struct db *db, int64_t id)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    CLEANUP(query_end) struct query left_open = {0};
    enum error err = txn_begin(db, &txn);
    if (!err)
        err = add(txn.db, id);
    if (!err && id % 4 == 0)
        err = add(txn.db, id);
    if (!err)
        err = query_start(txn.db, &left_open, "SELECT id FROM thing ORDER BY id DESC");
    if (!err)
        err = query_row(&left_open);
    if (!err && id % 5 == 0)
        return ERR_LIMIT;
    return err ? err : txn_commit(&txn);
}

static void *write_all(void *context)
{
    struct writer *writer = context;
    struct db *db = test_connect(writer->database);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t id = writer->number * ROUNDS + i;
        writer->is_kept[i] = write_one(db, id) == OK;
        if (is_there(db, id) != writer->is_kept[i])
            abort();
    }
    db_close(db);
    return NULL;
}

static int check(struct database *database, const struct writer *writers)
{
    struct db *db = test_connect(database);
    int wrong = 0;
    for (int64_t id = 0; id < (int64_t)THREADS * ROUNDS; id++) {
        bool is_kept = writers[id / ROUNDS].is_kept[id % ROUNDS];
        wrong += is_there(db, id) != is_kept || is_kept != (id % 4 != 0 && id % 5 != 0);
    }
    db_close(db);
    return wrong;
}

int main(void)
{
    static struct writer writers[THREADS];
    struct test_place place;
    test_place_make(ENGINE_SQLITE, &place);
    struct database *database = test_database_open(&place);
    if (database_migrate(database, schema, COUNT_OF(schema), 1))
        return 1;
    for (int i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){.database = database, .number = i};
        if (pthread_create(&writers[i].thread, NULL, write_all, &writers[i]))
            return 1;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(writers[i].thread, NULL);
    int wrong = check(database, writers);
    database_close(database);
    test_place_remove(&place);
    return wrong != 0;
}
