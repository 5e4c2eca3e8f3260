/* Keys that come and go, by a clock of the test's own. */
#include "service/key_changes.h"
#include "service/keys.h"
#include "service/tokens.h"
#include "support/instance.h"
#include "token/access_order.h"
#include "token/key_ring.h"
#include "unit/test.h"

#define ON_EACH_ENGINE(i)                                                                          \
    (void)state;                                                                                   \
    struct instance i;                                                                             \
    for (enum engine engine_ = 0; engine_ < ENGINE_COUNT; engine_++)                               \
        if (engine_is_there(engine_))                                                              \
            for (bool once_ = (instance_open(&i, engine_, false), true); once_;                    \
                 once_ = (instance_close(&i), false))

/* As each request does. */
static const struct key_ring *ring(struct instance *i)
{
    assert_ok("refresh", keys_refresh(i->shared, i->w->db));
    return i->shared->keys;
}

static enum error rotate(struct instance *i, enum rotation_patience patience,
                         struct key_rotation *out)
{
    return key_rotate(i->w, &i->operator, JWT_EDDSA, patience, i->now, &i->arena, out);
}

static void a_key_signs_once_it_was_published_long_enough(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct key_rotation rotation;
        assert_ok("published", rotate(&i, PUBLISH_FIRST, &rotation));
        assert_true(rotation.ready_at == i.now + KEY_PUBLISHED_FIRST);
        str next = rotation.next.kid;
        assert_int_equal(key_ring_count(ring(&i)), 2);
        assert_int_equal(key_ring_access(ring(&i))->algorithm, JWT_HS256);
        i.now += KEY_PUBLISHED_FIRST - 1;
        assert_error("too early", rotate(&i, PUBLISH_FIRST, &rotation), ERR_TOO_EARLY);
        assert_int_equal(key_ring_access(ring(&i))->algorithm, JWT_HS256);
        i.now += 1;
        assert_ok("in time", rotate(&i, PUBLISH_FIRST, &rotation));
        assert_str("signs", key_ring_access(ring(&i))->kid, next);
        assert_int_equal(key_ring_current(ring(&i))->algorithm, JWT_HS256);
        assert_int_equal(key_ring_count(ring(&i)), 3); /* the one after it is published */
    }
}

static void a_public_key_ends_once_its_last_tokens_have(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct signing_key_row row;
        struct key_retirement retirement;
        assert_ok("add", key_add(i.w, &i.operator, JWT_EDDSA, KEY_CURRENT, i.now, &i.arena, &row));
        assert_ok("retire", key_retire(i.w, &i.operator, row.kid, RETIRE_WHEN_DONE, i.now, &i.arena,
                                       &retirement));
        assert_int_equal(retirement.state, KEY_RETIRING);
        i.now += ACCESS_TOKENS_END_AFTER - 1;
        assert_ok("housekeeping", keys_retire_done(i.w, i.now, &i.arena));
        assert_non_null(key_ring_find(ring(&i), row.kid));
        i.now += 1;
        assert_ok("housekeeping", keys_retire_done(i.w, i.now, &i.arena));
        assert_null(key_ring_find(ring(&i), row.kid));
        assert_error(
            "again",
            key_retire(i.w, &i.operator, row.kid, RETIRE_BY_FORCE, i.now, &i.arena, &retirement),
            ERR_NOT_FOUND);
    }
}

static void a_secret_key_never_ends_by_itself(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct key_rotation rotation;
        str old = arena_copy(&i.arena, key_ring_current(ring(&i))->kid);
        assert_ok("rotate", key_rotate(i.w, &i.operator, JWT_HS256, PUBLISH_FIRST, i.now, &i.arena,
                                       &rotation));
        assert_false(str_equal(key_ring_current(ring(&i))->kid, old));
        assert_ok("housekeeping", keys_retire_done(i.w, i.now + DAYS(3650), &i.arena));
        assert_non_null(key_ring_find(ring(&i), old));
    }
}

static void the_fast_lane_waits_for_changed_keys(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct signing_key_row row;
        assert_ok("nothing new", keys_refresh(i.shared, NULL));
        assert_ok("add", key_add(i.w, &i.operator, JWT_EDDSA, KEY_NEXT, i.now, &i.arena, &row));
        assert_error("changed", keys_refresh(i.shared, NULL), ERR_WOULD_BLOCK);
        assert_ok("read", keys_refresh(i.shared, i.w->db));
        assert_ok("known", keys_refresh(i.shared, NULL));
        assert_non_null(key_ring_find(i.shared->keys, row.kid));
    }
}

static void no_more_keys_count_than_a_ring_holds(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct signing_key_row row;
        size_t count = key_ring_count(ring(&i));
        for (; count < SIGNING_KEYS_MAX; count++)
            assert_ok("add",
                      key_add(i.w, &i.operator, JWT_EDDSA, KEY_CURRENT, i.now, &i.arena, &row));
        assert_error("one more",
                     key_add(i.w, &i.operator, JWT_EDDSA, KEY_CURRENT, i.now, &i.arena, &row),
                     ERR_LIMIT);
        assert_int_equal(key_ring_count(ring(&i)), SIGNING_KEYS_MAX);
    }
}

static void a_failed_change_changes_nothing(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct key_rotation rotation;
        str before = arena_copy(&i.arena, key_ring_current(ring(&i))->kid);
        for (int64_t n = 1; n < 5; n++) {
            database_fail_after(i.shared->database, n, ERR_IO);
            assert_true(key_rotate(i.w, &i.operator, JWT_HS256, ROTATE_NOW, i.now, &i.arena,
                                   &rotation) != OK);
            database_fail_after(i.shared->database, -1, OK);
            assert_str("still signs", key_ring_current(ring(&i))->kid, before);
            assert_int_equal(key_ring_count(ring(&i)), 1);
        }
    }
}

static void an_ordered_access_token_says_what_was_ordered(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct signing_key *key;
    struct key_ring *keys;
    struct new_access made;
    struct access access;
    const usec now = SECONDS(1000000);
    const struct token_clock clock = {.now = now};
    struct access_order order = {.parent_key = 0x0123456789abcdef,
                                 .user_id = 7,
                                 .user_id_json = STR("7"),
                                 .scopes = STR("read tokens"),
                                 .of_api_key = true,
                                 .ends_at = now + SECONDS(60)};
    assert_ok("key", signing_key_generate(JWT_HS256, STR("k"), &key));
    assert_ok("ring", key_ring_new(&key, 1, 0, &keys));
    assert_ok("sign", access_sign_order(&order, key, now, 300, &arena, &made));
    assert_ok("verify", access_verify(made.token, keys, &clock, &arena, &access));
    assert_true(access.parent_key == order.parent_key);
    assert_int_equal(access.user_id, 7);
    assert_str("as its parent has it", access.user_id_json, STR("7"));
    assert_true(access.expires_at == now + SECONDS(60)); /* never longer than its parent */
    assert_true(access.has_scope);
    assert_str("scope", access.scope, STR("read tokens"));
    assert_true(access_is_of_api_key(&access));

    order.scopes = STR("");
    order.of_api_key = false;
    assert_ok("sign", access_sign_order(&order, key, now, 30, &arena, &made));
    assert_ok("verify", access_verify(made.token, keys, &clock, &arena, &access));
    assert_true(access.expires_at == now + SECONDS(30));
    assert_false(access.has_scope);
    assert_false(access_is_of_api_key(&access));
    order.ends_at = now;
    assert_error("ended", access_sign_order(&order, key, now, 30, &arena, &made), ERR_EXPIRED);
    key_ring_free(keys);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_signs_once_it_was_published_long_enough),
        cmocka_unit_test(a_public_key_ends_once_its_last_tokens_have),
        cmocka_unit_test(a_secret_key_never_ends_by_itself),
        cmocka_unit_test(the_fast_lane_waits_for_changed_keys),
        cmocka_unit_test(no_more_keys_count_than_a_ring_holds),
        cmocka_unit_test(a_failed_change_changes_nothing),
        cmocka_unit_test(an_ordered_access_token_says_what_was_ordered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
