/* Tokens that somebody made to be mistaken for good ones; most of them bear a good signature. */
#include "unit/test.h"

#include "crypto/random.h"
#include "token/internal.h"
#include "token/jwt.h"
#include "unit/jwt_bench.h"

static void an_unsecured_token_of_rfc_7519_is_refused(void **state)
{
    (void)state;
    struct bench bench;
    struct claims claims;
    bench_init(&bench, STR(SECRET)); /* section 6.1 */
    str token = STR("eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6L"
                    "y9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.");
    assert_error("none", jwt_verify(token, bench.ring, &bench.arena, &claims), ERR_FORGED);
    bench_release(&bench);
}

/* Each of these bears a good signature over exactly what it says. */
static void hostile_headers_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum error err;
    } cases[] = {
        {GOOD_HEADER, OK},
        {"{\"typ\":\"at+jwt\",\"alg\":\"HS256\"}", OK},
        {"{\"alg\":\"HS256\"}", OK},
        {"{\"alg\":\"HS256\",\"typ\":5,\"cty\":\"x\",\"jku\":\"http://evil/\"}", OK},
        {"{\"alg\":\"HS256\",\"kid\":\"unknown\"}", OK},
        {"{\"alg\":\"HS256\",\"kid\":\"\"}", OK},
        {"{\"alg\":\"HS256\",\"b64\":true}", OK},
        {" {\"alg\" : \"HS256\"}\n", OK},
        {"{\"\\u0061lg\":\"HS\\u0032\\u0035\\u0036\"}", OK},
        {"{\"alg\":\"HS256\",\"kid\":\"ours\"}", ERR_FORGED}, /* that key is for ES256 */
        {"{\"alg\":\"ES256\",\"kid\":\"ours\"}", ERR_FORGED},
        {"{\"alg\":\"ES256\"}", ERR_FORGED},
        {"{\"alg\":\"none\"}", ERR_FORGED},
        {"{\"alg\":\"None\"}", ERR_FORGED},
        {"{\"alg\":\"hs256\"}", ERR_FORGED},
        {"{\"alg\":\"HS512\"}", ERR_FORGED},
        {"{\"alg\":\"\"}", ERR_FORGED},
        {"{\"typ\":\"JWT\"}", ERR_MALFORMED},
        {"{\"alg\":null}", ERR_MALFORMED},
        {"{\"alg\":[\"HS256\"]}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\",\"kid\":7}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\",\"crit\":[]}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\",\"crit\":null}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\",\"b64\":false}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", ERR_MALFORMED},
        {"{\"alg\":\"none\",\"alg\":\"HS256\"}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\",\"x\":{\"a\":1,\"a\":1}}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\"}x", ERR_MALFORMED},
        {"{\"alg\":\"HS256\"}{}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\",}", ERR_MALFORMED},
        {"{'alg':'HS256'}", ERR_MALFORMED},
        {"[\"HS256\"]", ERR_MALFORMED},
        {"\"HS256\"", ERR_MALFORMED},
        {"null", ERR_MALFORMED},
        {"", ERR_MALFORMED},
        {"{\"alg\":\"HS256\",\"x\":[[[[[[[[]]]]]]]]}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\",\"x\":\"\xff\"}", ERR_MALFORMED},
        {"{\"alg\":\"HS256\\u0000\"}", ERR_MALFORMED},
        {"\xEF\xBB\xBF{\"alg\":\"HS256\"}", ERR_MALFORMED},
    };
    struct bench bench;
    bench_init(&bench, STR(SECRET));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct claims claims;
        str token =
            sign_json(&bench, bench.label_studio, str_from(cases[i].header), STR(GOOD_PAYLOAD));
        assert_error(cases[i].header, jwt_verify(token, bench.ring, &bench.arena, &claims),
                     cases[i].err);
    }
    bench_release(&bench);
}

static void a_public_key_is_no_secret_for_hs256(void **state)
{
    (void)state;
    /* the classic swap (RFC 8725 2.1): HS256 with the text of the public key as its secret */
    struct bench bench;
    struct signing_key *swapped;
    struct claims claims;
    bench_init(&bench, STR(SECRET));
    str jwk = signing_key_jwk(bench.ours, &bench.arena);
    assert_ok("key", signing_key_import(JWT_HS256, STR("ours"), jwk, &swapped));
    str token =
        sign_json(&bench, swapped, STR("{\"alg\":\"HS256\",\"kid\":\"ours\"}"), STR(GOOD_PAYLOAD));
    assert_error("swapped", jwt_verify(token, bench.ring, &bench.arena, &claims), ERR_FORGED);
    signing_key_free(swapped);
    bench_release(&bench);
}

static void hostile_payloads_are_refused_whole(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "null",
        "7",
        "\"text\"",
        "[{\"exp\":1}]",
        (GOOD_PAYLOAD "x"),
        (GOOD_PAYLOAD "{}"),
        (GOOD_PAYLOAD ","),
        ("\xEF\xBB\xBF" GOOD_PAYLOAD),
        "{\"exp\":1,\"exp\":8102752735}",
        "{\"exp\":1,\"\\u0065xp\":8102752735}",
        "{\"user_id\":\"1\",\"user_id\":\"2\"}",
        "{\"a\":{\"b\":1,\"b\":2}}",
        "{\"exp\":NaN}",
        "{\"exp\":Infinity}",
        "{\"exp\":1e999}",
        "{\"exp\":0x10}",
        "{\"exp\":+1}",
        "{\"exp\":01}",
        "{\"exp\":1.}",
        "{\"exp\":.5}",
        "{\"exp\":1,}",
        "{exp:1}",
        "{\"exp\":1}\\u0000",
        "{\"jti\":\"a\\u0000b\"}",
        "{\"jti\":\"\xED\xA0\x80\"}",
        "{\"jti\":\"\\ud800\"}",
        "{\"jti\":\"\xC0\xAF\"}",
        "{\"jti\":\"a\nb\"}",
        "{\"x\":[[[[[[[[1]]]]]]]]}",
        "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}",
        "{",
        "{\"exp\"",
        "{\"exp\":1",
    };
    struct bench bench;
    bench_init(&bench, STR(SECRET));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct claims claims;
        str token = signed_payload(&bench, str_from(cases[i]));
        assert_error(cases[i], jwt_verify(token, bench.ring, &bench.arena, &claims), ERR_MALFORMED);
    }
    struct claims claims;
    str with_nul = signed_payload(&bench, STR("{\"exp\":1}\0"));
    assert_error("a NUL after the end", jwt_verify(with_nul, bench.ring, &bench.arena, &claims),
                 ERR_MALFORMED);
    bench_release(&bench);
}

static void odd_values_are_there_but_unusable(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        unsigned present, unusable;
    } cases[] = {
        {"{}", 0, 0},
        {"{\"exp\":1,\"iat\":-1,\"nbf\":0}", CLAIM_EXP | CLAIM_IAT | CLAIM_NBF, 0},
        {"{\"exp\":\"1\"}", CLAIM_EXP, CLAIM_EXP},
        {"{\"exp\":null}", CLAIM_EXP, CLAIM_EXP},
        {"{\"exp\":true}", CLAIM_EXP, CLAIM_EXP},
        {"{\"exp\":[1]}", CLAIM_EXP, CLAIM_EXP},
        {"{\"exp\":253402300799}", CLAIM_EXP, 0},
        {"{\"exp\":253402300800}", CLAIM_EXP, CLAIM_EXP},
        {"{\"exp\":99999999999999999999999999}", CLAIM_EXP, CLAIM_EXP},
        {"{\"exp\":-99999999999999999999999999}", CLAIM_EXP, 0},
        {"{\"iat\":\"x\",\"nbf\":{}}", CLAIM_IAT | CLAIM_NBF, CLAIM_IAT | CLAIM_NBF},
        {"{\"jti\":7}", CLAIM_JTI, CLAIM_JTI},
        {"{\"jti\":\"\"}", CLAIM_JTI, CLAIM_JTI},
        {"{\"token_type\":null}", CLAIM_TOKEN_TYPE, CLAIM_TOKEN_TYPE},
        {"{\"sub\":1}", CLAIM_SUB, CLAIM_SUB},
        {"{\"scope\":[\"all\"]}", CLAIM_SCOPE, CLAIM_SCOPE},
        {"{\"user_id\":9223372036854775807}", CLAIM_USER_ID, 0},
        {"{\"user_id\":9223372036854775808}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":0}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":-1}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":1.0}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":1e0}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":true}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":null}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":\"abc\"}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":\"\"}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":\" 1\"}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":\"1 OR 1=1\"}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":[1]}", CLAIM_USER_ID, CLAIM_USER_ID},
        {"{\"user_id\":{\"id\":1}}", CLAIM_USER_ID, CLAIM_USER_ID},
    };
    struct bench bench;
    bench_init(&bench, STR(SECRET));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct claims claims;
        assert_ok(cases[i].payload, jwt_verify(signed_payload(&bench, str_from(cases[i].payload)),
                                               bench.ring, &bench.arena, &claims));
        if (claims.present != cases[i].present || claims.unusable != cases[i].unusable)
            fail_msg("%s: present %x, unusable %x", cases[i].payload, claims.present,
                     claims.unusable);
    }
    bench_release(&bench);
}

static void a_jti_has_at_most_255_bytes(void **state)
{
    (void)state;
    struct bench bench;
    bench_init(&bench, STR(SECRET));
    char *text = arena_bytes(&bench.arena, 256);
    memset(text, 'j', 256);
    for (size_t len = 254; len <= 256; len++)
        for (int own_form = 0; own_form < 2; own_form++) {
            struct claims claims;
            str payload = ARENA_JOIN(
                &bench.arena, STR("{\"token_type\":\"refresh\",\"exp\":2,\"iat\":1,\"jti\":\""),
                str_of(text, len), STR("\",\"user_id\":\"1\""),
                own_form ? STR("}") : STR(",\"x\":1}"));
            assert_ok("jti", claims_read(payload, &bench.arena, &claims));
            assert_int_equal(claims_have(&claims, CLAIM_JTI), len <= JTI_MAX);
        }
    bench_release(&bench);
}

/* A good token with one thing done to its text. */
static void a_changed_text_is_refused(void **state)
{
    (void)state;
    struct bench bench;
    bench_init(&bench, STR(SECRET));
    str good = signed_payload(&bench, STR(GOOD_PAYLOAD)), header, rest, payload, signature;
    str_cut(good, '.', &header, &rest);
    str_cut(rest, '.', &payload, &signature);
    struct arena *arena = &bench.arena;
    const struct {
        const char *why;
        str token;
        enum error err;
    } cases[] = {
        {"as it is", good, OK},
        {"nothing", STR(""), ERR_MALFORMED},
        {"dots alone", STR(".."), ERR_MALFORMED},
        {"two parts", ARENA_JOIN(arena, header, STR("."), payload), ERR_MALFORMED},
        {"no signature", ARENA_JOIN(arena, header, STR("."), payload, STR(".")), ERR_FORGED},
        {"four parts", ARENA_JOIN(arena, good, STR(".x")), ERR_MALFORMED},
        {"a dot at the end", ARENA_JOIN(arena, good, STR(".")), ERR_MALFORMED},
        {"padding", ARENA_JOIN(arena, good, STR("=")), ERR_MALFORMED},
        {"a line feed at the end", ARENA_JOIN(arena, good, STR("\n")), ERR_MALFORMED},
        {"a blank before", ARENA_JOIN(arena, STR(" "), good), ERR_MALFORMED},
        {"a blank within", ARENA_JOIN(arena, header, STR("."), payload, STR(". "), signature),
         ERR_MALFORMED},
        {"a signature cut by a character", str_slice(good, 0, good.len - 1), ERR_MALFORMED},
        {"a signature cut by three", str_slice(good, 0, good.len - 3), ERR_FORGED},
        {"a signature too long", ARENA_JOIN(arena, good, STR("AAAA")), ERR_FORGED},
        {"an empty payload", ARENA_JOIN(arena, header, STR(".."), signature), ERR_FORGED},
        {"payload for header", ARENA_JOIN(arena, payload, STR("."), payload, STR("."), signature),
         ERR_MALFORMED},
        {"a NUL within", ARENA_JOIN(arena, header, STR(".\0."), signature), ERR_FORGED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct claims claims;
        assert_error(cases[i].why, jwt_verify(cases[i].token, bench.ring, arena, &claims),
                     cases[i].err);
    }
    bench_release(&bench);
}

static void each_bit_of_a_token_counts(void **state)
{
    (void)state;
    struct bench bench;
    bench_init(&bench, STR(SECRET));
    str good = signed_payload(&bench, STR(GOOD_PAYLOAD));
    char *text = arena_bytes(&bench.arena, good.len);
    for (size_t i = 0; i < good.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            struct claims claims;
            memcpy(text, good.ptr, good.len);
            text[i] = (char)(text[i] ^ (1 << bit));
            enum error err = jwt_verify(str_of(text, good.len), bench.ring, &bench.arena, &claims);
            if (err != ERR_FORGED && err != ERR_MALFORMED)
                fail_msg("bit %d of byte %zu: came %s", bit, i, error_name(err));
        }
    bench_release(&bench);
}

static void parts_in_another_base64_are_refused_though_signed(void **state)
{
    (void)state;
    /* the signature is over the text, so a signer could write one payload in several ways */
    struct bench bench;
    struct claims claims;
    bench_init(&bench, STR(SECRET));
    str header = base64url_encode(&bench.arena, STR(GOOD_HEADER));
    static const struct {
        const char *why, *payload;
    } cases[] = {
        {"padding", "eyJhIjoxfQ=="},                /* {"a":1} */
        {"unused bits that are set", "eyJhIjoxfR"}, /* … in its last character */
        {"the other alphabet", "eyJhIjoiPz8/In0"},
        {"a line feed", "eyJhIjox\nfQ"},
        {"a length that cannot be", "eyJhIjoxf"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_error(
            cases[i].why,
            jwt_verify(sign_parts(&bench, bench.label_studio, header, str_from(cases[i].payload)),
                       bench.ring, &bench.arena, &claims),
            ERR_MALFORMED);
    bench_release(&bench);
}

static void a_token_has_at_most_8_kib(void **state)
{
    (void)state;
    struct bench bench;
    struct claims claims;
    str token;
    bench_init(&bench, STR(SECRET));
    char *text = arena_bytes(&bench.arena, 8192);
    memset(text, 'x', 8192);
    for (size_t len = 5900; len < 6200; len++) {
        str payload = ARENA_JOIN(&bench.arena, STR("{\"x\":\""), str_of(text, len), STR("\"}"));
        token = signed_payload(&bench, payload);
        assert_error("size", jwt_verify(token, bench.ring, &bench.arena, &claims),
                     token.len <= JWT_MAX_BYTES ? OK : ERR_MALFORMED);
        arena_reset(&bench.arena);
        text = arena_bytes(&bench.arena, 8192);
        memset(text, 'x', 8192);
    }
    claims = (struct claims){.present = CLAIM_JTI, .jti = str_of(text, 8000)};
    assert_error("nor is a longer one made",
                 jwt_sign(&claims, bench.label_studio, &bench.arena, &token), ERR_MALFORMED);
    bench_release(&bench);
}

static void both_readers_agree(void **state)
{
    (void)state;
    /* texts near our own form: where the quick reader says yes, the other must say the same */
    static const struct {
        const char *payload;
        bool quick;
    } cases[] = {
        {GOOD_PAYLOAD, true},
        {"{\"token_type\":\"a\",\"exp\":0,\"iat\":0,\"jti\":\"j\",\"user_id\":\"9\"}", true},
        {"{\"token_type\":\"a\",\"exp\":253402300799,\"iat\":999999999999,\"jti\":\"j\",\"user_"
         "id\":"
         "\"999999999999999999\"}",
         true},
        {"{\"token_type\":\"a\",\"exp\":253402300800,\"iat\":0,\"jti\":\"j\",\"user_id\":\"9\"}",
         false},
        {"{\"token_type\":\"a\",\"exp\":00,\"iat\":0,\"jti\":\"j\",\"user_id\":\"9\"}", false},
        {"{\"token_type\":\"a\",\"exp\":-1,\"iat\":0,\"jti\":\"j\",\"user_id\":\"9\"}", false},
        {"{\"token_type\":\"a\",\"exp\":1.0,\"iat\":0,\"jti\":\"j\",\"user_id\":\"9\"}", false},
        {"{\"token_type\":\"a\",\"exp\":,\"iat\":0,\"jti\":\"j\",\"user_id\":\"9\"}", false},
        {"{\"token_type\":\"\",\"exp\":1,\"iat\":0,\"jti\":\"j\",\"user_id\":\"9\"}", false},
        {"{\"token_type\":\"a\",\"exp\":1,\"iat\":0,\"jti\":\"\",\"user_id\":\"9\"}", false},
        {"{\"token_type\":\"a\",\"exp\":1,\"iat\":0,\"jti\":\"a\\u0041\",\"user_id\":\"9\"}",
         false},
        {"{\"token_type\":\"a\",\"exp\":1,\"iat\":0,\"jti\":\"\xC3\xA9\",\"user_id\":\"9\"}",
         false},
        {"{\"token_type\":\"a\",\"exp\":1,\"iat\":0,\"jti\":\"j\",\"user_id\":\"09\"}", false},
        {"{\"token_type\":\"a\",\"exp\":1,\"iat\":0,\"jti\":\"j\",\"user_id\":\"0\"}", false},
        {"{\"token_type\":\"a\",\"exp\":1,\"iat\":0,\"jti\":\"j\",\"user_id\":9}", false},
        {"{\"token_type\":\"a\",\"exp\":1,\"iat\":0,\"jti\":\"j\",\"user_id\":\"9\"} ", false},
        {"{\"token_type\":\"a\",\"exp\":1,\"iat\":0,\"jti\":\"j\",\"user_id\":\"9\"", false},
        {"{\"token_type\":\"a\",\"exp\":1,\"iat\":0,\"jti\":\"j\",\"user_id\":\"9\",\"x\":1}",
         false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena arena = {0};
        struct claims quick, json;
        str payload = str_from(cases[i].payload);
        bool is_quick = claims_read_quick(payload, &quick);
        if (is_quick != cases[i].quick)
            fail_msg("%s: the quick reader says %s", cases[i].payload, is_quick ? "yes" : "no");
        if (is_quick) {
            assert_ok(cases[i].payload, claims_read_json(payload, &arena, &json));
            assert_int_equal(quick.present, json.present);
            assert_int_equal(quick.unusable, json.unusable);
            assert_int_equal(quick.exp, json.exp);
            assert_int_equal(quick.iat, json.iat);
            assert_int_equal(quick.user_id, json.user_id);
            assert_str("type", quick.token_type, json.token_type);
            assert_str("jti", quick.jti, json.jti);
            assert_str("user", quick.user_id_json, json.user_id_json);
            assert_str("extra", quick.extra, json.extra);
        }
        arena_release(&arena);
    }
}

static int start(void **state)
{
    (void)state;
    return crypto_start() == OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unsecured_token_of_rfc_7519_is_refused),
        cmocka_unit_test(hostile_headers_are_refused),
        cmocka_unit_test(a_public_key_is_no_secret_for_hs256),
        cmocka_unit_test(hostile_payloads_are_refused_whole),
        cmocka_unit_test(odd_values_are_there_but_unusable),
        cmocka_unit_test(a_jti_has_at_most_255_bytes),
        cmocka_unit_test(a_changed_text_is_refused),
        cmocka_unit_test(each_bit_of_a_token_counts),
        cmocka_unit_test(parts_in_another_base64_are_refused_though_signed),
        cmocka_unit_test(a_token_has_at_most_8_kib),
        cmocka_unit_test(both_readers_agree),
    };
    return cmocka_run_group_tests_name("jwt_hostile", tests, start, NULL);
}
