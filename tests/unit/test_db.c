#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/time.h"
#include "support/engines.h"
#include "unit/test.h"

#define FILE_OF(name, text)                                                                        \
    {                                                                                              \
        name, text, sizeof(text) - 1                                                               \
    }

static const struct embedded schema[] = {
    FILE_OF("0001_things.sql",
            "CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT, bytes BYTEA, flag SMALLINT,"
            " parent BIGINT REFERENCES thing (id));\n"
            "CREATE UNIQUE INDEX thing_name ON thing (name);\n"),
};

/* Every test runs on each engine that is there. */
struct fixture {
    enum engine engine;
    struct test_place place;
    struct database *database;
    struct db *db;
    struct arena arena;
};

static void fixture_open(struct fixture *f, enum engine engine)
{
    *f = (struct fixture){.engine = engine};
    test_place_make(engine, &f->place);
    f->database = test_database_open(&f->place);
    assert_ok(engine_name(engine), database_migrate(f->database, schema, 1, 1));
    f->db = test_connect(f->database);
}

static void fixture_close(struct fixture *f)
{
    db_close(f->db);
    database_close(f->database);
    test_place_remove(&f->place);
    arena_release(&f->arena);
}

#define ON_EACH_ENGINE(f)                                                                          \
    (void)state;                                                                                   \
    struct fixture f;                                                                              \
    for (enum engine engine_ = 0; engine_ < ENGINE_COUNT; engine_++)                               \
        if (engine_is_there(engine_))                                                              \
            for (bool once_ = (fixture_open(&f, engine_), true); once_;                            \
                 once_ = (fixture_close(&f), false))

static enum error add_in(struct db *db, int64_t id, str name)
{
    return db_run(db, "INSERT INTO thing (id, name) VALUES ($1, $2)", "iS", id, name);
}

static enum error add(struct db *db, int64_t id, str name)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(db, &txn);
    if (!err)
        err = add_in(txn.db, id, name);
    return err ? err : txn_commit(&txn);
}

static int64_t count_things(struct db *db)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT COUNT(*) FROM thing");
    if (!err)
        err = query_row(&q);
    return err ? -1 : row_i64(&q, 0);
}

static void all_types_come_back_as_they_went_in(void **state)
{
    static const struct {
        const char *why;
        int64_t id;
        str name, bytes;
        bool flag;
    } cases[] = {
        {"plain", 1, STR_INIT("name"), STR_INIT("\x01\x02"), true},
        {"zero", 0, STR_INIT("0"), STR_INIT("0"), false},
        {"the smallest and a text of digits", INT64_MIN + 1, STR_INIT("12"), STR_INIT("12"), true},
        {"the largest and bytes with a NUL", INT64_MAX, STR_INIT("\xC3\xA9 '\";--"),
         STR_INIT("\0\xFF\\x00'"), true},
    };
    ON_EACH_ENGINE(f)
    {
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            CLEANUP(txn_rollback) struct txn txn = {0};
            assert_ok("begin", txn_begin(f.db, &txn));
            assert_ok(cases[i].why,
                      db_run(txn.db,
                             "INSERT INTO thing (bytes, name, id, flag) VALUES ($3, $2, $1, $4)",
                             "isbf", cases[i].id, cases[i].name, cases[i].bytes, cases[i].flag));
            assert_ok("commit", txn_commit(&txn));

            CLEANUP(query_end) struct query q = {0};
            assert_ok("start", query_start(f.db, &q,
                                           "SELECT id, name, bytes, flag, parent FROM thing"
                                           " WHERE id = $1 AND bytes = $2 AND name = $3"));
            assert_ok("bind", query_bind(&q, "ibs", cases[i].id, cases[i].bytes, cases[i].name));
            assert_ok(cases[i].why, query_row(&q));
            assert_int_equal(row_i64(&q, 0), cases[i].id);
            assert_str(cases[i].why, row_str(&q, 1, &f.arena), cases[i].name);
            assert_str(cases[i].why, row_bytes(&q, 2, &f.arena), cases[i].bytes);
            assert_int_equal(row_flag(&q, 3), cases[i].flag);
            assert_true(row_is_null(&q, 4));
            assert_error("no second row", query_row(&q), ERR_NOT_FOUND);
            assert_error("nor a third", query_row(&q), ERR_NOT_FOUND);
        }
    }
}

static void null_and_empty_are_two_things(void **state)
{
    ON_EACH_ENGINE(f)
    {
        CLEANUP(txn_rollback) struct txn txn = {0};
        assert_ok("begin", txn_begin(f.db, &txn));
        const char *insert = "INSERT INTO thing (id, name, bytes, parent) VALUES ($1, $2, $3, $4)";
        assert_ok("empty",
                  db_run(txn.db, insert, "isbi", INT64_C(1), STR(""), STR(""), INT64_C(1)));
        assert_ok("null",
                  db_run(txn.db, insert, "iSBI", INT64_C(2), STR(""), STR(""), DB_NULL_I64));
        assert_ok("commit", txn_commit(&txn));

        CLEANUP(query_end) struct query q = {0};
        assert_ok("start",
                  query_start(f.db, &q, "SELECT name, bytes, parent FROM thing ORDER BY id"));
        assert_ok("the first", query_row(&q));
        assert_false(row_is_null(&q, 0));
        assert_false(row_is_null(&q, 1));
        assert_str("empty", row_str(&q, 0, &f.arena), STR(""));
        assert_int_equal(row_i64(&q, 2), 1);
        assert_ok("the second", query_row(&q));
        for (int column = 0; column < 3; column++)
            assert_true(row_is_null(&q, column));
        assert_str("NULL", row_str(&q, 0, &f.arena), STR(""));
        assert_true(row_i64(&q, 2) == DB_NULL_I64);
        assert_false(row_flag(&q, 2));
    }
}

static void texts_that_one_engine_refuses_are_refused_by_both(void **state)
{
    ON_EACH_ENGINE(f)
    {
        assert_error("a NUL", add(f.db, 1, STR("a\0b")), ERR_MALFORMED);
        assert_error("no UTF-8", add(f.db, 1, STR("\xFF")), ERR_MALFORMED);
        assert_int_equal(count_things(f.db), 0);
    }
}

static void wrong_bindings_are_errors(void **state)
{
    ON_EACH_ENGINE(f)
    {
        const char *sql = "SELECT 1 FROM thing WHERE id = $1 AND name = $2";
        assert_error("too few", db_run(f.db, sql, "i", INT64_C(1)), ERR_INTERNAL);
        assert_error("too many", db_run(f.db, sql, "iss", INT64_C(1), STR(""), STR("")),
                     ERR_INTERNAL);
        assert_error("an unknown letter", db_run(f.db, sql, "xx"), ERR_INTERNAL);
        CLEANUP(query_end) struct query q = {0};
        assert_ok("start", query_start(f.db, &q, sql));
        assert_error("number 0", query_i64(&q, 0, 1), ERR_INTERNAL);
        assert_error("number 3", query_i64(&q, 3, 1), ERR_INTERNAL);
        query_end(&q);
        assert_error("no such table", db_run(f.db, "SELECT 1 FROM no_such_table", ""),
                     ERR_INTERNAL);
        assert_int_equal(count_things(f.db), 0);
    }
}

static void one_statement_can_be_open_twice(void **state)
{
    ON_EACH_ENGINE(f)
    {
        assert_ok("add", add(f.db, 1, STR("one")));
        assert_ok("add", add(f.db, 2, STR("two")));
        const char *sql = "SELECT id FROM thing WHERE id >= $1 ORDER BY id";
        CLEANUP(query_end) struct query outer = {0}, inner = {0};
        assert_ok("outer", query_start(f.db, &outer, sql));
        assert_ok("bind", query_i64(&outer, 1, 1));
        assert_ok("outer", query_row(&outer));
        assert_ok("inner", query_start(f.db, &inner, sql));
        assert_ok("bind", query_i64(&inner, 1, 2));
        assert_ok("inner", query_row(&inner));
        assert_int_equal(row_i64(&inner, 0), 2);
        assert_int_equal(row_i64(&outer, 0), 1);
        assert_ok("outer goes on", query_row(&outer));
        assert_int_equal(row_i64(&outer, 0), 2);
        query_end(&inner);
        query_end(&inner);
    }
}

static void a_used_statement_has_forgotten_its_values(void **state)
{
    ON_EACH_ENGINE(f)
    {
        const char *sql = "SELECT $1";
        for (int i = 0; i < 2; i++) {
            CLEANUP(query_end) struct query q = {0};
            assert_ok("start", query_start(f.db, &q, sql));
            if (i == 0)
                assert_ok("bind", query_str(&q, 1, STR("x")));
            assert_ok("row", query_row(&q));
            assert_int_equal(row_is_null(&q, 0), i == 1);
        }
    }
}

static void more_statements_than_are_kept_all_work(void **state)
{
    static char sql[300][40]; /* their addresses must stay */
    ON_EACH_ENGINE(f)
    {
        for (int round = 0; round < 2; round++)
            for (int i = 0; i < (int)COUNT_OF(sql); i++) {
                snprintf(sql[i], sizeof(sql[i]), "SELECT %d + CAST($1 AS BIGINT)", i);
                CLEANUP(query_end) struct query q = {0};
                assert_ok("start", query_start(f.db, &q, sql[i]));
                assert_ok("bind", query_i64(&q, 1, round));
                assert_ok("row", query_row(&q));
                assert_int_equal(row_i64(&q, 0), i + round);
            }
    }
}

static void changed_rows_are_counted(void **state)
{
    ON_EACH_ENGINE(f)
    {
        CLEANUP(txn_rollback) struct txn txn = {0};
        assert_ok("begin", txn_begin(f.db, &txn));
        assert_ok("add", add_in(txn.db, 1, STR("one")));
        assert_ok("add", add_in(txn.db, 2, STR("two")));
        static const struct {
            const char *sql;
            int64_t changed;
        } cases[] = {
            {"UPDATE thing SET flag = 1", 2},
            {"UPDATE thing SET flag = 1 WHERE id = 3", 0},
            {"SELECT id FROM thing", 0},
            {"INSERT INTO thing (id) VALUES (1) ON CONFLICT (id) DO NOTHING", 0},
            {"DELETE FROM thing WHERE id = 1", 1},
        };
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            CLEANUP(query_end) struct query q = {0};
            assert_ok(cases[i].sql, query_start(txn.db, &q, cases[i].sql));
            assert_ok(cases[i].sql, query_run(&q));
            if (query_changed(&q) != cases[i].changed)
                fail_msg("%s: %lld rows", cases[i].sql, (long long)query_changed(&q));
        }
    }
}

static void rows_of_insert_returning_are_had_while_it_inserts(void **state)
{
    ON_EACH_ENGINE(f)
    {
        CLEANUP(txn_rollback) struct txn txn = {0};
        assert_ok("begin", txn_begin(f.db, &txn));
        CLEANUP(query_end) struct query q = {0};
        assert_ok("start",
                  query_start(txn.db, &q,
                              "INSERT INTO thing (id, name) VALUES ($1, $2)"
                              " ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id"));
        assert_ok("bind", query_bind(&q, "is", INT64_C(7), STR("seven")));
        assert_ok("row", query_row(&q));
        assert_int_equal(row_i64(&q, 0), 7);
        assert_ok("commit", txn_commit(&txn)); /* with the query open: it is ended */
        assert_error("an ended query", query_row(&q), ERR_INTERNAL);
        assert_true(row_is_null(&q, 0));
        assert_int_equal(count_things(f.db), 1);
    }
}

static void what_breaks_a_rule_between_rows_is_a_conflict(void **state)
{
    ON_EACH_ENGINE(f)
    {
        assert_ok("add", add(f.db, 1, STR("one")));
        assert_error("the same id", add(f.db, 1, STR("other")), ERR_CONFLICT);
        assert_error("the same name", add(f.db, 2, STR("one")), ERR_CONFLICT);
        CLEANUP(txn_rollback) struct txn txn = {0};
        assert_ok("begin", txn_begin(f.db, &txn));
        assert_error("no parent",
                     db_run(txn.db, "INSERT INTO thing (id, parent) VALUES (3, 99)", ""),
                     ERR_CONFLICT);
        txn_rollback(&txn);
        assert_int_equal(count_things(f.db), 1);
    }
}

static void after_a_failure_a_transaction_can_only_be_undone(void **state)
{
    ON_EACH_ENGINE(f)
    {
        assert_ok("add", add(f.db, 1, STR("one")));
        CLEANUP(txn_rollback) struct txn txn = {0};
        assert_ok("begin", txn_begin(f.db, &txn));
        assert_ok("good", add_in(txn.db, 2, STR("two")));
        assert_error("bad", add_in(txn.db, 1, STR("again")), ERR_CONFLICT);
        assert_error("good, but too late", add_in(txn.db, 3, STR("three")), ERR_CONFLICT);
        assert_error("commit", txn_commit(&txn), ERR_CONFLICT);
        assert_error("commit again", txn_commit(&txn), ERR_INTERNAL);
        assert_int_equal(count_things(f.db), 1);
        assert_ok("the connection is as good as new", add(f.db, 2, STR("two")));
    }
}

static void what_is_not_committed_is_undone_and_unseen(void **state)
{
    ON_EACH_ENGINE(f)
    {
        {
            CLEANUP(txn_rollback) struct txn txn = {0};
            assert_ok("begin", txn_begin(f.db, &txn));
            assert_ok("add", add_in(txn.db, 1, STR("one")));
            assert_int_equal(count_things(txn.db), 1);
            struct db *other = test_connect(f.database);
            assert_int_equal(count_things(other), 0);
            db_close(other);
        }
        assert_int_equal(count_things(f.db), 0);
    }
}

static void a_transaction_inside_another_is_refused(void **state)
{
    ON_EACH_ENGINE(f)
    {
        CLEANUP(txn_rollback) struct txn txn = {0}, inner = {0};
        assert_ok("begin", txn_begin(f.db, &txn));
        assert_error("on the transaction's", txn_begin(txn.db, &inner), ERR_INTERNAL);
        assert_error("on the given one", txn_begin(f.db, &inner), ERR_INTERNAL);
        assert_ok("the outer goes on", add_in(txn.db, 1, STR("one")));
        assert_ok("commit", txn_commit(&txn));
        assert_int_equal(count_things(f.db), 1);
    }
}

static void writing_needs_a_transaction(void **state)
{
    ON_EACH_ENGINE(f)
    {
        assert_error("insert", add_in(f.db, 1, STR("one")), ERR_READ_ONLY);
        assert_int_equal(count_things(f.db), 0);
    }
}

static void a_failure_at_any_statement_leaves_nothing_half_done(void **state)
{
    ON_EACH_ENGINE(f)
    {
        int n = 0;
        enum error err;
        do {
            database_fail_after(f.database, n++, ERR_FULL);
            CLEANUP(txn_rollback) struct txn txn = {0};
            err = txn_begin(f.db, &txn);
            for (int64_t id = 1; !err && id <= 3; id++)
                err = add_in(txn.db, id, STR(""));
            if (!err)
                err = txn_commit(&txn);
            txn_rollback(&txn);
            database_fail_after(f.database, -1, OK);
            assert_int_equal(count_things(f.db), err ? 0 : 3);
            if (err)
                assert_error("the error that was asked for", err, ERR_FULL);
        } while (err);
        assert_int_equal(n, 5); /* three statements and the commit can fail */
    }
}

static void the_engine_answers_a_ping(void **state)
{
    ON_EACH_ENGINE(f)
    {
        assert_ok("ping", db_ping(f.db));
        database_fail_after(f.database, 0, ERR_IO);
        assert_error("ping", db_ping(f.db), ERR_UNAVAILABLE);
        database_fail_after(f.database, -1, OK);
        assert_ok("ping", db_ping(f.db));
    }
}

static void failures_are_counted_and_conflicts_are_none(void **state)
{
    ON_EACH_ENGINE(f)
    {
        uint64_t before = db_failures();
        assert_ok("first", add(f.db, 1, STR("one")));
        assert_error("again", add(f.db, 1, STR("one")), ERR_CONFLICT);
        assert_int_equal(db_failures(), before);
        assert_int_not_equal(db_run(f.db, "DELETE FROM nowhere", ""), OK);
        assert_true(db_failures() > before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_types_come_back_as_they_went_in),
        cmocka_unit_test(failures_are_counted_and_conflicts_are_none),
        cmocka_unit_test(null_and_empty_are_two_things),
        cmocka_unit_test(texts_that_one_engine_refuses_are_refused_by_both),
        cmocka_unit_test(wrong_bindings_are_errors),
        cmocka_unit_test(one_statement_can_be_open_twice),
        cmocka_unit_test(a_used_statement_has_forgotten_its_values),
        cmocka_unit_test(more_statements_than_are_kept_all_work),
        cmocka_unit_test(changed_rows_are_counted),
        cmocka_unit_test(rows_of_insert_returning_are_had_while_it_inserts),
        cmocka_unit_test(what_breaks_a_rule_between_rows_is_a_conflict),
        cmocka_unit_test(after_a_failure_a_transaction_can_only_be_undone),
        cmocka_unit_test(what_is_not_committed_is_undone_and_unseen),
        cmocka_unit_test(a_transaction_inside_another_is_refused),
        cmocka_unit_test(writing_needs_a_transaction),
        cmocka_unit_test(a_failure_at_any_statement_leaves_nothing_half_done),
        cmocka_unit_test(the_engine_answers_a_ping),
    };
    return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}
