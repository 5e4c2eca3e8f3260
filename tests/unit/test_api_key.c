/* API keys, legacy tokens, and telling credentials apart. */
#include "unit/test.h"

#include "crypto/random.h"
#include "token/api_key.h"
#include "token/form.h"
#include "token/legacy.h"

/* The checksums come from another implementation: CRC-32 of this is 0x963fbb8e. */
#define ZEROS "0000000000000000000000000000000000000000"
#define KEY_OF_ZEROS "lk_" ZEROS "2kaqcA"

static void a_new_key_is_well_formed_and_like_no_other(void **state)
{
    (void)state;
    struct arena arena = {0};
    str one = api_key_new(&arena), two = api_key_new(&arena);
    assert_int_equal(one.len, API_KEY_BYTES);
    assert_true(api_key_is_well_formed(one));
    assert_true(api_key_is_well_formed(two));
    assert_false(str_equal(one, two));
    assert_str("hint", api_key_hint(one), str_slice(one, 0, 8));
    arena_release(&arena);
}

static void the_checksum_is_the_documented_one(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        bool good;
    } cases[] = {
        {"zeros", KEY_OF_ZEROS, true},
        {"letters", "lk_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN2a8zJO", true},
        {"a checksum that begins with 0", "lk_iQmFEXbRaG00p9nUjmxy9xuuM4zcxsFZftZ98P8d0043HA",
         true},
        {"another prefix", "lK_" ZEROS "2kaqcA", false},
        {"too short", "lk_" ZEROS "2kaqc", false},
        {"too long", KEY_OF_ZEROS "0", false},
        {"a character that is no base62", "lk_0000000000000000000-000000000000000000002kaqcA",
         false},
        {"nothing", "", false},
        {"the prefix", "lk_", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (api_key_is_well_formed(str_from(cases[i].text)) != cases[i].good)
            fail_msg("%s: '%s' is wrongly %s", cases[i].why, cases[i].text,
                     cases[i].good ? "refused" : "accepted");
}

static void any_mistyped_character_is_noticed(void **state)
{
    (void)state;
    struct arena arena = {0};
    str key = api_key_new(&arena);
    for (size_t i = 0; i < key.len; i++) {
        char *typed = arena_bytes(&arena, key.len);
        memcpy(typed, key.ptr, key.len);
        typed[i] = typed[i] == 'x' ? 'y' : 'x';
        assert_false(api_key_is_well_formed(str_of(typed, key.len)));
    }
    arena_release(&arena);
}

static void legacy_tokens_have_6_to_40_visible_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"0123456789abcdef0123456789abcdef01234567", true},
        {"0123456789abcdef0123456789abcdef012345678", false},
        {"secret", true},
        {"short", false},
        {"", false},
        {"with blank", false},
        {"tab\tbed", false},
        {"ab\x7f"
         "cde",
         false},
        {"caf\xC3\xA9s", false},
        {"!~!~!~", true},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (legacy_is_well_formed(str_from(cases[i].text)) != cases[i].good)
            fail_msg("'%s' is wrongly %s", cases[i].text, cases[i].good ? "refused" : "accepted");
    str made = legacy_new(&arena);
    assert_int_equal(made.len, 40);
    for (size_t i = 0; i < made.len; i++)
        assert_true(str_has(STR("0123456789abcdef"), made.ptr[i]));
    assert_false(str_equal(made, legacy_new(&arena)));
    arena_release(&arena);
}

static void the_form_tells_credentials_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum credential_form form;
    } cases[] = {
        {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxfQ.Vkcgx_UsRIj4jsOM75JY6NmZZBTJwAdgNZ6apUG",
         FORM_JWT},
        {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxfQAAAAAAAA", FORM_UNKNOWN}, /* cut */
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b.c.d", FORM_UNKNOWN},
        {"an.operators.own", FORM_LEGACY},
        {"0123456789abcdef0123456789abcdef01234567", FORM_LEGACY},
        {KEY_OF_ZEROS, FORM_API_KEY},
        {"lk_mistyped", FORM_API_KEY},
        {"lk", FORM_UNKNOWN},
        {"short", FORM_UNKNOWN},
        {"", FORM_UNKNOWN},
        {"two words", FORM_UNKNOWN},
        {"0123456789abcdef0123456789abcdef0123456789", FORM_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum credential_form form = credential_form(str_from(cases[i].text));
        if (form != cases[i].form)
            fail_msg("'%s': came %d, wanted %d", cases[i].text, form, cases[i].form);
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
        cmocka_unit_test(a_new_key_is_well_formed_and_like_no_other),
        cmocka_unit_test(the_checksum_is_the_documented_one),
        cmocka_unit_test(any_mistyped_character_is_noticed),
        cmocka_unit_test(legacy_tokens_have_6_to_40_visible_characters),
        cmocka_unit_test(the_form_tells_credentials_apart),
    };
    return cmocka_run_group_tests_name("api_key", tests, start, NULL);
}
