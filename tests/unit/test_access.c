#include "unit/test.h"

#include "crypto/random.h"
#include "token/access.h"
#include "unit/jwt_bench.h"

#define NOW INT64_C(1795552735)

static const struct pat parent = {
    .jti = STR_INIT("11b6f7d5cefd4fadbb21237a285f5c56"),
    .user_id = 7,
    .issued_at = SECONDS(NOW - 1000),
    .expires_at = SECONDS(NOW + 1000),
    .user_id_json = STR_INIT("7"),
    .extra = STR_INIT(",\"scope\":\"read\",\"note\":[1,2]"),
};

static struct access verify_ok(struct bench *bench, str token, usec now)
{
    struct token_clock clock = {.now = now};
    struct access access;
    assert_ok("verify", access_verify(token, bench->ring, &clock, &bench->arena, &access));
    return access;
}

static void a_child_carries_its_parents_key_and_claims(void **state)
{
    (void)state;
    struct bench bench;
    struct new_access one, two;
    bench_init(&bench, STR(SECRET));
    assert_ok("sign", access_sign(&parent, bench.label_studio, SECONDS(NOW) + 999999, 300,
                                  &bench.arena, &one));
    assert_ok("sign",
              access_sign(&parent, bench.label_studio, SECONDS(NOW), 300, &bench.arena, &two));
    struct access access = verify_ok(&bench, one.token, SECONDS(NOW));
    assert_int_equal(access.parent_key, token_parent_key(parent.jti));
    assert_int_equal(access.user_id, 7);
    assert_int_equal(access.issued_at, SECONDS(NOW));
    assert_int_equal(access.expires_at, SECONDS(NOW + 300));
    assert_int_equal(one.expires_at, access.expires_at);
    assert_str("jti", access.jti, one.jti);
    assert_int_equal(access.jti.len, 32);
    assert_str("the type of its user is the parent's", access.user_id_json, STR("7"));
    assert_str("extra", access.extra, parent.extra);
    assert_str("scope", access.scope, STR("read"));
    assert_true(access.has_scope);
    assert_str("siblings share the first half", str_slice(one.jti, 0, 16),
               str_slice(two.jti, 0, 16));
    assert_false(str_equal(str_from_at(one.jti, 16), str_from_at(two.jti, 16)));
    bench_release(&bench);
}

static void the_key_is_the_beginning_of_the_parents_hash(void **state)
{
    (void)state;
    /* SHA-256 of "abc" begins with ba7816bf8f01cfea (FIPS 180-4) */
    assert_true(token_parent_key(STR("abc")) == UINT64_C(0xba7816bf8f01cfea));
    static const struct {
        const char *jti;
        uint64_t key;
    } cases[] = {
        {"ba7816bf8f01cfea0123456789abcdef", UINT64_C(0xba7816bf8f01cfea)},
        {"ffffffffffffffff0123456789abcdef", UINT64_MAX},
        {"BA7816BF8F01CFEA0123456789ABCDEF", 0}, /* not as we write it */
        {"ba7816bf8f01cfea0123456789abcdeg", 0},
        {"ba7816bf8f01cfea", 0},
        {"ba7816bf8f01cfea0123456789abcdef0", 0},
        {"", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (access_parent_key(str_from(cases[i].jti)) != cases[i].key)
            fail_msg("'%s' carries another key", cases[i].jti);
}

static void a_child_never_outlives_its_parent(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        usec now;
        int64_t ttl;
        enum error err;
        int64_t end;
    } cases[] = {
        {"long before", SECONDS(NOW), 300, OK, NOW + 300},
        {"shortly before", SECONDS(NOW + 900), 300, OK, NOW + 1000},
        {"just as long", SECONDS(NOW + 700), 300, OK, NOW + 1000},
        {"the last moment", SECONDS(NOW + 1000) - 1, 300, OK, NOW + 1000},
        {"the end", SECONDS(NOW + 1000), 300, ERR_EXPIRED, 0},
        {"a very long life", SECONDS(NOW), INT64_MAX / 2, OK, NOW + 1000},
    };
    struct bench bench;
    bench_init(&bench, STR(SECRET));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct new_access access = {0};
        assert_error(cases[i].why,
                     access_sign(&parent, bench.label_studio, cases[i].now, cases[i].ttl,
                                 &bench.arena, &access),
                     cases[i].err);
        assert_int_equal(access.expires_at, SECONDS(cases[i].end));
    }
    bench_release(&bench);
}

static void leeway_is_after_the_end_and_skew_before_the_start(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        usec now;
        int64_t skew, leeway;
        enum error err;
    } cases[] = {
        {"its last moment", SECONDS(NOW + 300) - 1, 0, 0, OK},
        {"its end", SECONDS(NOW + 300), 0, 0, ERR_EXPIRED},
        {"its end, skew does not help", SECONDS(NOW + 300), 10, 0, ERR_EXPIRED},
        {"its end, with leeway", SECONDS(NOW + 300), 0, 10, OK},
        {"the last moment of leeway", SECONDS(NOW + 310) - 1, 0, 10, OK},
        {"the end of leeway", SECONDS(NOW + 310), 0, 10, ERR_EXPIRED},
        {"before it begins, leeway does not help", SECONDS(NOW) - 1, 0, 10, ERR_TOO_EARLY},
        {"before it begins, with skew", SECONDS(NOW) - 1, 1, 0, OK},
    };
    struct bench bench;
    struct new_access made;
    bench_init(&bench, STR(SECRET));
    assert_ok("sign",
              access_sign(&parent, bench.label_studio, SECONDS(NOW), 300, &bench.arena, &made));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct access access;
        struct token_clock clock = {cases[i].now, cases[i].skew, cases[i].leeway};
        assert_error(cases[i].why,
                     access_verify(made.token, bench.ring, &clock, &bench.arena, &access),
                     cases[i].err);
    }
    bench_release(&bench);
}

static void a_pat_is_no_access_token_nor_the_other_way_round(void **state)
{
    (void)state;
    struct bench bench;
    struct new_access made;
    struct access access;
    struct pat pat;
    struct token_clock clock = {.now = SECONDS(NOW)};
    str token;
    bench_init(&bench, STR(SECRET));
    assert_ok("sign", pat_sign(&parent, bench.label_studio, &bench.arena, &token));
    assert_error("a PAT", access_verify(token, bench.ring, &clock, &bench.arena, &access),
                 ERR_WRONG_TYPE);
    assert_ok("sign",
              access_sign(&parent, bench.label_studio, SECONDS(NOW), 300, &bench.arena, &made));
    assert_error("an access token", pat_verify(made.token, bench.ring, &clock, &bench.arena, &pat),
                 ERR_WRONG_TYPE);
    assert_str("its jti is told, for the list of the revoked", pat.jti, made.jti);
    bench_release(&bench);
}

static void a_parent_with_a_text_for_its_user_has_such_children(void **state)
{
    (void)state;
    struct bench bench;
    struct new_access made;
    struct pat plain = parent;
    bench_init(&bench, STR(SECRET));
    plain.extra = STR("");
    plain.user_id_json = STR("\"7\"");
    assert_ok("sign",
              access_sign(&plain, bench.label_studio, SECONDS(NOW), 300, &bench.arena, &made));
    struct access access = verify_ok(&bench, made.token, SECONDS(NOW));
    assert_str("user", access.user_id_json, STR("\"7\""));
    assert_false(access.has_scope);
    bench_release(&bench);
}

static int start(void **state)
{
    (void)state;
    return crypto_start() == OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_carries_its_parents_key_and_claims),
        cmocka_unit_test(the_key_is_the_beginning_of_the_parents_hash),
        cmocka_unit_test(a_child_never_outlives_its_parent),
        cmocka_unit_test(leeway_is_after_the_end_and_skew_before_the_start),
        cmocka_unit_test(a_pat_is_no_access_token_nor_the_other_way_round),
        cmocka_unit_test(a_parent_with_a_text_for_its_user_has_such_children),
    };
    return cmocka_run_group_tests_name("access", tests, start, NULL);
}
