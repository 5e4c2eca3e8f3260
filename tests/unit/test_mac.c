/* HMAC-SHA256, SHA-256 and HKDF against the standards' own vectors. */
#include "unit/test.h"

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/hkdf.h"
#include "crypto/mac.h"
#include "vectors/vectors.h"

static str repeat(unsigned char byte, size_t count, struct arena *arena)
{
    char *text = arena_bytes(arena, count);
    memset(text, byte, count);
    return str_of(text, count);
}

static str mac_hex(str key, str data, struct arena *arena)
{
    struct mac_key mac_key;
    unsigned char mac[MAC_BYTES];
    mac_key_init(&mac_key, key);
    mac_compute(&mac_key, data, mac);
    mac_key_release(&mac_key);
    return hex_encode(arena, str_of((const char *)mac, sizeof(mac)));
}

static void macs_are_those_of_rfc_4231(void **state)
{
    (void)state;
    struct arena arena = {0};
    const struct {
        const char *section;
        str key, data;
        const char *mac;
    } cases[] = {
        {"4.2", repeat(0x0b, 20, &arena), STR("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"4.3", STR("Jefe"), STR("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"4.4", repeat(0xaa, 20, &arena), repeat(0xdd, 50, &arena),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {"4.5", bytes_of_hex("0102030405060708090a0b0c0d0e0f10111213141516171819", &arena),
         repeat(0xcd, 50, &arena),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {"4.7", repeat(0xaa, 131, &arena),
         STR("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"4.8", repeat(0xaa, 131, &arena),
         STR("This is a test using a larger than block-size key and a larger than block-size data. "
             "The key needs to be hashed before being used by the HMAC algorithm."),
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_str(cases[i].section, mac_hex(cases[i].key, cases[i].data, &arena),
                   str_from(cases[i].mac));
    arena_release(&arena);
}

static void check_mac(json_t *group, json_t *test, struct arena *arena)
{
    (void)group;
    struct mac_key mac_key;
    mac_key_init(&mac_key, vector_bytes(test, "key", arena));
    bool holds =
        mac_holds(&mac_key, vector_bytes(test, "msg", arena), vector_bytes(test, "tag", arena));
    if (holds != vector_is_valid(test))
        fail_msg("case %d: wrongly %s", vector_number(test), holds ? "accepted" : "refused");
}

static void macs_are_those_of_wycheproof(void **state)
{
    (void)state;
    vectors_each("wycheproof_hmac_sha256.json", check_mac);
}

static void a_cut_mac_does_not_hold(void **state)
{
    (void)state;
    struct mac_key mac_key;
    unsigned char mac[MAC_BYTES];
    mac_key_init(&mac_key, STR("key"));
    mac_compute(&mac_key, STR("data"), mac);
    assert_true(mac_holds(&mac_key, STR("data"), str_of((const char *)mac, MAC_BYTES)));
    assert_false(mac_holds(&mac_key, STR("data"), str_of((const char *)mac, MAC_BYTES - 1)));
    assert_false(mac_holds(&mac_key, STR("data"), STR("")));
    assert_false(mac_holds(&mac_key, STR("date"), str_of((const char *)mac, MAC_BYTES)));
}

static void lengths_around_the_block_agree_with_one_another(void **state)
{
    (void)state;
    /* A key of exactly one block is used as it is, one byte more and it is hashed (RFC 2104 2): a
     * key's zero bytes at the end count only then. */
    struct arena arena = {0};
    str key_64 = repeat('k', 64, &arena), key_65 = repeat('k', 65, &arena);
    unsigned char digest[DIGEST_BYTES];
    sha256(key_65, digest);
    assert_str("a long key is its hash", mac_hex(key_65, STR("x"), &arena),
               mac_hex(str_of((const char *)digest, sizeof(digest)), STR("x"), &arena));
    sha256(key_64, digest);
    assert_false(
        str_equal(mac_hex(key_64, STR("x"), &arena),
                  mac_hex(str_of((const char *)digest, sizeof(digest)), STR("x"), &arena)));
    arena_release(&arena);
}

static void digests_are_those_of_fips_180(void **state)
{
    (void)state;
    struct arena arena = {0};
    const struct {
        const char *why;
        str data;
        const char *digest;
    } cases[] = {
        {"nothing", STR(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", STR("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"two blocks", STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned char digest[DIGEST_BYTES];
        sha256(cases[i].data, digest);
        assert_str(cases[i].why, hex_encode(&arena, str_of((const char *)digest, sizeof(digest))),
                   str_from(cases[i].digest));
    }
    arena_release(&arena);
}

static void subkeys_are_those_of_rfc_5869(void **state)
{
    (void)state;
    struct arena arena = {0};
    /* the first 32 bytes of each OKM: one block of output */
    const struct {
        const char *section;
        str key, salt, info;
        const char *out;
    } cases[] = {
        {"A.1", repeat(0x0b, 22, &arena), bytes_of_hex("000102030405060708090a0b0c", &arena),
         bytes_of_hex("f0f1f2f3f4f5f6f7f8f9", &arena),
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"},
        {"A.3", repeat(0x0b, 22, &arena), STR(""), STR(""),
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned char out[HKDF_BYTES];
        hkdf(cases[i].key, cases[i].salt, cases[i].info, out);
        assert_str(cases[i].section, hex_encode(&arena, str_of((const char *)out, sizeof(out))),
                   str_from(cases[i].out));
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macs_are_those_of_rfc_4231),
        cmocka_unit_test(macs_are_those_of_wycheproof),
        cmocka_unit_test(a_cut_mac_does_not_hold),
        cmocka_unit_test(lengths_around_the_block_agree_with_one_another),
        cmocka_unit_test(digests_are_those_of_fips_180),
        cmocka_unit_test(subkeys_are_those_of_rfc_5869),
    };
    return cmocka_run_group_tests_name("mac", tests, NULL, NULL);
}
