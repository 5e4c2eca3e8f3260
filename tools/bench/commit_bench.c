/*
 * How many durable commits a second: one bare SQLite insert a commit against 64 threads that
 * commit through db/ at once, on the same disk, in turns. And the fsyncs a second of that disk.
 *
 *   commit_bench [FOLDER [SECONDS [bare]]]      bare: prints that one number alone
 *   commit_bench FILE SECONDS tokens            rows a second of the table of tokens in that
 * database of Latchkey's, 64 a transaction; they are deleted again
 */
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/log.h"
#include "db/db.h"

#define MAX_THREADS 64
#define TABLE "CREATE TABLE token (id BIGINT PRIMARY KEY, owner BIGINT, name TEXT, mac BYTEA)"

static const struct embedded schema[] = {{"0001_token.sql", TABLE, sizeof(TABLE) - 1}};

struct run {
    struct database *database;
    usec end;
    atomic_llong next, commits;
};

static void stop(const char *what)
{
    fprintf(stderr, "commit_bench: %s failed\n", what);
    exit(1);
}

static enum error add(struct db *db, int64_t id)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(db, &txn);
    if (!err)
        err =
            db_run(txn.db, "INSERT INTO token (id, owner, name, mac) VALUES ($1, $2, $3, $4)",
                   "iisb", id, id, STR("a token's name"), STR("0123456789abcdef0123456789abcdef"));
    return err ? err : txn_commit(&txn);
}

static void *write_until_the_end(void *context)
{
    struct run *run = context;
    struct db *db = NULL;
    if (db_connect(run->database, &db))
        stop("db_connect");
    while (time_monotonic() < run->end) {
        if (add(db, atomic_fetch_add(&run->next, 1)))
            stop("a commit");
        atomic_fetch_add(&run->commits, 1);
    }
    db_close(db);
    return NULL;
}

static double grouped(struct run *run, int threads, double seconds)
{
    pthread_t ids[MAX_THREADS];
    atomic_store(&run->commits, 0);
    run->end = time_monotonic() + (usec)(seconds * 1e6);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, write_until_the_end, run))
            stop("pthread_create");
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    return (double)atomic_load(&run->commits) / seconds;
}

static double bare(const char *path, double seconds)
{
    sqlite3 *handle;
    sqlite3_stmt *insert;
    if (sqlite3_open(path, &handle) != SQLITE_OK ||
        sqlite3_exec(handle,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "DROP TABLE IF EXISTS token;" TABLE,
                     NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(handle, "INSERT INTO token VALUES (?1, ?1, ?2, ?3)", -1, &insert,
                           NULL) != SQLITE_OK)
        stop("the bare database");
    usec end = time_monotonic() + (usec)(seconds * 1e6);
    int64_t count = 0;
    while (time_monotonic() < end) {
        sqlite3_bind_int64(insert, 1, ++count);
        sqlite3_bind_text(insert, 2, "a token's name", -1, SQLITE_STATIC);
        sqlite3_bind_blob(insert, 3, "0123456789abcdef0123456789abcdef", 32, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE)
            stop("a bare insert");
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    sqlite3_close(handle);
    return (double)count / seconds;
}

/* What creating a token costs at the least: its row, in all the indices, and a 64th of a commit. */
#define ROWS_A_COMMIT 64
#define NOBODY INT64_C(1000000000000) /* from here on, ids that no user has */
#define ADD_TOKEN                                                                                  \
    "INSERT INTO tokens (id, token_key, user_id, name, holds_name, kid, issued_at, expires_at, "   \
    "created_at) VALUES (lower(hex(randomblob(16))), random(), ?1, 'Personal Access Token', 1, "   \
    "'', ?2, ?2 + 6307200000000000, ?2)"

static void must(sqlite3 *handle, const char *sql)
{
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "commit_bench: %s: %s\n", sql, sqlite3_errmsg(handle));
        exit(1);
    }
}

static double token_rows(const char *path, double seconds)
{
    sqlite3 *handle;
    sqlite3_stmt *insert;
    if (sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        stop("opening the database");
    sqlite3_busy_timeout(handle, 5000);
    must(handle, "PRAGMA synchronous = FULL; PRAGMA cache_size = -8192");
    if (sqlite3_prepare_v2(handle, ADD_TOKEN, -1, &insert, NULL) != SQLITE_OK)
        stop("an insert of a token");
    usec end = time_monotonic() + (usec)(seconds * 1e6);
    int64_t count = 0;
    while (time_monotonic() < end) {
        must(handle, "BEGIN IMMEDIATE");
        for (int i = 0; i < ROWS_A_COMMIT; i++) {
            sqlite3_bind_int64(insert, 1, NOBODY + count++);
            sqlite3_bind_int64(insert, 2, time_now());
            if (sqlite3_step(insert) != SQLITE_DONE)
                stop("an insert of a token");
            sqlite3_reset(insert);
        }
        must(handle, "COMMIT");
    }
    sqlite3_finalize(insert);
    must(handle, "DELETE FROM tokens WHERE user_id >= 1000000000000");
    sqlite3_close(handle);
    return (double)count / seconds;
}

static double syncs(const char *path, double seconds)
{
    char page[4096] = {0};
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    usec end = time_monotonic() + (usec)(seconds * 1e6);
    int64_t count = 0;
    for (; fd >= 0 && time_monotonic() < end; count++)
        if (write(fd, page, sizeof(page)) < 0 || fdatasync(fd) < 0)
            stop("fdatasync");
    close(fd);
    unlink(path);
    return (double)count / seconds;
}

static void remove_database(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        char file[600];
        snprintf(file, sizeof(file), "%s%s", path, endings[i]);
        unlink(file);
    }
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "/tmp";
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
    char bare_path[500], grouped_path[500];
    if (argc > 3 && strcmp(argv[3], "tokens") == 0) {
        printf("%.1f\n", token_rows(folder, seconds));
        return 0;
    }
    snprintf(bare_path, sizeof(bare_path), "%s/commit-bench-bare-%d.db", folder, (int)getpid());
    snprintf(grouped_path, sizeof(grouped_path), "%s/commit-bench-%d.db", folder, (int)getpid());

    if (argc > 3) {
        printf("%.1f\n", bare(bare_path, seconds));
        remove_database(bare_path);
        return 0;
    }

    struct arena arena = {0};
    struct run run = {0};
    if (database_open(str_from(grouped_path), DB_READ_WRITE, &arena, NULL, &run.database) ||
        database_migrate(run.database, schema, COUNT_OF(schema), 1))
        stop("the database");
    printf("fdatasync of a page     %8.0f a second\n", syncs(bare_path, seconds / 4));
    double alone = bare(bare_path, seconds);
    printf("one bare insert a commit%8.0f a second\n", alone);
    static const int threads[] = {1, 8, 16, 64};
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        double rate = grouped(&run, threads[i], seconds);
        printf("%2d threads              %8.0f a second, %.1f times that\n", threads[i], rate,
               rate / alone);
    }
    database_close(run.database);
    remove_database(bare_path);
    remove_database(grouped_path);
    arena_release(&arena);
    return 0;
}
