/* Reading and writing JWTs: the standards' examples, other libraries' tokens, keys and claims. */
#include "unit/test.h"

#include "crypto/random.h"
#include "token/internal.h"
#include "token/jwt.h"
#include "unit/jwt_bench.h"
#include "vectors/vectors.h"

static void the_example_of_rfc_7515_verifies(void **state)
{
    (void)state;
    /* appendix A.1: a header with blanks and a line feed, claims that are not ours */
    struct bench bench;
    struct arena arena = {0};
    struct claims claims;
    str key;
    assert_ok("key",
              base64url_decode(&arena,
                               STR("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0"
                                   "iPS4hcgUuTwjAzZr1Z9CAow"),
                               &key));
    bench_init(&bench, key);
    str token = STR("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
                    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_ok("A.1", jwt_verify(token, bench.ring, &arena, &claims));
    assert_int_equal(claims.exp, 1300819380);
    assert_int_equal(claims.present, CLAIM_EXP);
    assert_str("the others, without their blanks", claims.extra,
               STR(",\"iss\":\"joe\",\"http://example.com/is_root\":true"));
    arena_release(&arena);
    bench_release(&bench);
}

static void tokens_of_pyjwt_verify(void **state)
{
    (void)state;
    struct str_pieces lines = str_pieces(str_trim(vector_file("pyjwt.txt")), '\n');
    str line, name, rest, key = STR(""), token = STR("");
    size_t count = 0;
    while (str_next_piece(&lines, &line)) {
        struct bench bench;
        struct claims claims;
        assert_true(str_cut(line, ' ', &name, &rest) && str_cut(rest, ' ', &key, &token));
        bench_init(&bench, key);
        const char *why = arena_cstr(&bench.arena, name);
        assert_ok(why, jwt_verify(token, bench.ring, &bench.arena, &claims));
        assert_str(why, claims.jti, STR("11b6f7d5cefd4fadbb21237a285f5c56"));
        assert_int_equal(claims.user_id, 1);
        assert_int_equal(claims.unusable, 0);
        if (str_equal(name, STR("extra")))
            assert_str(
                why, claims.extra,
                STR(",\"scope\":\"read\",\"note\":\"\\u00e9\",\"deep\":{\"a\":[1,2.5,null]}"));
        if (str_equal(name, STR("float_times")))
            assert_true(claims.exp == 8102752735 && claims.iat == 1795552735);
        if (str_equal(name, STR("number_user")))
            assert_str(why, claims.user_id_json, STR("1"));
        key_ring_free(bench.ring);
        arena_release(&bench.arena);
        count++;
    }
    assert_int_equal(count, 12);
}

static void our_bytes_are_label_studios(void **state)
{
    (void)state;
    struct bench bench;
    struct claims claims;
    str secret = STR("j3$)es*o@yqbhd+7z8q+-ckiuza=g_%a-mt0bcig_fwfxh6d2(");
    str theirs =
        STR("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6OD"
            "EwMjc1NTk0MywiaWF0IjoxNzk1NTU1OTQzLCJqdGkiOiIwOGI5MTAyYjg2ZWY0ZDNjOTA0NGJjYTFk"
            "ODJlMTJkYyIsInVzZXJfaWQiOiIxIn0.eYw-wXuzyivg9bFqb-ESJ_thIFsB4efTrRw2IoS1ye8");
    str made;
    bench_init(&bench, secret);
    assert_ok("read", jwt_verify(theirs, bench.ring, &bench.arena, &claims));
    assert_ok("write", jwt_sign(&claims, bench.label_studio, &bench.arena, &made));
    assert_str("the same", made, theirs);
    claims.user_id_json = STR("");
    assert_ok("write", jwt_sign(&claims, bench.label_studio, &bench.arena, &made));
    assert_str("the user's id as a text", made, theirs);
    assert_ok("unsigned", jwt_write_unsigned(&claims, JWT_HS256, STR(""), &bench.arena, &made));
    assert_str("unsigned", made, jwt_unsigned_part(theirs));
    bench_release(&bench);
}

static void every_algorithm_signs_what_it_verifies(void **state)
{
    (void)state;
    for (enum jwt_algorithm a = JWT_HS256; a <= JWT_RS256; a++) {
        struct arena arena = {0};
        struct signing_key *key;
        struct key_ring *ring;
        struct claims out, claims = {.present = CLAIM_EXP | CLAIM_JTI | CLAIM_USER_ID,
                                     .exp = -5,
                                     .jti = STR("x"),
                                     .user_id = 7,
                                     .extra = STR(",\"a\":{\"b\":[]}")};
        str token;
        assert_ok("key", signing_key_generate(a, STR("kid-1"), &key));
        assert_ok("ring", key_ring_new(&key, 1, 0, &ring));
        assert_ok("sign", jwt_sign(&claims, key, &arena, &token));
        assert_ok("verify", jwt_verify(token, ring, &arena, &out));
        assert_int_equal(out.exp, -5);
        assert_int_equal(out.user_id, 7);
        assert_str("extra", out.extra, claims.extra);
        key_ring_free(ring);
        arena_release(&arena);
    }
}

static void texts_that_need_escapes_are_not_signed(void **state)
{
    (void)state;
    static const char *const cases[] = {"a\"b", "a\\b", "a\nb", "\xC3\xA9", "\x7f"};
    struct bench bench;
    str token;
    bench_init(&bench, STR(SECRET));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct claims claims = {.present = CLAIM_JTI, .jti = str_from(cases[i])};
        assert_error(cases[i], jwt_sign(&claims, bench.label_studio, &bench.arena, &token),
                     ERR_MALFORMED);
    }
    bench_release(&bench);
}

static void other_claims_are_kept_as_written(void **state)
{
    (void)state;
    static const struct {
        const char *payload, *extra;
    } cases[] = {
        {"{\"exp\":1}", ""},
        {"{ \"a\" : 1 , \"exp\" : 2 , \"b\" : [ 1 , {\"c\":\"}\"} ] }",
         ",\"a\":1,\"b\":[ 1 , {\"c\":\"}\"} ]"},
        {"{\"a\\\"b\":\"x\\\\\",\"\\u0065xp\":1,\"c\":\"\\\"}\"}",
         ",\"a\\\"b\":\"x\\\\\",\"c\":\"\\\"}\""},
        {"{\"big\":123456789012345678901234567890,\"small\":1.50e-3}",
         ",\"big\":123456789012345678901234567890,\"small\":1.50e-3"},
        {"{\"nbf\":1,\"sub\":\"s\",\"scope\":\"read\",\"n\":null}",
         ",\"nbf\":1,\"sub\":\"s\",\"scope\":\"read\",\"n\":null"},
        {"{\"\":\"\"}", ",\"\":\"\""},
        {"{\"exp \":1}", ",\"exp \":1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena arena = {0};
        struct claims claims;
        assert_ok(cases[i].payload, claims_read(str_from(cases[i].payload), &arena, &claims));
        assert_str(cases[i].payload, claims.extra, str_from(cases[i].extra));
        arena_release(&arena);
    }
}

static void keys_are_chosen_by_kid(void **state)
{
    (void)state;
    struct bench bench;
    struct signing_key *stranger;
    struct claims claims;
    bench_init(&bench, STR(SECRET));
    assert_ok("key", signing_key_import(JWT_HS256, STR(""), STR("another"), &stranger));
    str payload = STR(GOOD_PAYLOAD);
    str es = STR("{\"alg\":\"ES256\",\"kid\":\"ours\",\"typ\":\"JWT\"}");
    assert_ok("ours", jwt_verify(sign_json(&bench, bench.ours, es, payload), bench.ring,
                                 &bench.arena, &claims));
    /* a key that has a kid counts under its kid only */
    assert_error("ours without its kid",
                 jwt_verify(sign_json(&bench, bench.ours, STR("{\"alg\":\"ES256\"}"), payload),
                            bench.ring, &bench.arena, &claims),
                 ERR_FORGED);
    assert_error("a stranger's",
                 jwt_verify(sign_json(&bench, stranger, STR(GOOD_HEADER), payload), bench.ring,
                            &bench.arena, &claims),
                 ERR_FORGED);
    signing_key_free(stranger);
    bench_release(&bench);
}

static void several_keys_without_kid_may_verify(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct signing_key *keys[2];
    struct claims claims;
    assert_ok("old", signing_key_import(JWT_HS256, STR(""), STR("old"), &keys[0]));
    assert_ok("new", signing_key_import(JWT_HS256, STR(""), STR("new"), &keys[1]));
    assert_ok("ring", key_ring_new(keys, 2, 1, &bench.ring));
    assert_ptr_equal(key_ring_current(bench.ring), keys[1]);
    for (size_t i = 0; i < 2; i++)
        assert_ok("either",
                  jwt_verify(sign_json(&bench, keys[i], STR(GOOD_HEADER), STR(GOOD_PAYLOAD)),
                             bench.ring, &bench.arena, &claims));
    bench_release(&bench);
}

static struct signing_key *new_key(enum jwt_algorithm algorithm, str kid)
{
    struct signing_key *key;
    assert_ok("key", signing_key_generate(algorithm, kid, &key));
    return key;
}

static void a_ring_wants_one_key_a_kid_and_one_that_signs(void **state)
{
    (void)state;
    struct key_ring *ring = NULL;
    struct arena arena = {0};
    struct signing_key *same[] = {new_key(JWT_HS256, STR("k")), new_key(JWT_EDDSA, STR("k"))};
    assert_error("one kid twice", key_ring_new(same, 2, 0, &ring), ERR_CONFLICT);
    assert_error("none", key_ring_new(NULL, 0, 0, &ring), ERR_LIMIT);
    struct signing_key *one[] = {new_key(JWT_HS256, STR(""))};
    assert_error("no such key", key_ring_new(one, 1, 1, &ring), ERR_LIMIT);
    struct signing_key *set[] = {new_key(JWT_HS256, STR("")), new_key(JWT_EDDSA, STR("e")),
                                 new_key(JWT_ES256, STR("s"))};
    assert_ok("ring", key_ring_new(set, 3, 1, &ring));
    assert_int_equal(key_ring_count(ring), 3);
    assert_ptr_equal(key_ring_find(ring, STR("s")), set[2]);
    assert_ptr_equal(key_ring_find(ring, STR("")), set[0]);
    assert_null(key_ring_find(ring, STR("x")));
    str jwks = key_ring_jwks(ring, &arena);
    json_t *root = json_loadb(jwks.ptr, jwks.len, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_array_size(json_object_get(root, "keys")), 2);
    json_decref(root);
    key_ring_free(ring);
    arena_release(&arena);
}

static void a_peek_reads_whole_and_cut_tokens(void **state)
{
    (void)state;
    struct bench bench;
    struct claims claims;
    bench_init(&bench, STR(SECRET));
    str whole = signed_payload(&bench, STR(GOOD_PAYLOAD)), cut = jwt_unsigned_part(whole);
    const struct {
        const char *why;
        str text;
        enum error err;
    } cases[] = {
        {"whole", whole, OK},
        {"cut", cut, OK},
        {"with a signature of somebody", ARENA_JOIN(&bench.arena, cut, STR(".xxxx")), OK},
        {"with a dot", ARENA_JOIN(&bench.arena, cut, STR(".")), OK},
        {"four parts", ARENA_JOIN(&bench.arena, whole, STR(".x")), ERR_MALFORMED},
        {"no dot", STR("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"), ERR_MALFORMED},
        {"header alone", STR("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."), ERR_MALFORMED},
        {"nothing", STR(""), ERR_MALFORMED},
        {"no token", STR("a.b"), ERR_MALFORMED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        claims.jti = STR("");
        assert_error(cases[i].why, jwt_peek_unverified(cases[i].text, &bench.arena, &claims),
                     cases[i].err);
        if (!cases[i].err)
            assert_str(cases[i].why, claims.jti, STR("11b6f7d5cefd4fadbb21237a285f5c56"));
    }
    bench_release(&bench);
}

static void the_stored_part_has_no_signature(void **state)
{
    (void)state;
    static const struct {
        const char *why, *token, *stored;
    } cases[] = {
        {"a whole token", "aa.bb.cc", "aa.bb"},    {"one cut already", "aa.bb", "aa.bb"},
        {"an empty signature", "aa.bb.", "aa.bb"}, {"no JWT at all", "aabbcc", ""},
        {"more parts", "aa.bb.cc.dd", "aa.bb"},    {"nothing", "", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_str(cases[i].why, jwt_unsigned_part(str_from(cases[i].token)),
                   str_from(cases[i].stored));
}

static int start(void **state)
{
    (void)state;
    return crypto_start() == OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_rfc_7515_verifies),
        cmocka_unit_test(tokens_of_pyjwt_verify),
        cmocka_unit_test(our_bytes_are_label_studios),
        cmocka_unit_test(every_algorithm_signs_what_it_verifies),
        cmocka_unit_test(texts_that_need_escapes_are_not_signed),
        cmocka_unit_test(other_claims_are_kept_as_written),
        cmocka_unit_test(keys_are_chosen_by_kid),
        cmocka_unit_test(several_keys_without_kid_may_verify),
        cmocka_unit_test(a_ring_wants_one_key_a_kid_and_one_that_signs),
        cmocka_unit_test(a_peek_reads_whole_and_cut_tokens),
        cmocka_unit_test(the_stored_part_has_no_signature),
    };
    return cmocka_run_group_tests_name("jwt", tests, start, NULL);
}
