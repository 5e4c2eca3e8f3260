#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/engines.h"
#include "unit/test.h"

/* Opens, and keeps the sentence that explains a failure. */
static enum error try_open(const char *url, enum db_mode mode, struct arena *arena, str *problem)
{
    struct database *database = NULL;
    *problem = STR("");
    enum error err = database_open(str_from(url), mode, arena, problem, &database);
    database_close(database);
    return err;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool is_beside(const struct test_place *place, const char *ending)
{
    char path[600];
    snprintf(path, sizeof(path), "%s%s", place->url, ending);
    return is_there(path);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_new_file_is_its_owners_alone(void **state)
{
    (void)state;
    umask(0);
    struct test_place place;
    test_place_make(ENGINE_SQLITE, &place);
    struct database *database = test_database_open(&place);
    struct db *db = test_connect(database);
    assert_ok("ping", db_ping(db));
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        char path[600];
        struct stat st;
        snprintf(path, sizeof(path), "%s%s", place.url, endings[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    db_close(db);
    database_close(database);
    assert_false(is_beside(&place, "-wal"));
    test_place_remove(&place);
}

static void what_cannot_be_opened_is_explained_and_left_alone(void **state)
{
    (void)state;
    struct test_place place;
    struct arena arena = {0};
    str problem;
    test_place_make(ENGINE_SQLITE, &place);

    assert_error("not there", try_open(place.url, DB_EXISTING, &arena, &problem), ERR_NOT_FOUND);
    assert_true(str_contains(problem, str_from(place.url)));
    assert_false(is_there(place.url));
    assert_error("not there", try_open(place.url, DB_READ_ONLY, &arena, &problem), ERR_NOT_FOUND);
    assert_false(is_there(place.url));

    char inside[600];
    snprintf(inside, sizeof(inside), "%s/no/such/folder.db", place.folder);
    assert_error("no folder", try_open(inside, DB_READ_WRITE, &arena, &problem), ERR_NOT_FOUND);
    assert_true(str_contains(problem, STR("No such file or directory")));

    write_file(place.url,
               "This is a letter, not a database. It is long enough for a header, which has "
               "one hundred bytes in SQLite's format.");
    assert_error("no database", try_open(place.url, DB_READ_WRITE, &arena, &problem),
                 ERR_MALFORMED);
    assert_true(str_contains(problem, STR("not an SQLite database")));
    assert_error("no database", try_open(place.url, DB_READ_ONLY, &arena, &problem), ERR_MALFORMED);
    assert_true(is_there(place.url));

    assert_int_not_equal(try_open(place.folder, DB_READ_WRITE, &arena, &problem), OK);
    assert_true(problem.len > 0);
    arena_release(&arena);
    test_place_remove(&place);
}

static void a_url_with_a_password_is_never_shown(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "postgresql://user:sesame@127.0.0.1:1/name",
        "postgres://user:sesame@127.0.0.1:1/name?connect_timeout=2",
        "postgresql://user:ses/sesame@127.0.0.1:1/name",
        "postgresql://user:ses@sesame@127.0.0.1:1/name",
        "postgresql://user:ses?sesame@127.0.0.1:1/name",
        "postgresql://user:ses#sesame@127.0.0.1:1/name",
        "postgresql://user:sesame%zz@127.0.0.1:1/name",
        "postgresql://user:sesame@127.0.0.1:x/name",
        "postgresql://user:ses:sesame@127.0.0.1:1/name",
    };
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        str problem;
        enum error err = try_open(urls[i], DB_EXISTING, &arena, &problem);
        if (err != ERR_MALFORMED)
            assert_error(urls[i], err, ERR_UNAVAILABLE);
        assert_true(problem.len > 0);
        if (str_contains(problem, STR("sesame")))
            fail_msg("%s: %.*s", urls[i], STR_ARG(problem));
    }
    arena_release(&arena);
}

static void run_plain(const char *path, const char *sql)
{
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
}

static int64_t count_rows(struct db *db)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT COUNT(*) FROM t");
    if (!err)
        err = query_row(&q);
    return err ? -(int64_t)err : row_i64(&q, 0);
}

/* A foreign database in either journal mode, in use by its owner or not. */
static void reading_only_leaves_no_trace(void **state)
{
    (void)state;
    static const struct {
        const char *mode;
        bool is_live;
    } cases[] = {{"delete", false}, {"delete", true}, {"wal", false}, {"wal", true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_place place;
        struct arena arena = {0};
        test_place_make(ENGINE_SQLITE, &place);
        char sql[200];
        snprintf(sql, sizeof(sql),
                 "PRAGMA journal_mode = %s; CREATE TABLE t (id);"
                 "INSERT INTO t VALUES (1), (2);",
                 cases[i].mode);
        run_plain(place.url, sql);
        sqlite3 *owner = NULL;
        if (cases[i].is_live) {
            sqlite3_open(place.url, &owner);
            assert_int_equal(sqlite3_exec(owner, "INSERT INTO t VALUES (3)", NULL, NULL, NULL), 0);
        }
        struct stat before, after;
        assert_int_equal(stat(place.url, &before), 0);

        struct database *database = NULL;
        str problem = STR("");
        enum error err =
            database_open(str_from(place.url), DB_READ_ONLY, &arena, &problem, &database);
        if (err)
            fail_msg("%s: %.*s", cases[i].mode, STR_ARG(problem));
        struct db *db = test_connect(database);
        assert_int_equal(count_rows(db), cases[i].is_live ? 3 : 2);
        struct txn txn = {0};
        assert_error("to write", txn_begin(db, &txn), ERR_READ_ONLY);
        if (cases[i].is_live) { /* what its owner writes meanwhile is seen */
            assert_int_equal(sqlite3_exec(owner, "INSERT INTO t VALUES (4)", NULL, NULL, NULL), 0);
            assert_int_equal(count_rows(db), 4);
        } else {
            assert_false(is_beside(&place, "-wal"));
            assert_false(is_beside(&place, "-shm"));
        }
        db_close(db);
        database_close(database);

        assert_int_equal(stat(place.url, &after), 0);
        if (!cases[i].is_live) {
            assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
            assert_int_equal(before.st_size, after.st_size);
            assert_false(is_beside(&place, "-wal"));
            assert_false(is_beside(&place, "-shm"));
        }
        sqlite3_close(owner);
        arena_release(&arena);
        test_place_remove(&place);
    }
}

/* It was at rest when it was opened, so it is read without locks; then its owner came. */
static void a_log_that_appears_while_reading_only_is_noticed(void **state)
{
    (void)state;
    struct test_place place;
    struct arena arena = {0};
    test_place_make(ENGINE_SQLITE, &place);
    run_plain(place.url,
              "PRAGMA journal_mode = wal; CREATE TABLE t (id); INSERT INTO t VALUES (1)");
    struct database *database = NULL;
    assert_ok("open", database_open(str_from(place.url), DB_READ_ONLY, &arena, NULL, &database));
    struct db *db = test_connect(database);
    assert_int_equal(count_rows(db), 1);
    run_plain(place.url, "INSERT INTO t VALUES (2)");
    int64_t count = count_rows(db);
    if (count != 2)
        assert_int_equal(count, -(int64_t)ERR_BUSY);
    db_close(db);
    database_close(database);
    arena_release(&arena);
    test_place_remove(&place);
}

static void odd_names_are_files_too(void **state)
{
    (void)state;
    struct test_place place;
    test_place_make(ENGINE_SQLITE, &place);
    static const char *const names[] = {":memory:", "file:x?mode=memory", "a b%41?c#d.db", ""};
    char *home = getcwd(NULL, 0);
    assert_int_equal(chdir(place.folder), 0);
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        str problem;
        enum error err = try_open(names[i], DB_READ_WRITE, &arena, &problem);
        if (names[i][0] == '\0') {
            assert_int_not_equal(err, OK);
            continue;
        }
        assert_ok(names[i], err);
        assert_true(is_there(names[i]));
        assert_ok(names[i], try_open(names[i], DB_READ_ONLY, &arena, &problem));
        unlink(names[i]);
    }
    arena_release(&arena);
    assert_int_equal(chdir(home), 0);
    free(home);
    test_place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_is_its_owners_alone),
        cmocka_unit_test(what_cannot_be_opened_is_explained_and_left_alone),
        cmocka_unit_test(a_url_with_a_password_is_never_shown),
        cmocka_unit_test(reading_only_leaves_no_trace),
        cmocka_unit_test(a_log_that_appears_while_reading_only_is_noticed),
        cmocka_unit_test(odd_names_are_files_too),
    };
    return cmocka_run_group_tests_name("db_open", tests, NULL, NULL);
}
