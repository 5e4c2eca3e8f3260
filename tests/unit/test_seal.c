#include "unit/test.h"

#include "crypto/random.h"
#include "crypto/seal.h"
#include "vectors/vectors.h"

static const unsigned char key[SEAL_KEY_BYTES] = {1, 2, 3};
static const unsigned char other_key[SEAL_KEY_BYTES] = {1, 2, 4};

static void what_was_sealed_opens_for_its_context_only(void **state)
{
    (void)state;
    struct arena arena = {0};
    str sealed = seal(key, &arena, STR("a secret"), STR("user 1")), plain;
    assert_int_equal(sealed.len, STR("a secret").len + SEAL_EXTRA_BYTES);
    assert_ok("its own", unseal(key, &arena, sealed, STR("user 1"), &plain));
    assert_str("its own", plain, STR("a secret"));
    assert_error("another user", unseal(key, &arena, sealed, STR("user 2"), &plain), ERR_FORGED);
    assert_error("no context", unseal(key, &arena, sealed, STR(""), &plain), ERR_FORGED);
    assert_error("another key", unseal(other_key, &arena, sealed, STR("user 1"), &plain),
                 ERR_FORGED);
    arena_release(&arena);
}

static void every_changed_byte_and_every_cut_is_noticed(void **state)
{
    (void)state;
    struct arena arena = {0};
    str sealed = seal(key, &arena, STR("xyz"), STR("c")), plain = STR("untouched");
    for (size_t i = 0; i < sealed.len; i++) {
        char *changed = arena_bytes(&arena, sealed.len);
        memcpy(changed, sealed.ptr, sealed.len);
        changed[i] ^= 1;
        assert_error("changed", unseal(key, &arena, str_of(changed, sealed.len), STR("c"), &plain),
                     ERR_FORGED);
        assert_error("cut", unseal(key, &arena, str_slice(sealed, 0, i), STR("c"), &plain),
                     ERR_FORGED);
    }
    assert_str("nothing came out", plain, STR("untouched"));
    arena_release(&arena);
}

static void nothing_can_be_sealed_and_no_two_seals_are_alike(void **state)
{
    (void)state;
    struct arena arena = {0};
    str a = seal(key, &arena, STR(""), STR("c")), b = seal(key, &arena, STR(""), STR("c"));
    str plain = STR("?");
    assert_false(str_equal(a, b));
    assert_ok("empty", unseal(key, &arena, a, STR("c"), &plain));
    assert_str("empty", plain, STR(""));
    arena_release(&arena);
}

static void check_opening(json_t *group, json_t *test, struct arena *arena)
{
    (void)group;
    str pieces[] = {vector_bytes(test, "iv", arena), vector_bytes(test, "ct", arena),
                    vector_bytes(test, "tag", arena)};
    str plain, sealed = arena_join(arena, pieces, COUNT_OF(pieces));
    enum error err = unseal((const unsigned char *)vector_bytes(test, "key", arena).ptr, arena,
                            sealed, vector_bytes(test, "aad", arena), &plain);
    char why[32];
    snprintf(why, sizeof(why), "case %d", vector_number(test));
    assert_error(why, err, vector_is_valid(test) ? OK : ERR_FORGED);
    if (!err)
        assert_str(why, plain, vector_bytes(test, "msg", arena));
}

static void seals_are_those_of_wycheproof(void **state)
{
    (void)state;
    vectors_each("wycheproof_xchacha20_poly1305.json", check_opening);
}

static void random_texts_use_the_whole_alphabet_evenly(void **state)
{
    (void)state;
    struct arena arena = {0};
    size_t counts[3] = {0};
    str text = random_text(&arena, STR("abc"), 30000);
    for (size_t i = 0; i < text.len; i++) {
        assert_true(str_has(STR("abc"), text.ptr[i]));
        counts[text.ptr[i] - 'a']++;
    }
    for (size_t i = 0; i < COUNT_OF(counts); i++) /* 10000 ± 9 standard deviations */
        if (counts[i] < 9250 || counts[i] > 10750)
            fail_msg("'%c' came %zu times of 30000", (char)('a' + i), counts[i]);
    assert_str("one letter", random_text(&arena, STR("z"), 3), STR("zzz"));
    assert_int_equal(random_hex(&arena, 20).len, 40);
    assert_false(str_equal(random_hex(&arena, 20), random_hex(&arena, 20)));
    arena_release(&arena);
}

static int start(void **state)
{
    (void)state;
    return crypto_start() == OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_opens_for_its_context_only),
        cmocka_unit_test(every_changed_byte_and_every_cut_is_noticed),
        cmocka_unit_test(nothing_can_be_sealed_and_no_two_seals_are_alike),
        cmocka_unit_test(seals_are_those_of_wycheproof),
        cmocka_unit_test(random_texts_use_the_whole_alphabet_evenly),
    };
    return cmocka_run_group_tests_name("seal", tests, start, NULL);
}
