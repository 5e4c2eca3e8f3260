/*
 * What PostgreSQL alone can do: go away and come back.
 */
#include "base/embedded.h"
#include "base/time.h"
#include "support/engines.h"
#include "unit/test.h"

#define SCHEMA "CREATE TABLE thing (id BIGINT PRIMARY KEY, n BIGINT, at TIMESTAMPTZ, flag BOOLEAN)"

static const struct embedded schema[] = {{"0001_things.sql", SCHEMA, sizeof(SCHEMA) - 1}};

struct fixture {
    struct test_place place;
    struct database *database;
    struct db *db, *other;
};

#define SKIP_UNLESS(it_can)                                                                        \
    if (!(it_can)) {                                                                               \
        skip();                                                                                    \
        return;                                                                                    \
    }

static bool fixture_open(struct fixture *f)
{
    if (!engine_is_there(ENGINE_POSTGRES))
        return false;
    test_place_make(ENGINE_POSTGRES, &f->place);
    f->database = test_database_open(&f->place);
    assert_ok("migrate", database_migrate(f->database, schema, 1, 1));
    f->db = test_connect(f->database);
    f->other = test_connect(f->database);
    return true;
}

static void fixture_close(struct fixture *f)
{
    db_close(f->db);
    db_close(f->other);
    database_close(f->database);
    test_place_remove(&f->place);
}

static enum error add_in(struct db *db, int64_t id)
{
    return db_run(db, "INSERT INTO thing (id, n) VALUES ($1, 0)", "i", id);
}

static enum error count_things(struct db *db, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT COUNT(*) FROM thing");
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

static void a_restart_costs_a_transaction_and_nothing_else(void **state)
{
    (void)state;
    struct fixture f = {0};
    SKIP_UNLESS(fixture_open(&f))
    int64_t count = -1;
    CLEANUP(txn_rollback) struct txn txn = {0};
    assert_ok("reading", count_things(f.other, &count));
    assert_ok("begin", txn_begin(f.db, &txn));
    assert_ok("add", add_in(txn.db, 1));
    SKIP_UNLESS(test_postgres_control("restart"))
    assert_error("its transaction is lost", add_in(txn.db, 2), ERR_UNAVAILABLE);
    assert_error("its transaction is lost", txn_commit(&txn), ERR_UNAVAILABLE);
    assert_ok("reading goes on", count_things(f.other, &count));
    assert_int_equal(count, 0);
    assert_ok("and on the other one", count_things(f.db, &count));
    assert_ok("begin", txn_begin(f.db, &txn));
    assert_ok("add", add_in(txn.db, 1));
    assert_ok("commit", txn_commit(&txn));
    assert_ok("reading", count_things(f.other, &count));
    assert_int_equal(count, 1);

    /* idle: the loss is found at the commit */
    assert_ok("begin", txn_begin(f.db, &txn));
    assert_ok("add", add_in(txn.db, 2));
    assert_true(test_postgres_control("restart"));
    assert_error("commit", txn_commit(&txn), ERR_UNAVAILABLE);
    assert_ok("reading", count_things(f.db, &count));
    assert_int_equal(count, 1);
    fixture_close(&f);
}

static void a_server_that_is_away_is_waited_for_only_so_long(void **state)
{
    (void)state;
    struct fixture f = {0};
    SKIP_UNLESS(fixture_open(&f) && test_postgres_control("stop"))
    int64_t count = -1;
    struct txn txn = {0};
    usec start = time_monotonic();
    assert_error("the first waits", count_things(f.db, &count), ERR_UNAVAILABLE);
    assert_in_range(time_monotonic() - start, SECONDS(2), SECONDS(4));
    start = time_monotonic();
    assert_error("the others do not", count_things(f.other, &count), ERR_UNAVAILABLE);
    assert_error("nor a writer", txn_begin(f.other, &txn), ERR_UNAVAILABLE);
    assert_error("nor a ping", db_ping(f.other), ERR_UNAVAILABLE);
    assert_in_range(time_monotonic() - start, 0, SECONDS(1));
    assert_true(test_postgres_control("start"));
    assert_ok("it is back", count_things(f.db, &count));
    assert_ok("it is back", db_ping(f.other));
    fixture_close(&f);
}

static void two_who_wait_for_each_other_are_told_busy(void **state)
{
    (void)state;
    struct fixture f = {0};
    SKIP_UNLESS(fixture_open(&f))
    CLEANUP(txn_rollback) struct txn one = {0}, two = {0};
    assert_ok("begin", txn_begin(f.db, &one));
    assert_ok("add", add_in(one.db, 1));
    assert_ok("begin", txn_begin(f.other, &two));
    /* lock_timeout ends a wait of 5 s */
    usec start = time_monotonic();
    assert_error("the same key", add_in(two.db, 1), ERR_BUSY);
    assert_in_range(time_monotonic() - start, SECONDS(4), SECONDS(7));
    txn_rollback(&two);
    assert_ok("commit", txn_commit(&one));
    fixture_close(&f);
}

static void foreign_types_look_as_they_do_in_sqlite(void **state)
{
    (void)state;
    struct fixture f = {0};
    SKIP_UNLESS(fixture_open(&f))
    struct arena arena = {0};
    CLEANUP(query_end) struct query q = {0};
    assert_ok("start", query_start(f.db, &q,
                                   "SELECT TIMESTAMPTZ '2026-01-02 03:04:05.678901+02',"
                                   " TIMESTAMPTZ '2026-01-02 03:04:05+00', TRUE, FALSE,"
                                   " CAST(12 AS NUMERIC), '{\"a\": 1}'::jsonb, 'x'::varchar(9)"));
    assert_ok("row", query_row(&q));
    assert_str("time", row_str(&q, 0, &arena), STR("2026-01-02 01:04:05.678901"));
    assert_str("time", row_str(&q, 1, &arena), STR("2026-01-02 03:04:05"));
    assert_true(row_flag(&q, 2));
    assert_false(row_flag(&q, 3));
    assert_int_equal(row_i64(&q, 4), 12);
    assert_str("json", row_str(&q, 5, &arena), STR("{\"a\": 1}"));
    assert_str("varchar", row_str(&q, 6, &arena), STR("x"));
    arena_release(&arena);
    fixture_close(&f);
}

static void reading_only_means_it(void **state)
{
    (void)state;
    struct fixture f = {0};
    SKIP_UNLESS(fixture_open(&f))
    struct arena arena = {0};
    struct database *database = NULL;
    assert_ok("open", database_open(str_from(f.place.url), DB_READ_ONLY, &arena, NULL, &database));
    struct db *db = test_connect(database);
    struct txn txn = {0};
    int64_t count = -1;
    assert_error("a transaction", txn_begin(db, &txn), ERR_READ_ONLY);
    assert_error("an insert", add_in(db, 1), ERR_READ_ONLY);
    assert_ok("reading", count_things(db, &count));
    db_close(db);
    database_close(database);
    arena_release(&arena);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_costs_a_transaction_and_nothing_else),
        cmocka_unit_test(a_server_that_is_away_is_waited_for_only_so_long),
        cmocka_unit_test(two_who_wait_for_each_other_are_told_busy),
        cmocka_unit_test(foreign_types_look_as_they_do_in_sqlite),
        cmocka_unit_test(reading_only_means_it),
    };
    return cmocka_run_group_tests_name("db_postgres", tests, NULL, NULL);
}
