#include <pthread.h>

#include "base/embedded.h"
#include "support/engines.h"
#include "unit/test.h"

#define MIGRATION(name, text)                                                                      \
    {                                                                                              \
        name, text, sizeof(text) - 1                                                               \
    }

static const struct embedded good[] = {
    MIGRATION("0001_first.sql", "CREATE TABLE a (id BIGINT PRIMARY KEY);\n"
                                "-- a comment; with a semicolon\n"
                                "INSERT INTO a (id) VALUES (1);\n"),
    MIGRATION("0002_second_step.sql", "CREATE TABLE b (id BIGINT PRIMARY KEY);\n"
                                      "INSERT INTO a (id) VALUES (2);\n"),
};

static int64_t number_from(struct db *db, const char *sql)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, sql);
    if (!err)
        err = query_row(&q);
    return err ? -1 : row_i64(&q, 0);
}

struct fixture {
    struct test_place place;
    struct database *database;
    struct db *db;
};

static void fixture_open(struct fixture *f, enum engine engine)
{
    test_place_make(engine, &f->place);
    f->database = test_database_open(&f->place);
    f->db = test_connect(f->database);
}

static void fixture_close(struct fixture *f)
{
    db_close(f->db);
    database_close(f->database);
    test_place_remove(&f->place);
}

#define ON_EACH_ENGINE(f)                                                                          \
    (void)state;                                                                                   \
    struct fixture f;                                                                              \
    for (enum engine engine_ = 0; engine_ < ENGINE_COUNT; engine_++)                               \
        if (engine_is_there(engine_))                                                              \
            for (bool once_ = (fixture_open(&f, engine_), true); once_;                            \
                 once_ = (fixture_close(&f), false))

static void each_migration_is_applied_once_and_noted(void **state)
{
    ON_EACH_ENGINE(f)
    {
        assert_ok("the first", database_migrate(f.database, good, 1, 100));
        assert_ok("both", database_migrate(f.database, good, 2, 200));
        assert_ok("again", database_migrate(f.database, good, 2, 300));
        assert_int_equal(number_from(f.db, "SELECT COUNT(*) FROM a"), 2);
        assert_int_equal(number_from(f.db, "SELECT COUNT(*) FROM schema_migration"), 2);

        struct arena arena = {0};
        CLEANUP(query_end) struct query q = {0};
        assert_ok("start", query_start(f.db, &q,
                                       "SELECT number, name, applied_at FROM schema_migration"
                                       " WHERE number = 2"));
        assert_ok("row", query_row(&q));
        assert_str("its name", row_str(&q, 1, &arena), STR("second_step"));
        assert_int_equal(row_i64(&q, 2), 200);
        arena_release(&arena);
    }
}

static void a_newer_database_is_refused(void **state)
{
    ON_EACH_ENGINE(f)
    {
        assert_ok("both", database_migrate(f.database, good, 2, 1));
        assert_error("an older program", database_migrate(f.database, good, 1, 1), ERR_TOO_NEW);
        assert_ok("the right one", database_migrate(f.database, good, 2, 1));
    }
}

static void a_broken_migration_leaves_nothing_behind(void **state)
{
    static const struct embedded broken[] = {
        MIGRATION("0001_first.sql", "CREATE TABLE a (id BIGINT);\nINSERT INTO a (id) VALUES (1);"),
        MIGRATION("0002_bad.sql", "INSERT INTO a (id) VALUES (2);\nCREATE TABLE (;\n"),
    };
    ON_EACH_ENGINE(f)
    {
        assert_error("the second", database_migrate(f.database, broken, 2, 1), ERR_INTERNAL);
        assert_int_equal(number_from(f.db, "SELECT COUNT(*) FROM a"), 1);
        assert_int_equal(number_from(f.db, "SELECT MAX(number) FROM schema_migration"), 1);
        assert_ok("mended", database_migrate(f.database, good, 2, 1));
        assert_int_equal(number_from(f.db, "SELECT COUNT(*) FROM a"), 2);
    }
}

static void a_failure_at_any_statement_can_be_repeated(void **state)
{
    ON_EACH_ENGINE(f)
    {
        int failures = 0;
        for (;; failures++) {
            database_fail_after(f.database, failures, ERR_FULL);
            enum error err = database_migrate(f.database, good, 2, 1);
            database_fail_after(f.database, -1, OK);
            if (!err)
                break;
            assert_error("the asked for", err, ERR_FULL);
        }
        assert_true(failures > 5);
        assert_int_equal(number_from(f.db, "SELECT COUNT(*) FROM a"), 2);
        assert_int_equal(number_from(f.db, "SELECT COUNT(*) FROM b"), 0);
    }
}

static void migrations_are_numbered_without_a_gap(void **state)
{
    static const struct embedded wrong[][2] = {
        {MIGRATION("0001_a.sql", ""), MIGRATION("0003_b.sql", "")},
        {MIGRATION("0002_a.sql", ""), MIGRATION("0003_b.sql", "")},
        {MIGRATION("0001_a.sql", ""), MIGRATION("0001_b.sql", "")},
        {MIGRATION("0001_a.txt", ""), MIGRATION("0002_b.sql", "")},
        {MIGRATION("a.sql", ""), MIGRATION("b.sql", "")},
    };
    ON_EACH_ENGINE(f)
    {
        for (size_t i = 0; i < COUNT_OF(wrong); i++)
            assert_error(wrong[i][0].name, database_migrate(f.database, wrong[i], 2, 1),
                         ERR_MALFORMED);
    }
}

static void *migrate(void *place)
{
    struct database *database = test_database_open(place);
    enum error err = database_migrate(database, good, 2, 1);
    database_close(database);
    return (void *)(intptr_t)err;
}

static void many_may_start_at_once(void **state)
{
    ON_EACH_ENGINE(f)
    {
        pthread_t threads[8];
        for (size_t i = 0; i < COUNT_OF(threads); i++)
            assert_int_equal(pthread_create(&threads[i], NULL, migrate, &f.place), 0);
        for (size_t i = 0; i < COUNT_OF(threads); i++) {
            void *err = NULL;
            pthread_join(threads[i], &err);
            assert_ok("one of many", (enum error)(intptr_t)err);
        }
        assert_int_equal(number_from(f.db, "SELECT COUNT(*) FROM a"), 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_migration_is_applied_once_and_noted),
        cmocka_unit_test(a_newer_database_is_refused),
        cmocka_unit_test(a_broken_migration_leaves_nothing_behind),
        cmocka_unit_test(a_failure_at_any_statement_can_be_repeated),
        cmocka_unit_test(migrations_are_numbered_without_a_gap),
        cmocka_unit_test(many_may_start_at_once),
    };
    return cmocka_run_group_tests_name("db_migrate", tests, NULL, NULL);
}
