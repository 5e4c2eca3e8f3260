#include "unit/test.h"

#include "http/negotiate.h"

/* RFC 9110 12.5.3 */
static void a_coding_is_wanted_as_the_header_says(void **state)
{
    (void)state;
    static const struct {
        const char *header, *coding;
        unsigned quality;
    } cases[] = {
        {"", "br", 0},
        {"", "identity", 1},
        {"br", "br", 1000},
        {"gzip, deflate, br", "br", 1000},
        {"GZIP", "gzip", 1000},
        {"gzip;q=0.5, br;q=0.25", "gzip", 500},
        {"gzip;q=0.5, br;q=0.25", "br", 250},
        {"gzip; q=0.123", "gzip", 123},
        {"gzip;q=1.000", "gzip", 1000},
        {"gzip;q=0", "gzip", 0},
        {"gzip;q=0.0", "gzip", 0},
        {"*", "br", 1000},
        {"*;q=0", "identity", 0},
        {"*;q=0, br", "br", 1000},
        {"identity;q=0, br", "identity", 0},
        {"br, *;q=0.5", "identity", 500},
        {"br", "identity", 1},
        {"brr, xbr", "br", 0},
        {"gzip;q=nonsense", "gzip", 1000},
        {"gzip;q=0.1234567", "gzip", 123},
        {"gzip;q=9", "gzip", 1000},
        {",,;;=, br", "br", 1000},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned got = coding_quality(str_from(cases[i].header), str_from(cases[i].coding));
        if (got != cases[i].quality)
            fail_msg("'%s' wants %s with %u, not %u", cases[i].header, cases[i].coding,
                     cases[i].quality, got);
    }
}

/* RFC 9110 13.1.2: compared weakly */
static void a_tag_is_found_among_several(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool names;
    } cases[] = {
        {"", false},       {"\"a\"", true},        {"W/\"a\"", true},
        {"\"b\"", false},  {"\"b\", \"a\"", true}, {"\"b\",W/\"a\"", true},
        {"*", true},       {"a", false},           {"\"a", false},
        {"\"aa\"", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (none_match_names(str_from(cases[i].header), STR("\"a\"")) != cases[i].names)
            fail_msg("%s %s \"a\"", cases[i].header, cases[i].names ? "names" : "does not name");
}

static void a_tag_changes_with_either_part(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    str tag = etag_of(&arena, STR("page"), STR("base"));
    assert_true(str_equal(tag, etag_of(&arena, STR("page"), STR("base"))));
    assert_false(str_equal(tag, etag_of(&arena, STR("page"), STR("bases"))));
    assert_false(str_equal(tag, etag_of(&arena, STR("pages"), STR("base"))));
    assert_false(str_equal(tag, etag_of(&arena, STR("pageb"), STR("ase"))));
    assert_int_equal(tag.len, 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_coding_is_wanted_as_the_header_says),
        cmocka_unit_test(a_tag_is_found_among_several),
        cmocka_unit_test(a_tag_changes_with_either_part),
    };
    return cmocka_run_group_tests_name("negotiate", tests, NULL, NULL);
}
