#include "service/import/import.h"
#include "service/import/internal.h"
#include "service/secret_key.h"
#include "support/instance.h"
#include "token/access.h"
#include "unit/test.h"

/* The key out of the file */

static void the_key_is_found_in_its_file(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *key; /* NULL: refused */
    } cases[] = {
        {"bare", "k3y#=x", "k3y#=x"},
        {"one final newline is dropped", "k3y\n", "k3y"},
        {"and one of Windows", "k3y\r\n", "k3y"},
        {"blanks belong to it", " k3y ", " k3y "},
        {"a line of .env", "SECRET_KEY=a=b#c\n", "a=b#c"},
        {"the last one counts", "SECRET_KEY=a\nX=1\nSECRET_KEY=b\nY=2\n", "b"},
        {"exported", "export SECRET_KEY=a", "a"},
        {"quotes that match", "SECRET_KEY='a'", "a"},
        {"double ones", "SECRET_KEY=\"a'\"\n", "a'"},
        {"quotes that don't", "SECRET_KEY='a\"", "'a\""},
        {"a lone quote", "SECRET_KEY='", "'"},
        {"quotes of a bare key are its own", "'a'", "'a'"},
        {"another variable's end", "MY_SECRET_KEY=a", "MY_SECRET_KEY=a"},
        {"a comment is no key", "#SECRET_KEY=a\nSECRET_KEY=b", "b"},
        {"nothing", "", NULL},
        {"a newline", "\n", NULL},
        {"an empty value", "SECRET_KEY=\n", NULL},
        {"the last is empty", "SECRET_KEY=a\nSECRET_KEY=''\n", NULL},
        {"several lines, none of them a key", "a\nb\n", NULL},
        {"two newlines", "a\n\n", NULL},
    };
    CLEANUP(arena_release) struct arena arena = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str key = STR("untouched"), problem = STR("");
        enum error err =
            secret_key_parse(str_from(cases[i].text), STR("the-file"), &arena, &problem, &key);
        assert_error(cases[i].why, err, cases[i].key ? OK : ERR_INVALID);
        assert_str(cases[i].why, key, str_from(cases[i].key ? cases[i].key : "untouched"));
        if (err)
            assert_true(str_contains(problem, STR("the-file")));
    }
    assert_true(secret_key_is_doubtful(STR("$a")));
    assert_false(secret_key_is_doubtful(STR("a$")));
}

/* A token's row */

static struct source_token source_token(const char *jti, const char *text)
{
    return (struct source_token){.id = 1,
                                 .user_id = 2,
                                 .jti = str_from(jti),
                                 .text = str_from(text),
                                 .created_at = SECONDS(1000) + 7,
                                 .expires_at = SECONDS(2000) + 7};
}

/* {"token_type":"refresh","exp":900,"iat":100,"jti":"j1","user_id":"2"} */
#define HEADER "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
#define PAYLOAD                                                                                    \
    "eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6OTAwLCJpYXQiOjEwMCwianRpIjoiajEiLCJ1c2VyX2lkIjoi"     \
    "MiJ9"

static void a_row_says_what_the_token_says(void **state)
{
    (void)state;
    static const struct {
        const char *why, *jti, *text;
        int64_t issued_at, expires_at; /* seconds */
    } cases[] = {
        {"its claims", "j1", HEADER "." PAYLOAD, 100, 900},
        {"a whole token", "j1", HEADER "." PAYLOAD ".c2lnbmF0dXJl", 100, 900},
        {"of another jti", "j2", HEADER "." PAYLOAD, 1000, 2000},
        {"no token", "j1", "garbage", 1000, 2000},
        {"nothing", "j1", "", 1000, 2000},
        {"no payload", "j1", HEADER ".", 1000, 2000},
    };
    CLEANUP(arena_release) struct arena arena = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct source_token token = source_token(cases[i].jti, cases[i].text);
        struct token_row row;
        str why = STR("");
        assert_true(token_row_make(&token, SECONDS(5000), &arena, &row, &why));
        if (row.issued_at != SECONDS(cases[i].issued_at) ||
            row.expires_at != SECONDS(cases[i].expires_at))
            fail_msg("%s: issued %lld, ends %lld", cases[i].why, (long long)row.issued_at,
                     (long long)row.expires_at);
        assert_str(cases[i].why, row.unsigned_text, STR("")); /* it can be written again */
        assert_true(row.token_key == (int64_t)token_parent_key(str_from(cases[i].jti)));
        assert_int_equal(row.created_at, SECONDS(1000) + 7);
        assert_int_equal(row.user_id, 2);
        assert_int_equal(row.revoked_at, 0);
    }
}

static void a_revocation_without_a_time_is_one_all_the_same(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    struct source_token token = source_token("j1", "garbage");
    struct token_row row;
    str why;
    token.is_revoked = true;
    assert_true(token_row_make(&token, SECONDS(5000), &arena, &row, &why));
    assert_int_equal(row.revoked_at, SECONDS(5000));
    token.revoked_at = SECONDS(7);
    assert_true(token_row_make(&token, SECONDS(5000), &arena, &row, &why));
    assert_int_equal(row.revoked_at, SECONDS(7));
}

static void what_no_token_can_have_is_left_out(void **state)
{
    (void)state;
    char longest[JTI_MAX + 2];
    memset(longest, 'j', sizeof(longest));
    const struct {
        const char *why;
        str jti;
        bool is_kept;
    } cases[] = {
        {"no jti", STR(""), false},
        {"the longest", str_of(longest, JTI_MAX), true},
        {"one more", str_of(longest, JTI_MAX + 1), false},
        {"not UTF-8", STR("\xc3\x28"), false},
        {"a zero byte", str_of("a\0b", 3), false},
    };
    CLEANUP(arena_release) struct arena arena = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct source_token token = source_token("", "garbage");
        struct token_row row;
        str why = STR("");
        token.jti = cases[i].jti;
        if (token_row_make(&token, 0, &arena, &row, &why) != cases[i].is_kept)
            fail_msg("%s: %.*s", cases[i].why, STR_ARG(why));
        assert_int_equal(str_is_empty(why), cases[i].is_kept);
    }
    struct source_token endless = source_token("j1", "garbage");
    struct token_row row;
    str why;
    endless.expires_at = 0;
    assert_false(token_row_make(&endless, 0, &arena, &row, &why));
    endless.is_revoked = true; /* its end does not matter, its jti does */
    assert_true(token_row_make(&endless, 0, &arena, &row, &why));
}

/* Two sides */

static void who_changed_what_is_told_from_three_fingerprints(void **state)
{
    (void)state;
    assert_int_equal(compare(5, 5, 5), NOTHING_NEW);
    assert_int_equal(compare(5, 5, 6), NOTHING_NEW);  /* changed here */
    assert_int_equal(compare(6, 5, 5), TAKE_THEIRS);  /* changed there */
    assert_int_equal(compare(6, 5, 7), BOTH_CHANGED); /* differently */
    assert_int_equal(compare(6, 5, 6), NOTHING_NEW);  /* alike */
}

static int64_t print_of_two(const char *a, const char *b)
{
    struct print print;
    print_begin(&print);
    print_text(&print, str_from(a));
    print_text(&print, str_from(b));
    return print_end(&print);
}

static void a_fingerprint_knows_where_a_text_ends(void **state)
{
    (void)state;
    assert_true(print_of_two("ab", "c") == print_of_two("ab", "c"));
    assert_true(print_of_two("ab", "c") != print_of_two("a", "bc"));
    assert_true(print_of_two("", "a") != print_of_two("a", ""));
    assert_true(print_of_two("", "") != PRINT_GONE);
}

static void a_set_of_numbers_knows_its_own(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    struct id_set set = {.ids = {.arena = &arena, .item_bytes = sizeof(int64_t)}};
    assert_false(id_set_has(&set, 3));
    for (int64_t id = 3; id < 600; id += 3)
        id_set_add(&set, id);
    for (int64_t id = -1; id < 610; id++)
        assert_int_equal(id_set_has(&set, id), id > 0 && id < 600 && id % 3 == 0);
}

/* Whole imports, from a source of our own */

#define USERS 7
#define TOKENS_EACH 4 /* one more is revoked, and each user has left one to nobody */

static const char *const schema[] = {
    "CREATE TABLE htx_user (id integer PRIMARY KEY, password text, username text, email text, "
    "first_name text, last_name text, is_active bool, date_joined text, last_activity text, phone "
    "text, avatar text, active_organization_id integer, allow_newsletters bool, custom_hotkeys "
    "text)",
    "CREATE TABLE organization (id integer PRIMARY KEY, title text, token text, created_at text, "
    "updated_at text, created_by_id integer, contact_info text)",
    "CREATE TABLE organizations_organizationmember (id integer PRIMARY KEY, user_id integer, "
    "organization_id integer, created_at text, updated_at text, deleted_at text)",
    "CREATE TABLE jwt_auth_jwtsettings (organization_id integer PRIMARY KEY, api_tokens_enabled "
    "bool, legacy_api_tokens_enabled bool, api_token_ttl_days integer, created_at text, "
    "updated_at text)",
    "CREATE TABLE authtoken_token (key text PRIMARY KEY, user_id integer, created text)",
    "CREATE TABLE token_blacklist_outstandingtoken (id integer PRIMARY KEY, user_id integer, jti "
    "text, token text, created_at text, expires_at text)",
    "CREATE TABLE token_blacklist_blacklistedtoken (id integer PRIMARY KEY, token_id integer, "
    "blacklisted_at text)",
};

static void add_token(struct db *db, struct arena *arena, int64_t id, int64_t user_id, bool revoked)
{
    assert_ok("token",
              db_run(db,
                     "INSERT INTO token_blacklist_outstandingtoken (id, user_id, jti, token, "
                     "created_at, expires_at) VALUES ($1, $2, $3, '', '2026-01-01 00:00:00', "
                     "'2200-01-01 00:00:00')",
                     "iIs", id, user_id ? user_id : DB_NULL_I64,
                     arena_printf(arena, "jti-%lld", (long long)id)));
    if (revoked)
        assert_ok("revoked",
                  db_run(db,
                         "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at) "
                         "VALUES ($1, '2026-01-02 00:00:00')",
                         "i", id));
}

static void add_user(struct db *db, struct arena *arena, int64_t id)
{
    assert_ok("user",
              db_run(db,
                     "INSERT INTO htx_user VALUES ($1, '!', 'u', $2, '', '', 1, '2026-01-01', "
                     "'2026-01-01', '', '', 1, NULL, NULL)",
                     "is", id, arena_printf(arena, "u%lld@example.com", (long long)id)));
    assert_ok("key",
              db_run(db, "INSERT INTO authtoken_token VALUES ($2, $1, '2026-01-01 00:00:00')", "is",
                     id, arena_printf(arena, "legacy-key-%lld", (long long)id)));
    for (int i = 0; i < 2; i++) /* the second one had ended */
        assert_ok("member",
                  db_run(db,
                         "INSERT INTO organizations_organizationmember (user_id, organization_id, "
                         "created_at, updated_at, deleted_at) VALUES ($1, 1, '2026-01-01', "
                         "'2026-01-01', $2)",
                         "iS", id, i ? STR("2026-01-05") : STR("")));
}

/* Users, then their tokens in turn: a user's tokens are far from each other. */
static void source_fill(struct db *db, struct arena *arena)
{
    assert_ok("organization",
              db_run(db,
                     "INSERT INTO organization VALUES (1, 'One', NULL, '2026-01-01', "
                     "'2026-01-01', 1, NULL)",
                     ""));
    for (int64_t id = 1; id <= USERS; id++)
        add_user(db, arena, id);
    int64_t token = 0;
    for (int i = 0; i < TOKENS_EACH + 2; i++)
        for (int64_t id = 1; id <= USERS; id++)
            add_token(db, arena, ++token, i < TOKENS_EACH + 1 ? id : 0, i == 0);
}

static void source_make(struct test_place *place)
{
    CLEANUP(arena_release) struct arena arena = {0};
    test_place_make(ENGINE_SQLITE, place);
    struct database *database = test_database_open(place);
    struct db *db = test_connect(database);
    struct txn txn = {0};
    assert_ok("begin", txn_begin(db, &txn));
    for (size_t i = 0; i < COUNT_OF(schema); i++)
        assert_ok(schema[i], db_run(txn.db, schema[i], ""));
    source_fill(txn.db, &arena);
    assert_ok("commit", txn_commit(&txn));
    db_close(db);
    database_close(database);
}

static enum error run(struct instance *i, const struct test_place *source, int64_t page_rows,
                      struct import_report *report)
{
    str problem = STR("");
    struct import_order order = {.source = str_from(source->url),
                                 .secret_key = STR("a secret key"),
                                 .page_rows = page_rows,
                                 .now = i->now};
    return import_label_studio(i->w, &order, &i->arena, &problem, report);
}

static int64_t number(struct instance *i, const char *sql)
{
    struct query q = {0};
    assert_ok(sql, query_start(i->w->db, &q, sql));
    assert_ok(sql, query_row(&q));
    int64_t n = row_i64(&q, 0);
    query_end(&q);
    return n;
}

static void assert_whole(struct instance *i, const char *why)
{
    static const struct {
        const char *sql;
        int64_t wanted;
    } counts[] = {
        {"SELECT COUNT(*) FROM organizations", 1},
        {"SELECT COUNT(*) FROM users", USERS},
        {"SELECT COUNT(*) FROM members WHERE removed_at IS NULL", USERS},
        {"SELECT COUNT(*) FROM members WHERE role = 3", 1},
        {"SELECT COUNT(*) FROM legacy_tokens", USERS},
        {"SELECT COUNT(*) FROM tokens", USERS * (TOKENS_EACH + 2)},
        {"SELECT COUNT(*) FROM tokens WHERE revoked_at IS NOT NULL AND holds_name = 0", USERS},
        {"SELECT COUNT(*) FROM tokens WHERE user_id IS NULL AND holds_name = 0", USERS},
        {"SELECT COUNT(*) FROM tokens WHERE holds_name = 1", USERS * TOKENS_EACH},
        {"SELECT COUNT(*) FROM tokens WHERE name = 'Personal Access Token' AND holds_name = 1",
         USERS},
        {"SELECT COUNT(*) FROM signing_keys WHERE kid = '' AND state = 2", 1},
        {"SELECT n FROM counter WHERE name = 'user'", USERS},
    };
    for (size_t j = 0; j < COUNT_OF(counts); j++) {
        int64_t came = number(i, counts[j].sql);
        if (came != counts[j].wanted)
            fail_msg("%s: %s: came %lld, wanted %lld", why, counts[j].sql, (long long)came,
                     (long long)counts[j].wanted);
    }
}

#define ON_EACH_ENGINE(i)                                                                          \
    (void)state;                                                                                   \
    struct instance i;                                                                             \
    struct test_place source;                                                                      \
    for (enum engine engine_ = 0; engine_ < ENGINE_COUNT; engine_++)                               \
        if (engine_is_there(engine_))                                                              \
            for (bool once_ = (source_make(&source), true); once_;                                 \
                 once_ = (test_place_remove(&source), false))

static void pages_of_any_size_bring_the_same(void **state)
{
    ON_EACH_ENGINE(i)
    {
        static const int64_t sizes[] = {1, 2, 3, TOKENS_EACH + 1, USERS, USERS + 1, 2 * USERS, 0};
        for (size_t j = 0; j < COUNT_OF(sizes); j++) {
            CLEANUP(arena_release) struct arena arena = {0};
            str why = arena_printf(&arena, "%lld rows in a page", (long long)sizes[j]);
            struct import_report report;
            instance_open_empty(&i, engine_, false);
            assert_ok(why.ptr, run(&i, &source, sizes[j], &report));
            assert_whole(&i, why.ptr);
            assert_null(report.notes);
            assert_ok(why.ptr, run(&i, &source, sizes[j], &report));
            for (size_t k = 0; k < IMPORT_SUBJECT_COUNT; k++)
                assert_int_equal(report.counts[k].read, report.counts[k].unchanged);
            assert_whole(&i, why.ptr);
            instance_close(&i);
        }
    }
}

/* Whatever statement or commit fails: what is there is right, and the next import goes on. */
static void an_import_that_fails_anywhere_is_gone_on_with(void **state)
{
    ON_EACH_ENGINE(i)
    {
        bool is_through = false;
        for (int64_t n = 0; !is_through; n += 7) {
            CLEANUP(arena_release) struct arena arena = {0};
            str why = arena_printf(&arena, "after %lld statements", (long long)n);
            struct import_report report;
            instance_open_empty(&i, engine_, false);
            database_fail_after(i.shared->database, n, ERR_FULL);
            enum error err = run(&i, &source, 9, &report);
            database_fail_after(i.shared->database, -1, OK);
            is_through = err == OK;
            if (!is_through)
                assert_error(why.ptr, err, ERR_FULL);
            assert_ok(why.ptr, run(&i, &source, 9, &report));
            assert_whole(&i, why.ptr);
            instance_close(&i);
        }
    }
}

/* Nothing is kept under a counter that an import has announced and not yet ended. */
static void nothing_stays_announced(void **state)
{
    ON_EACH_ENGINE(i)
    {
        for (int n = 0; n < 2; n++) {
            struct import_report report;
            bool announced = true;
            instance_open_empty(&i, engine_, false);
            uint32_t slot = generation_slot(OWNER_USER, 1);
            uint64_t before = generation_read(i.shared->page, slot, &announced);
            if (n == 0)
                database_fail_after(i.shared->database, 20, ERR_FULL);
            (void)!run(&i, &source, 0, &report);
            database_fail_after(i.shared->database, -1, OK);
            assert_true(generation_read(i.shared->page, slot, &announced) > before);
            assert_false(announced);
            instance_close(&i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_is_found_in_its_file),
        cmocka_unit_test(a_row_says_what_the_token_says),
        cmocka_unit_test(a_revocation_without_a_time_is_one_all_the_same),
        cmocka_unit_test(what_no_token_can_have_is_left_out),
        cmocka_unit_test(who_changed_what_is_told_from_three_fingerprints),
        cmocka_unit_test(a_fingerprint_knows_where_a_text_ends),
        cmocka_unit_test(a_set_of_numbers_knows_its_own),
        cmocka_unit_test(pages_of_any_size_bring_the_same),
        cmocka_unit_test(an_import_that_fails_anywhere_is_gone_on_with),
        cmocka_unit_test(nothing_stays_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
