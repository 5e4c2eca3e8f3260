#include "unit/test.h"

#include "http/form.h"

static struct form form;

/* "name=value;" for each field; a file is "name:value;". */
static str shown(struct arena *arena)
{
    str text = STR("");
    for (size_t i = 0; i < form.count; i++)
        text = ARENA_JOIN(arena, text, form.fields[i].name,
                          form.fields[i].is_file ? STR(":") : STR("="), form.fields[i].value,
                          STR(";"));
    return text;
}

static void forms_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum error err;
        const char *fields;
    } cases[] = {
        {"", OK, ""},
        {"a=1", OK, "a=1;"},
        {"a=1&b=2", OK, "a=1;b=2;"},
        {"a=1&a=2", OK, "a=1;a=2;"},
        {"a", OK, "a=;"},
        {"=1", OK, "=1;"},
        {"a&&b&", OK, "a=;b=;"},
        {"a=b=c", OK, "a=b=c;"},
        {"a+b=c+d%2B", OK, "a b=c d+;"},
        {"%61=%C3%A9", OK, "a=\xC3\xA9;"},
        {"a;b=1", OK, "a;b=1;"},
        {"a=%", ERR_MALFORMED, ""},
        {"a=%4", ERR_MALFORMED, ""},
        {"%zz=1", ERR_MALFORMED, ""},
        {"a=%ff", ERR_MALFORMED, ""},
        {"%ff=a", ERR_MALFORMED, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_release) struct arena arena = {0};
        assert_error(cases[i].text, form_parse(&arena, str_from(cases[i].text), &form),
                     cases[i].err);
        if (!cases[i].err)
            assert_str(cases[i].text, shown(&arena), str_from(cases[i].fields));
    }
}

static void a_form_has_ceilings(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    static char text[4096];
    for (size_t i = 0; i < LIMIT_FORM_FIELDS + 1; i++)
        text[2 * i] = 'a', text[2 * i + 1] = '&';
    assert_ok("at it", form_parse(&arena, str_of(text, (size_t)2 * LIMIT_FORM_FIELDS), &form));
    assert_int_equal(form.count, LIMIT_FORM_FIELDS);
    assert_int_equal(form_count(&form, STR("a")), LIMIT_FORM_FIELDS);
    assert_error("over it", form_parse(&arena, str_of(text, 2 * LIMIT_FORM_FIELDS + 2), &form),
                 ERR_TOO_LARGE);
    memset(text, 'n', sizeof(text));
    assert_ok("a long name", form_parse(&arena, str_of(text, LIMIT_FIELD_NAME_BYTES), &form));
    assert_error("a longer one",
                 form_parse(&arena, str_of(text, LIMIT_FIELD_NAME_BYTES + 1), &form),
                 ERR_TOO_LARGE);
}

#define PART "--b\r\nContent-Disposition: form-data; "
#define END "\r\n--b--\r\n"

static void multipart_bodies_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        str body;
        enum error err;
        const char *fields;
    } cases[] = {
#define CASE(why, text, err, fields) {why, STR_INIT(text), err, fields}
        CASE("one field", PART "name=\"a\"\r\n\r\n1" END, OK, "a=1;"),
        CASE("two", PART "name=\"a\"\r\n\r\n1\r\n" PART "name=\"c\"\r\n\r\n2" END, OK, "a=1;c=2;"),
        CASE("an empty value", PART "name=\"a\"\r\n\r\n" END, OK, "a=;"),
        CASE("lines in a value", PART "name=\"a\"\r\n\r\n1\r\n\r\n--x\r\n" END, OK,
             "a=1\r\n\r\n--x\r\n;"),
        CASE("a file",
             PART "name=\"a\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\n1" END, OK,
             "a:1;"),
        CASE("a token name", PART "name=a\r\n\r\n1" END, OK, "a=1;"),
        CASE("quotes in a name", PART "name=\"a\\\"b\"\r\n\r\n1" END, OK, "a\"b=1;"),
        CASE("a semicolon in a name", PART "name=\"a;b\"\r\n\r\n1" END, OK, "a;b=1;"),
        CASE("other letter case", "--b\r\ncontent-disposition: FORM-DATA; NAME=\"a\"\r\n\r\n1" END,
             OK, "a=1;"),
        CASE("words before", "hello\r\n" PART "name=\"a\"\r\n\r\n1" END "and after", OK, "a=1;"),
        CASE("no part at all", "--b--\r\n", OK, ""),
        CASE("8bit", PART "name=\"a\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n1" END, OK, "a=1;"),
        CASE("base64", PART "name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==" END,
             ERR_MALFORMED, ""),
        CASE("no end", PART "name=\"a\"\r\n\r\n1\r\n", ERR_MALFORMED, ""),
        CASE("half an end", PART "name=\"a\"\r\n\r\n1\r\n--b", ERR_MALFORMED, ""),
        CASE("half a header", PART "name=\"a\"\r\n--b--\r\n", ERR_MALFORMED, ""),
        CASE("another boundary", "--c\r\n\r\n1\r\n--c--\r\n", ERR_MALFORMED, ""),
        CASE("a longer boundary", "--bb\r\nContent-Disposition: form-data; name=a\r\n\r\n1" END,
             ERR_MALFORMED, ""),
        CASE("no name", PART "x=\"a\"\r\n\r\n1" END, ERR_MALFORMED, ""),
        CASE("no disposition", "--b\r\nX: y\r\n\r\n1" END, ERR_MALFORMED, ""),
        CASE("not form-data", "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1" END,
             ERR_MALFORMED, ""),
        CASE("two names", PART "name=\"a\"; name=\"c\"\r\n\r\n1" END, ERR_MALFORMED, ""),
        CASE("an open quote", PART "name=\"a\r\n\r\n1" END, ERR_MALFORMED, ""),
        CASE("no colon", "--b\r\nContent-Disposition\r\n\r\n1" END, ERR_MALFORMED, ""),
        CASE("not UTF-8", PART "name=\"a\"\r\n\r\n\xff" END, ERR_MALFORMED, ""),
        CASE("a file may be", PART "name=\"a\"; filename=x\r\n\r\n\xff" END, OK, "a:\xff;"),
        CASE("nothing", "", ERR_MALFORMED, ""),
#undef CASE
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_release) struct arena arena = {0};
        assert_error(cases[i].why, form_parse_multipart(&arena, cases[i].body, STR("b"), &form),
                     cases[i].err);
        if (!cases[i].err)
            assert_str(cases[i].why, shown(&arena), str_from(cases[i].fields));
    }
}

static void a_boundary_is_checked(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    static char text[LIMIT_BOUNDARY_BYTES + 1];
    memset(text, 'x', sizeof(text));
    str longest = str_of(text, LIMIT_BOUNDARY_BYTES);
    str body = ARENA_JOIN(&arena, STR("--"), longest, STR("--"));
    assert_ok("the longest", form_parse_multipart(&arena, body, longest, &form));
    body = ARENA_JOIN(&arena, STR("--"), str_of(text, sizeof(text)), STR("--"));
    assert_error("longer", form_parse_multipart(&arena, body, str_of(text, sizeof(text)), &form),
                 ERR_MALFORMED);
    assert_error("none", form_parse_multipart(&arena, STR("----"), STR(""), &form), ERR_MALFORMED);
    assert_error("a line", form_parse_multipart(&arena, STR("--a\r\n--"), STR("a\r\n"), &form),
                 ERR_MALFORMED);
}

static void a_part_has_ceilings(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    static char text[LIMIT_PART_HEADER_BYTES];
    memset(text, 'x', sizeof(text));
    str long_header = ARENA_JOIN(&arena, STR("--b\r\nX: "), str_of(text, sizeof(text)),
                                 STR("\r\nContent-Disposition: form-data; name=a\r\n\r\n1" END));
    assert_error("its header", form_parse_multipart(&arena, long_header, STR("b"), &form),
                 ERR_TOO_LARGE);
    str body = STR("");
    for (int i = 0; i <= LIMIT_FORM_FIELDS; i++)
        body = ARENA_JOIN(&arena, body, STR(PART "name=a\r\n\r\n1\r\n"));
    body = ARENA_JOIN(&arena, body, STR("--b--"));
    assert_error("their number", form_parse_multipart(&arena, body, STR("b"), &form),
                 ERR_TOO_LARGE);
}

static void the_last_field_counts_and_files_do_not(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    str value = STR("");
    assert_ok("three",
              form_parse_multipart(&arena,
                                   STR(PART "name=a\r\n\r\n1\r\n" PART "name=a\r\n\r\n2\r\n" PART
                                            "name=a; filename=f\r\n\r\n3" END),
                                   STR("b"), &form));
    assert_true(form_get(&form, STR("a"), &value));
    assert_str("the last", value, STR("2"));
    assert_int_equal(form_count(&form, STR("a")), 3);
    assert_false(form_get(&form, STR("b"), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_read_strictly),
        cmocka_unit_test(a_form_has_ceilings),
        cmocka_unit_test(multipart_bodies_are_read_strictly),
        cmocka_unit_test(a_boundary_is_checked),
        cmocka_unit_test(a_part_has_ceilings),
        cmocka_unit_test(the_last_field_counts_and_files_do_not),
    };
    return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
