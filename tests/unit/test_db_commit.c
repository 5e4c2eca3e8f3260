#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/log.h"
#include "base/time.h"
#include "support/engines.h"
#include "unit/test.h"

#define SCHEMA                                                                                     \
    "CREATE TABLE thing (id BIGINT PRIMARY KEY, bytes BYTEA);"                                     \
    "CREATE TABLE promise (id BIGINT PRIMARY KEY,"                                                 \
    " thing BIGINT REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED);"

static const struct embedded schema[] = {{"0001_things.sql", SCHEMA, sizeof(SCHEMA) - 1}};

static struct database *open_with_schema(const struct test_place *place)
{
    struct database *database = test_database_open(place);
    assert_ok("migrate", database_migrate(database, schema, 1, 1));
    return database;
}

static int64_t number_from(struct db *db, const char *sql)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, sql);
    if (!err)
        err = query_row(&q);
    return err ? -1 : row_i64(&q, 0);
}

static bool has_thing(struct db *db, int64_t id)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT 1 FROM thing WHERE id = $1");
    if (!err)
        err = query_i64(&q, 1, id);
    return !err && !query_row(&q);
}

static enum error add_thing(struct db *db, int64_t id, str bytes)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(db, &txn);
    if (!err)
        err = db_run(txn.db, "INSERT INTO thing (id, bytes) VALUES ($1, $2)", "iB", id, bytes);
    return err ? err : txn_commit(&txn);
}

/* A promise that is broken only when it is committed: it takes its whole batch along. */
static enum error add_broken_promise(struct db *db, int64_t id)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(db, &txn);
    if (!err)
        err = db_run(txn.db, "INSERT INTO promise (id, thing) VALUES ($1, -1)", "i", id);
    return err ? err : txn_commit(&txn);
}

/* Threads that write, and remember what they were told. */

#define WRITERS 64
#define ROUNDS 20

enum habit { ALL_GOOD, SOME_GIVE_UP, SOME_BREAK_PROMISES };

struct writer {
    pthread_t thread;
    struct database *database;
    pthread_barrier_t *start;
    enum habit habit;
    int64_t number;
    enum error answers[ROUNDS];
};

static int64_t id_of(const struct writer *writer, int round)
{
    return writer->number * ROUNDS + round;
}

static enum error write_one(struct writer *writer, struct db *db, int round)
{
    int64_t id = id_of(writer, round);
    bool is_odd = (writer->number + round) % 3 == 0;
    if (writer->habit == SOME_BREAK_PROMISES && writer->number == 0)
        return add_broken_promise(db, id);
    if (writer->habit != SOME_GIVE_UP || !is_odd)
        return add_thing(db, id, STR(""));

    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(db, &txn);
    if (!err)
        err = db_run(txn.db, "INSERT INTO thing (id) VALUES ($1)", "i", id);
    if (!err && round % 2) /* one half gives up by itself, the other runs into a failure */
        err = db_run(txn.db, "INSERT INTO thing (id) VALUES ($1)", "i", id);
    return err ? err : ERR_LIMIT;
}

static void *write_all(void *context)
{
    struct writer *writer = context;
    struct db *db = test_connect(writer->database);
    pthread_barrier_wait(writer->start);
    for (int round = 0; round < ROUNDS; round++)
        writer->answers[round] = write_one(writer, db, round);
    db_close(db);
    return NULL;
}

static void run_writers(struct database *database, enum habit habit, struct writer *writers)
{
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, WRITERS);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] =
            (struct writer){.database = database, .start = &start, .habit = habit, .number = i};
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_all, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i].thread, NULL);
    pthread_barrier_destroy(&start);
}

/* What was answered is so, in a database that is opened anew; returns how many were kept. */
static int check_answers(const struct test_place *place, const struct writer *writers)
{
    struct database *database = test_database_open(place);
    struct db *db = test_connect(database);
    int kept = 0;
    for (int i = 0; i < WRITERS; i++)
        for (int round = 0; round < ROUNDS; round++) {
            int64_t id = id_of(&writers[i], round);
            enum error answer = writers[i].answers[round];
            bool is_there = has_thing(db, id);
            if (is_there != (answer == OK))
                fail_msg("%s: %lld is %s, but its writer was told %s", engine_name(place->engine),
                         (long long)id, is_there ? "there" : "not there", error_name(answer));
            kept += is_there;
        }
    assert_int_equal(number_from(db, "SELECT COUNT(*) FROM thing"), kept);
    assert_int_equal(number_from(db, "SELECT COUNT(*) FROM promise"), 0);
    db_close(db);
    database_close(database);
    return kept;
}

static int write_and_check(enum engine engine, enum habit habit)
{
    struct writer *writers = calloc(WRITERS, sizeof(*writers));
    struct test_place place;
    test_place_make(engine, &place);
    struct database *database = open_with_schema(&place);
    run_writers(database, habit, writers);
    struct db *db = test_connect(database);
    assert_ok("afterwards", add_thing(db, 1000000, STR("")));
    CLEANUP(txn_rollback) struct txn txn = {0};
    assert_ok("begin", txn_begin(db, &txn));
    assert_ok("delete", db_run(txn.db, "DELETE FROM thing WHERE id = 1000000", ""));
    assert_ok("commit", txn_commit(&txn));
    db_close(db);
    database_close(database);
    int kept = check_answers(&place, writers);
    test_place_remove(&place);
    free(writers);
    return kept;
}

static void all_who_commit_at_once_are_kept(void **state)
{
    (void)state;
    for (enum engine engine = 0; engine < ENGINE_COUNT; engine++)
        if (engine_is_there(engine))
            assert_int_equal(write_and_check(engine, ALL_GOOD), WRITERS * ROUNDS);
}

static void one_who_gives_up_takes_nobody_along(void **state)
{
    (void)state;
    for (enum engine engine = 0; engine < ENGINE_COUNT; engine++)
        if (engine_is_there(engine))
            assert_int_equal(write_and_check(engine, SOME_GIVE_UP), 853);
}

static void a_commit_that_fails_fails_for_each(void **state)
{
    (void)state;
    int kept = write_and_check(ENGINE_SQLITE, SOME_BREAK_PROMISES);
    assert_in_range(kept, 1, (WRITERS - 1) * ROUNDS);
}

/* A process that is killed while it writes. It tells by a pipe what it was answered. */

struct reporter {
    struct database *database;
    int pipe;
    int64_t number;
};

static void *write_and_report(void *context)
{
    struct reporter *reporter = context;
    struct db *db = test_connect(reporter->database);
    for (int64_t i = 0;; i++) {
        int64_t id = reporter->number * 1000000 + i;
        if (add_thing(db, id, STR("some bytes")) ||
            write(reporter->pipe, &id, sizeof(id)) != sizeof(id))
            _exit(1);
    }
    return NULL;
}

static NO_RETURN void write_until_killed(const struct test_place *place, int pipe, int run)
{
    struct reporter reporters[16];
    struct database *database = test_database_open(place);
    for (size_t i = 0; i < COUNT_OF(reporters); i++) {
        pthread_t thread;
        reporters[i] = (struct reporter){database, pipe, run * 100 + (int64_t)i};
        if (pthread_create(&thread, NULL, write_and_report, &reporters[i]))
            _exit(1);
    }
    for (;;)
        pause();
}

static void kill_one(const struct test_place *place, int run)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0)
        write_until_killed(place, ends[1], run);
    close(ends[1]);

    static int64_t told[100000];
    size_t count = 0;
    while (count < COUNT_OF(told) && read(ends[0], &told[count], sizeof(told[0])) > 0)
        if (++count == (size_t)100 + (size_t)run * 37)
            kill(child, SIGKILL);
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    struct database *database = test_database_open(place);
    struct db *db = test_connect(database);
    for (size_t i = 0; i < count; i++)
        if (!has_thing(db, told[i]))
            fail_msg("%s: %lld was answered and is lost", engine_name(place->engine),
                     (long long)told[i]);
    assert_ok("writing goes on", add_thing(db, -1 - run, STR("")));
    db_close(db);
    database_close(database);
}

static void a_killed_process_loses_nothing_that_it_answered(void **state)
{
    (void)state;
    for (enum engine engine = 0; engine < ENGINE_COUNT; engine++) {
        if (!engine_is_there(engine))
            continue;
        struct test_place place;
        test_place_make(engine, &place);
        database_close(open_with_schema(&place));
        for (int run = 0; run < 5; run++)
            kill_one(&place, run);
        test_place_remove(&place);
    }
}

/* The disk is full for files above a size. */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void fill_and_recover(const struct test_place *place)
{
    static char bytes[20000];
    struct database *database = test_database_open(place);
    struct db *db = test_connect(database);
    signal(SIGXFSZ, SIG_IGN);
    limit_files(2 << 20);
    enum error err = OK;
    int64_t id = 0;
    while (!err && id < 1000)
        err = add_thing(db, ++id, str_of(bytes, sizeof(bytes)));
    assert_error("the disk is full", err, ERR_FULL);
    assert_int_equal(number_from(db, "SELECT COUNT(*) FROM thing"), id - 1);
    assert_error("it stays full", add_thing(db, id, str_of(bytes, sizeof(bytes))), ERR_FULL);
    assert_int_equal(number_from(db, "SELECT COUNT(*) FROM thing"), id - 1);

    limit_files(RLIM_INFINITY);
    for (int i = 0; i < 300; i++)
        assert_ok("there is room again", add_thing(db, id++, str_of(bytes, sizeof(bytes))));
    assert_int_equal(number_from(db, "SELECT COUNT(*) FROM thing"), id - 1);
    db_close(db);
    database_close(database);
}

static void a_full_disk_stops_writing_until_there_is_room(void **state)
{
    (void)state;
    struct test_place place;
    test_place_make(ENGINE_SQLITE, &place);
    database_close(open_with_schema(&place));
    pid_t child = fork(); /* which keeps the limit to itself */
    if (child == 0) {
        fill_and_recover(&place);
        _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    test_place_remove(&place);
}

struct reader {
    struct database *database;
    atomic_bool is_over;
};

/* Always in the middle of a query, but for a moment. */
static void *read_all_the_time(void *context)
{
    struct reader *reader = context;
    struct db *db = test_connect(reader->database);
    while (!atomic_load(&reader->is_over)) {
        CLEANUP(query_end) struct query q = {0};
        if (query_start(db, &q, "SELECT id FROM thing") || query_row(&q))
            abort();
        poll(NULL, 0, 5);
    }
    db_close(db);
    return NULL;
}

static void the_log_stays_bounded_while_readers_come_and_go(void **state)
{
    (void)state;
    static char bytes[200000];
    struct test_place place;
    test_place_make(ENGINE_SQLITE, &place);
    struct database *database = open_with_schema(&place);
    struct db *db = test_connect(database);
    assert_ok("add", add_thing(db, -1, STR("x")));

    struct reader reader = {.database = database};
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all_the_time, &reader), 0);
    for (int64_t i = 0; i < 500; i++) /* 100 MB */
        assert_ok("add", add_thing(db, i, str_of(bytes, sizeof(bytes))));
    atomic_store(&reader.is_over, true);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);

    char path[600];
    struct stat st;
    snprintf(path, sizeof(path), "%s-wal", place.url);
    assert_int_equal(stat(path, &st), 0);
    if (st.st_size > 48 << 20)
        fail_msg("the log has %lld bytes", (long long)st.st_size);
    db_close(db);
    database_close(database);
    test_place_remove(&place);
}

/* Another process holds the write lock. */

static void *add_and_tell(void *context)
{
    struct reporter *reporter = context;
    struct db *db = test_connect(reporter->database);
    enum error err = add_thing(db, reporter->number, STR(""));
    db_close(db);
    return (void *)(intptr_t)err;
}

static void a_lock_that_does_not_go_away_is_not_waited_for_one_by_one(void **state)
{
    (void)state;
    struct test_place place;
    test_place_make(ENGINE_SQLITE, &place);
    struct database *database = open_with_schema(&place), *other = test_database_open(&place);
    struct db *db = test_connect(other);
    CLEANUP(txn_rollback) struct txn txn = {0};
    assert_ok("begin", txn_begin(db, &txn));

    usec start = time_monotonic();
    struct reporter reporters[4];
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        reporters[i] = (struct reporter){.database = database, .number = (int64_t)i};
        pthread_create(&threads[i], NULL, add_and_tell, &reporters[i]);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        void *err = NULL;
        pthread_join(threads[i], &err);
        assert_error("locked out", (enum error)(intptr_t)err, ERR_BUSY);
    }
    assert_in_range(time_monotonic() - start, SECONDS(4), SECONDS(8));
    txn_rollback(&txn);
    assert_ok("the lock is gone", (enum error)(intptr_t)add_and_tell(&reporters[0]));
    db_close(db);
    database_close(other);
    database_close(database);
    test_place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_who_commit_at_once_are_kept),
        cmocka_unit_test(one_who_gives_up_takes_nobody_along),
        cmocka_unit_test(a_commit_that_fails_fails_for_each),
        cmocka_unit_test(a_killed_process_loses_nothing_that_it_answered),
        cmocka_unit_test(a_full_disk_stops_writing_until_there_is_room),
        cmocka_unit_test(the_log_stays_bounded_while_readers_come_and_go),
        cmocka_unit_test(a_lock_that_does_not_go_away_is_not_waited_for_one_by_one),
    };
    return cmocka_run_group_tests_name("db_commit", tests, NULL, NULL);
}
