#include "unit/test.h"

#include "crypto/random.h"
#include "token/internal.h"
#include "token/pat.h"
#include "unit/jwt_bench.h"
#include "vectors/vectors.h"

#define NOW INT64_C(1795552735)

static const struct pat sample = {
    .jti = STR_INIT("11b6f7d5cefd4fadbb21237a285f5c56"),
    .user_id = 1,
    .issued_at = SECONDS(NOW),
    .expires_at = SECONDS(NOW + 100),
};

static enum error verify_at(struct bench *bench, str token, usec now, int64_t skew, int64_t leeway,
                            struct pat *out)
{
    struct token_clock clock = {.now = now, .skew_seconds = skew, .leeway_seconds = leeway};
    return pat_verify(token, bench->ring, &clock, &bench->arena, out);
}

static void a_pat_comes_back_as_it_was_signed(void **state)
{
    (void)state;
    struct bench bench;
    struct pat pat = sample, out;
    str token;
    bench_init(&bench, STR(SECRET));
    pat.extra = STR(",\"scope\":\"read\"");
    assert_ok("sign", pat_sign(&pat, bench.label_studio, &bench.arena, &token));
    assert_ok("verify", verify_at(&bench, token, SECONDS(NOW), 0, 0, &out));
    assert_str("jti", out.jti, pat.jti);
    assert_int_equal(out.user_id, 1);
    assert_int_equal(out.issued_at, pat.issued_at);
    assert_int_equal(out.expires_at, pat.expires_at);
    assert_str("user", out.user_id_json, STR("\"1\""));
    assert_str("extra", out.extra, pat.extra);
    bench_release(&bench);
}

static void a_pat_is_good_until_the_moment_it_ends(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        usec now;
        int64_t skew, leeway;
        enum error err;
    } cases[] = {
        {"when issued", SECONDS(NOW), 0, 0, OK},
        {"a moment before", SECONDS(NOW) - 1, 0, 0, ERR_TOO_EARLY},
        {"ten seconds before, with skew", SECONDS(NOW - 10), 10, 0, OK},
        {"longer before, with skew", SECONDS(NOW - 10) - 1, 10, 0, ERR_TOO_EARLY},
        {"its last moment", SECONDS(NOW + 100) - 1, 0, 0, OK},
        {"its end", SECONDS(NOW + 100), 0, 0, ERR_EXPIRED},
        {"its end, with skew and leeway", SECONDS(NOW + 100), 10, 10, ERR_EXPIRED},
        {"in 1970", 0, 0, 0, ERR_TOO_EARLY},
    };
    struct bench bench;
    struct pat out;
    str token;
    bench_init(&bench, STR(SECRET));
    assert_ok("sign", pat_sign(&sample, bench.label_studio, &bench.arena, &token));
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_error(cases[i].why,
                     verify_at(&bench, token, cases[i].now, cases[i].skew, cases[i].leeway, &out),
                     cases[i].err);
    bench_release(&bench);
}

static void what_an_ended_pat_said_is_still_told(void **state)
{
    (void)state;
    struct bench bench;
    struct pat out = {0};
    str token;
    bench_init(&bench, STR(SECRET));
    assert_ok("sign", pat_sign(&sample, bench.label_studio, &bench.arena, &token));
    assert_error("ended", verify_at(&bench, token, SECONDS(NOW + 500), 0, 0, &out), ERR_EXPIRED);
    assert_str("jti", out.jti, sample.jti);
    assert_int_equal(out.expires_at, sample.expires_at);
    struct pat forged = {0};
    token = ARENA_JOIN(&bench.arena, jwt_unsigned_part(token), STR(".AAAA"));
    assert_error("forged", verify_at(&bench, token, SECONDS(NOW), 0, 0, &forged), ERR_FORGED);
    assert_int_equal(forged.user_id, 0);
    bench_release(&bench);
}

static void only_a_whole_pat_is_signed(void **state)
{
    (void)state;
    struct bench bench;
    str token;
    bench_init(&bench, STR(SECRET));
    struct pat cases[] = {sample, sample, sample, sample, sample};
    char *long_jti = arena_bytes(&bench.arena, JTI_MAX + 1);
    memset(long_jti, 'j', JTI_MAX + 1);
    cases[0].jti = STR("");
    cases[1].jti = str_of(long_jti, JTI_MAX + 1);
    cases[2].expires_at = cases[2].issued_at - 1;
    cases[3].user_id = 0;
    cases[4].jti = STR("a\"b");
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_error("not whole", pat_sign(&cases[i], bench.label_studio, &bench.arena, &token),
                     ERR_MALFORMED);
    bench_release(&bench);
}

static void the_listed_text_is_the_token_without_its_signature(void **state)
{
    (void)state;
    struct bench bench;
    struct signing_key *keys[] = {NULL, NULL};
    bench_init(&bench, STR(SECRET));
    keys[0] = bench.label_studio;
    keys[1] = bench.ours;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        str token, listed;
        assert_ok("sign", pat_sign(&sample, keys[i], &bench.arena, &token));
        assert_ok("write", pat_write_unsigned(&sample, keys[i]->algorithm, keys[i]->kid,
                                              &bench.arena, &listed));
        assert_str("listed", listed, jwt_unsigned_part(token));
    }
    bench_release(&bench);
}

static void a_new_jti_is_a_uuid_without_dashes(void **state)
{
    (void)state;
    struct arena arena = {0};
    str one = jti_new(&arena);
    assert_int_equal(one.len, 32);
    for (size_t i = 0; i < one.len; i++)
        assert_true(str_has(STR("0123456789abcdef"), one.ptr[i]));
    assert_int_equal(one.ptr[12], '4');
    assert_true(str_has(STR("89ab"), one.ptr[16]));
    assert_false(str_equal(one, jti_new(&arena)));
    arena_release(&arena);
}

/* "refresh missing-claim:jti {…}": see tests/vectors/README.md. */
static void check_line(struct bench *bench, str line)
{
    str type, rest, answer = STR(""), payload = STR(""), missing = STR("");
    struct claims claims;
    const struct token_clock clock = {.now = SECONDS(NOW) + 500000};
    assert_true(str_cut(line, ' ', &type, &rest) && str_cut(rest, ' ', &answer, &payload));
    enum error err = claims_read(payload, &bench->arena, &claims);
    if (!err)
        err = claims_check(&claims, str_equal(type, STR("access")) ? TOKEN_ACCESS : TOKEN_REFRESH,
                           &clock, &missing);
    str got = err == ERR_MISSING_CLAIM
                  ? ARENA_JOIN(&bench->arena, str_from(error_name(err)), STR(":"), missing)
                  : str_from(error_name(err));
    assert_str(arena_cstr(&bench->arena, line), got, answer);
}

static void faults_are_found_in_label_studios_order(void **state)
{
    (void)state;
    struct str_pieces lines = str_pieces(str_trim(vector_file("simplejwt.txt")), '\n');
    str line;
    size_t count = 0;
    struct bench bench;
    bench_init(&bench, STR(SECRET));
    while (str_next_piece(&lines, &line)) {
        check_line(&bench, line);
        arena_reset(&bench.arena);
        count++;
    }
    assert_true(count > 400);
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
        cmocka_unit_test(a_pat_comes_back_as_it_was_signed),
        cmocka_unit_test(a_pat_is_good_until_the_moment_it_ends),
        cmocka_unit_test(what_an_ended_pat_said_is_still_told),
        cmocka_unit_test(only_a_whole_pat_is_signed),
        cmocka_unit_test(the_listed_text_is_the_token_without_its_signature),
        cmocka_unit_test(a_new_jti_is_a_uuid_without_dashes),
        cmocka_unit_test(faults_are_found_in_label_studios_order),
    };
    return cmocka_run_group_tests_name("pat", tests, start, NULL);
}
