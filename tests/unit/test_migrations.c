/* Databases of earlier programs, brought up to date with what is in them. */
#include "base/embedded.h"
#include "store/subjects.h"
#include "store/tokens.h"
#include "support/engines.h"
#include "unit/test.h"

extern const struct embedded migrations[];
extern const size_t migrations_count;

#define BEFORE_API_KEYS 2 /* as many migrations as there were */

static void run(struct database *database, const char *sql)
{
    struct db *db = test_connect(database);
    CLEANUP(txn_rollback) struct txn txn = {0};
    assert_ok("begin", txn_begin(db, &txn));
    assert_ok(sql, db_run(txn.db, sql, ""));
    assert_ok("commit", txn_commit(&txn));
    db_close(db);
}

static void fill(struct database *database)
{
    run(database, "INSERT INTO users (id, email, email_folded, username, first_name, last_name, "
                  "phone, avatar, password, is_active, active_organization_id, custom_hotkeys, "
                  "date_joined, last_activity) VALUES (1, 'a@b.c', 'a@b.c', 'a', '', '', '', '', "
                  "'', 1, 1, '{}', 5, 5)");
    run(database, "INSERT INTO organizations (id, title, invitation, created_at, updated_at) "
                  "VALUES (1, 'Old', 'i', 5, 5)");
    run(database, "INSERT INTO members (id, organization_id, user_id, role, created_at, "
                  "updated_at) VALUES (1, 1, 1, 3, 5, 5)");
    run(database, "INSERT INTO token_settings (organization_id, api_tokens_enabled, "
                  "legacy_api_tokens_enabled, direct_pat_enabled, api_token_ttl_days, "
                  "max_tokens_per_user, updated_at) VALUES (1, 0, 1, 0, 30, 7, 5)");
    run(database, "INSERT INTO tokens (id, token_key, user_id, name, holds_name, kid, issued_at, "
                  "expires_at, created_at) VALUES ('old', -3, 1, 'laptop', 1, 'k', 5, 100, 5)");
}

static void check_token(struct db *db, struct arena *arena)
{
    struct token_row row;
    struct token_list list;
    assert_ok("the token", tokens_find(db, STR("old"), arena, &row));
    assert_int_equal(row.kind, TOKEN_PAT);
    assert_str("its hint", row.hint, STR(""));
    assert_str("its name", row.name, STR("laptop"));
    assert_int_equal(row.token_key, -3);
    assert_true(row.holds_name);
    assert_ok("PATs", tokens_list_living(db, 1, TOKEN_PAT, 50, 0, STR(""), 10, arena, &list));
    assert_int_equal(list.count, 1);
    assert_ok("keys", tokens_list_living(db, 1, TOKEN_API_KEY, 50, 0, STR(""), 10, arena, &list));
    assert_int_equal(list.count, 0);
}

static void check_settings(struct db *db)
{
    struct subject subject;
    struct token_settings found;
    assert_ok("the user", subjects_find(db, 1, &subject));
    assert_ok("the settings", token_settings_find(db, 1, &found));
    const struct token_settings *both[] = {&subject.settings, &found};
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        assert_true(both[i]->api_keys_enabled);
        assert_false(both[i]->api_tokens_enabled);
        assert_true(both[i]->legacy_api_tokens_enabled);
        assert_false(both[i]->direct_pat_enabled);
        assert_int_equal(both[i]->api_token_ttl_days, 30);
        assert_int_equal(both[i]->max_tokens_per_user, 7);
    }
}

static void tokens_of_before_api_keys_are_personal_access_tokens(void **state)
{
    (void)state;
    for (enum engine engine = 0; engine < ENGINE_COUNT; engine++) {
        if (!engine_is_there(engine))
            continue;
        struct test_place place;
        struct arena arena = {0};
        test_place_make(engine, &place);
        struct database *database = test_database_open(&place);
        assert_ok("then", database_migrate(database, migrations, BEFORE_API_KEYS, 1));
        fill(database);
        assert_ok("now", database_migrate(database, migrations, migrations_count, 2));
        struct db *db = test_connect(database);
        check_token(db, &arena);
        check_settings(db);
        db_close(db);
        database_close(database);
        test_place_remove(&place);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_of_before_api_keys_are_personal_access_tokens),
    };
    return cmocka_run_group_tests_name("migrations", tests, NULL, NULL);
}
