#include "unit/test.h"

static void numbers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum error err;
        int64_t value;
    } cases[] = {
        {"0", OK, 0},
        {"-1", OK, -1},
        {"9223372036854775807", OK, INT64_MAX},
        {"-9223372036854775808", OK, INT64_MIN},
        {"9223372036854775808", ERR_MALFORMED, 0},
        {"-9223372036854775809", ERR_MALFORMED, 0},
        {"", ERR_MALFORMED, 0},
        {"-", ERR_MALFORMED, 0},
        {"+1", ERR_MALFORMED, 0},
        {" 1", ERR_MALFORMED, 0},
        {"1 ", ERR_MALFORMED, 0},
        {"0x10", ERR_MALFORMED, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t value = 0;
        assert_error(cases[i].text, str_to_i64(str_from(cases[i].text), &value), cases[i].err);
        if (value != cases[i].value)
            fail_msg("'%s' was read as %lld", cases[i].text, (long long)value);
    }
}

static void only_well_formed_utf8_passes(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        str text;
        bool good;
    } cases[] = {
        {"ASCII", STR_INIT("abc"), true},
        {"two bytes", STR_INIT("\xC3\xA9"), true},
        {"four bytes", STR_INIT("\xF0\x9F\x94\x91"), true},
        {"the last code point", STR_INIT("\xF4\x8F\xBF\xBF"), true},
        {"past the last code point", STR_INIT("\xF4\x90\x80\x80"), false},
        {"a surrogate", STR_INIT("\xED\xA0\x80"), false},
        {"an overlong slash", STR_INIT("\xC0\xAF"), false},
        {"overlong, three bytes", STR_INIT("\xE0\x80\xAF"), false},
        {"cut short", STR_INIT("\xE2\x82"), false},
        {"a lone continuation", STR_INIT("\x80"), false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (str_is_utf8(cases[i].text) != cases[i].good)
            fail_msg("%s: wrongly %s", cases[i].why, cases[i].good ? "refused" : "let through");
}

static void pieces_are_counted_as_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int pieces;
    } cases[] = {{"", 1}, {"a", 1}, {"a,b", 2}, {"a,,b", 3}, {",", 2}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str_pieces pieces = str_pieces(str_from(cases[i].text), ',');
        str piece;
        int count = 0;
        while (str_next_piece(&pieces, &piece))
            count++;
        if (count != cases[i].pieces)
            fail_msg("'%s' has %d pieces, not %d", cases[i].text, count, cases[i].pieces);
    }
}

static void secrets_are_equal_only_byte_for_byte(void **state)
{
    (void)state;
    assert_true(equal_secret(STR("abc"), STR("abc")));
    assert_false(equal_secret(STR("abc"), STR("abd")));
    assert_false(equal_secret(STR("abc"), STR("ab")));
    assert_true(equal_secret(STR(""), STR("")));
}

/* At each place of texts of each length: they are looked at eight bytes at a time. */
static void each_byte_is_looked_at(void **state)
{
    (void)state;
    char text[20];
    for (size_t len = 1; len <= sizeof(text); len++)
        for (size_t at = 0; at < len; at++)
            for (int byte = 0; byte < 256; byte++) {
                memset(text, 'a', sizeof(text));
                text[at] = (char)byte;
                bool is_control = byte < 0x20 || byte == 0x7F;
                if (str_has_control(str_of(text, len)) != is_control)
                    fail_msg("str_has_control: byte 0x%02X at %zu of %zu", byte, at, len);
                bool is_visible = byte >= 0x21 && byte <= 0x7E;
                if (str_is_visible(str_of(text, len)) != is_visible)
                    fail_msg("str_is_visible: byte 0x%02X at %zu of %zu", byte, at, len);
            }
    assert_false(str_has_control(STR("")));
    assert_true(str_is_visible(STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(only_well_formed_utf8_passes),
        cmocka_unit_test(pieces_are_counted_as_written),
        cmocka_unit_test(each_byte_is_looked_at),
        cmocka_unit_test(secrets_are_equal_only_byte_for_byte),
    };
    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
