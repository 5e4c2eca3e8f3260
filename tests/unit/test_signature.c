#include "unit/test.h"

#include "base/encoding.h"
#include "crypto/random.h"
#include "crypto/signature.h"
#include "vectors/vectors.h"

static void check_signature(enum jwt_algorithm algorithm, json_t *group, json_t *test,
                            struct arena *arena)
{
    struct signing_key *key = NULL;
    char why[32];
    snprintf(why, sizeof(why), "case %d", vector_number(test));
    assert_ok(why, signing_key_import_public(algorithm, STR(""),
                                             vector_bytes(group, "publicKeyDer", arena), &key));
    enum error err =
        signature_check(key, vector_bytes(test, "msg", arena), vector_bytes(test, "sig", arena));
    signing_key_free(key);
    if (!vector_is_open(test))
        assert_error(why, err, vector_is_valid(test) ? OK : ERR_FORGED);
}

static void check_es256(json_t *group, json_t *test, struct arena *arena)
{
    check_signature(JWT_ES256, group, test, arena);
}

static void check_eddsa(json_t *group, json_t *test, struct arena *arena)
{
    check_signature(JWT_EDDSA, group, test, arena);
}

static void check_rs256(json_t *group, json_t *test, struct arena *arena)
{
    check_signature(JWT_RS256, group, test, arena);
}

static void signatures_are_judged_as_wycheproof_says(void **state)
{
    (void)state;
    vectors_each("wycheproof_ecdsa_p256_p1363.json", check_es256);
    vectors_each("wycheproof_ed25519.json", check_eddsa);
    vectors_each("wycheproof_rsa_2048_sha256.json", check_rs256);
}

static void an_ed25519_signature_is_that_of_rfc_8037(void **state)
{
    (void)state;
    /* Appendix A.1 and A.4; PKCS#8 is a fixed head before the 32 bytes of "d" */
    struct arena arena = {0};
    struct signing_key *key = NULL;
    struct signature signature;
    str d, pkcs8, data = STR("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
    assert_ok("d",
              base64url_decode(&arena, STR("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"), &d));
    pkcs8 = ARENA_JOIN(&arena, bytes_of_hex("302e020100300506032b657004220420", &arena), d);
    assert_ok("import", signing_key_import(JWT_EDDSA, STR("k"), pkcs8, &key));
    assert_ok("sign", signature_make(key, data, &signature));
    assert_str("signature",
               base64url_encode(&arena, str_of((const char *)signature.bytes, signature.len)),
               STR("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_"
                   "MuM0KAg"));
    assert_str(
        "jwk", signing_key_jwk(key, &arena),
        STR("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIa"
            "aPcHURo\",\"use\":\"sig\",\"alg\":\"EdDSA\",\"kid\":\"k\"}"));
    signing_key_free(key);
    arena_release(&arena);
}

static void check_jwk(enum jwt_algorithm algorithm, str jwk)
{
    static const char *const kty[] = {[JWT_EDDSA] = "\"kty\":\"OKP\"",
                                      [JWT_ES256] = "\"kty\":\"EC\"",
                                      [JWT_RS256] = "\"kty\":\"RSA\""};
    json_t *root = json_loadb(jwk.ptr, jwk.len, JSON_REJECT_DUPLICATES, NULL);
    if (algorithm == JWT_HS256) {
        assert_str("a secret has no public half", jwk, STR(""));
        return;
    }
    assert_non_null(root);
    assert_true(str_contains(jwk, str_from(kty[algorithm])));
    assert_null(json_object_get(root, "d"));
    assert_string_equal(json_string_value(json_object_get(root, "kid")), "key-1");
    json_decref(root);
}

static void a_key_of_each_algorithm_survives_export_and_import(void **state)
{
    (void)state;
    for (enum jwt_algorithm a = JWT_HS256; a <= JWT_RS256; a++) {
        struct arena arena = {0};
        struct signing_key *key = NULL, *again = NULL;
        struct signature signature;
        str exported, name = jwt_algorithm_name(a);
        assert_ok(name.ptr, signing_key_generate(a, STR("key-1"), &key));
        assert_ok(name.ptr, signature_make(key, STR("data"), &signature));
        assert_ok(name.ptr, signing_key_export(key, &arena, &exported));
        assert_ok(name.ptr, signing_key_import(a, STR("key-1"), exported, &again));
        str made = str_of((const char *)signature.bytes, signature.len);
        assert_ok(name.ptr, signature_check(again, STR("data"), made));
        assert_error(name.ptr, signature_check(again, STR("date"), made), ERR_FORGED);
        assert_error(name.ptr, signature_check(again, STR("data"), str_slice(made, 1, 999)),
                     ERR_FORGED);
        assert_error(name.ptr, signature_check(again, STR("data"), STR("")), ERR_FORGED);
        check_jwk(a, signing_key_jwk(key, &arena));
        signing_key_free(key);
        signing_key_free(again);
        arena_release(&arena);
    }
    signing_key_free(NULL);
}

static void keys_of_other_kinds_are_refused(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct signing_key *ec = NULL, *ed = NULL, *none = NULL;
    str ec_form, ed_form;
    assert_ok("EC", signing_key_generate(JWT_ES256, STR(""), &ec));
    assert_ok("OKP", signing_key_generate(JWT_EDDSA, STR(""), &ed));
    assert_ok("EC", signing_key_export(ec, &arena, &ec_form));
    assert_ok("OKP", signing_key_export(ed, &arena, &ed_form));
    const struct {
        const char *why;
        enum jwt_algorithm algorithm;
        str kid, form;
    } cases[] = {
        {"an EC key for EdDSA", JWT_EDDSA, STR(""), ec_form},
        {"an EC key for RS256", JWT_RS256, STR(""), ec_form},
        {"an Ed25519 key for ES256", JWT_ES256, STR(""), ed_form},
        {"a cut key", JWT_ES256, STR(""), str_slice(ec_form, 0, ec_form.len - 1)},
        {"bytes after the key", JWT_ES256, STR(""), ARENA_JOIN(&arena, ec_form, STR("x"))},
        {"nothing", JWT_ES256, STR(""), STR("")},
        {"an empty secret", JWT_HS256, STR(""), STR("")},
        {"a kid with a quote", JWT_HS256, STR("a\"b"), STR("secret")},
        {"a kid with a line feed", JWT_HS256, STR("a\nb"), STR("secret")},
        {"a kid too long", JWT_HS256,
         STR("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"), STR("secret")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_error(cases[i].why,
                     signing_key_import(cases[i].algorithm, cases[i].kid, cases[i].form, &none),
                     ERR_MALFORMED);
        assert_null(none);
    }
    signing_key_free(ec);
    signing_key_free(ed);
    arena_release(&arena);
}

static void a_public_key_verifies_only(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct signing_key *key = NULL;
    struct signature signature;
    str out;
    /* the key of Wycheproof's first Ed25519 group */
    str form = bytes_of_hex(
        "302a300506032b65700321007d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
        &arena);
    assert_ok("import", signing_key_import_public(JWT_EDDSA, STR(""), form, &key));
    assert_error("sign", signature_make(key, STR("x"), &signature), ERR_FORBIDDEN);
    assert_error("export", signing_key_export(key, &arena, &out), ERR_FORBIDDEN);
    signing_key_free(key);
    arena_release(&arena);
}

static void algorithms_have_exactly_their_names(void **state)
{
    (void)state;
    enum jwt_algorithm algorithm;
    assert_ok("HS256", jwt_algorithm_find(STR("HS256"), &algorithm));
    assert_int_equal(algorithm, JWT_HS256);
    static const char *const others[] = {"hs256", "none", "HS512", "", "HS256 ", "ES384"};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_error(others[i], jwt_algorithm_find(str_from(others[i]), &algorithm),
                     ERR_UNSUPPORTED_TYPE);
}

static int start(void **state)
{
    (void)state;
    return crypto_start() == OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_judged_as_wycheproof_says),
        cmocka_unit_test(an_ed25519_signature_is_that_of_rfc_8037),
        cmocka_unit_test(a_key_of_each_algorithm_survives_export_and_import),
        cmocka_unit_test(keys_of_other_kinds_are_refused),
        cmocka_unit_test(a_public_key_verifies_only),
        cmocka_unit_test(algorithms_have_exactly_their_names),
    };
    return cmocka_run_group_tests_name("signature", tests, start, NULL);
}
