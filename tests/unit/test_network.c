#include "unit/test.h"

#include "base/network.h"

static struct arena arena;

static int clear(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void addresses_and_networks_have_one_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *text, *spelling; /* NULL: refused */
    } cases[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"192.0.2.7/32", "192.0.2.7"},
        {"10.0.0.0/8", "10.0.0.0/8"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"10.1.2.3/8", "10.1.2.3/8"},
        {"2001:DB8::1", "2001:db8::1"},
        {"2001:0db8:0:0::/32", "2001:db8::/32"},
        {"::/0", "::/0"},
        {"::1", "::1"},
        {"::1/128", "::1"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
        {"::ffff:c000:207", "192.0.2.7"},
        {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
        {"::ffff:0.0.0.0/96", "0.0.0.0/0"},
        {"::ffff:10.0.0.0/95", NULL},
        {"::ffff:10.0.0.0/129", NULL},
        {"10.0.0.0/33", NULL},
        {"10.0.0.0/", NULL},
        {"10.0.0.0/08", NULL},
        {"10.0.0.0/-1", NULL},
        {"10.0.0.0/-0", NULL},
        {"10.0.0.0/+8", NULL},
        {"10.0.0.0/8/8", NULL},
        {"10.0.0.0/8 ", NULL},
        {" 10.0.0.0", NULL},
        {"10.0.0", NULL},
        {"10.0.0.256", NULL},
        {"010.0.0.1", NULL},
        {"0x0a.0.0.1", NULL},
        {"167772161", NULL},
        {"2001:db8::/129", NULL},
        {"2001:db8:::1", NULL},
        {"fe80::1%eth0", NULL},
        {"[::1]", NULL},
        {"127.0.0.1:80", NULL},
        {"localhost", NULL},
        {"unix", NULL},
        {"*", NULL},
        {"", NULL},
        {"/8", NULL},
        {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct network network;
        enum error err = network_read(str_from(cases[i].text), &network);
        assert_error(cases[i].text, err, cases[i].spelling ? OK : ERR_MALFORMED);
        if (!err)
            assert_str(cases[i].text, network_text(&network, &arena), str_from(cases[i].spelling));
    }
    struct network network;
    assert_error("a NUL within", network_read(STR("10.0.0.1\0"), &network), ERR_MALFORMED);
}

static void an_address_is_in_a_network_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *network, *address;
        bool in;
    } cases[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.0.0.0/9", "10.127.0.1", true},
        {"10.0.0.0/9", "10.128.0.1", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.8", false},
        {"192.0.2.7", "::ffff:192.0.2.7", true},
        {"::ffff:192.0.2.7", "192.0.2.7", true},
        {"0.0.0.0/0", "1.2.3.4", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "::1", true},
        {"::/0", "1.2.3.4", false},
        {"::/0", "::ffff:1.2.3.4", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::1", "::1", true},
        {"::", "::1", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct network network;
        struct ip_address address;
        assert_ok(cases[i].network, network_read(str_from(cases[i].network), &network));
        assert_ok(cases[i].address, ip_address_read(str_from(cases[i].address), &address));
        if (network_has(&network, &address) != cases[i].in)
            fail_msg("%s in %s", cases[i].address, cases[i].network);
    }
    struct network all;
    const struct ip_address none = {0};
    assert_ok("all", network_read(STR("0.0.0.0/0"), &all));
    assert_false(network_has(&all, &none));
}

static void a_network_covers_what_is_within(void **state)
{
    (void)state;
    static const struct {
        const char *outer, *inner;
        bool covers;
    } cases[] = {
        {"10.0.0.0/8", "10.0.0.0/8", true},   {"10.0.0.0/8", "10.2.0.0/16", true},
        {"10.0.0.0/8", "10.2.3.4", true},     {"10.0.0.0/8", "0.0.0.0/0", false},
        {"10.0.0.0/16", "10.0.0.0/8", false}, {"10.0.0.0/8", "11.0.0.0/16", false},
        {"::/0", "10.0.0.0/8", false},        {"0.0.0.0/0", "::1", false},
        {"::/0", "2001:db8::/32", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct network outer, inner;
        assert_ok(cases[i].outer, network_read(str_from(cases[i].outer), &outer));
        assert_ok(cases[i].inner, network_read(str_from(cases[i].inner), &inner));
        if (network_covers(&outer, &inner) != cases[i].covers)
            fail_msg("%s covers %s", cases[i].outer, cases[i].inner);
    }
}

static void host_bits_are_seen(void **state)
{
    (void)state;
    static const struct {
        const char *text, *without; /* NULL: there are none */
    } cases[] = {
        {"10.0.0.0/8", NULL},
        {"10.0.0.1/8", "10.0.0.0/8"},
        {"10.1.2.3", NULL},
        {"10.1.2.3/31", "10.1.2.2/31"},
        {"0.0.0.1/0", "0.0.0.0/0"},
        {"2001:db8::1/32", "2001:db8::/32"},
        {"2001:db8::/32", NULL},
        {"::1", NULL},
        {"::ffff:10.1.2.3/104", "10.0.0.0/8"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct network network;
        assert_ok(cases[i].text, network_read(str_from(cases[i].text), &network));
        assert_int_equal(network_has_host_bits(&network), cases[i].without != NULL);
        struct network plain = network_without_host_bits(&network);
        if (cases[i].without)
            assert_str(cases[i].text, network_text(&plain, &arena), str_from(cases[i].without));
    }
}

static void a_caller_is_an_address_or_the_network_that_is_in_one_hand(void **state)
{
    (void)state;
    static const struct {
        const char *address, *caller;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"2001:db8:1:2::", "2001:db8:1:2::/64"},
        {"2001:db8:1:3::1", "2001:db8:1:3::/64"},
        {"unknown", "unknown"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_str(cases[i].address, network_of_caller(str_from(cases[i].address), &arena),
                   str_from(cases[i].caller));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(addresses_and_networks_have_one_spelling, clear),
        cmocka_unit_test_teardown(an_address_is_in_a_network_or_not, clear),
        cmocka_unit_test_teardown(a_network_covers_what_is_within, clear),
        cmocka_unit_test_teardown(host_bits_are_seen, clear),
        cmocka_unit_test_teardown(a_caller_is_an_address_or_the_network_that_is_in_one_hand, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
