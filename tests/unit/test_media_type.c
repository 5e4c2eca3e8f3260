#include "unit/test.h"

#include "http/media_type.h"

static void content_types_are_read_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum error err;
        const char *full, *charset, *boundary;
    } cases[] = {
        {"application/json", OK, "application/json", "", ""},
        {"Application/JSON", OK, "application/json", "", ""},
        {"application/json; charset=utf-8", OK, "application/json", "utf-8", ""},
        {"application/json;charset=\"utf-8\"", OK, "application/json", "utf-8", ""},
        {"application/json ; x=y; CHARSET=a", OK, "application/json", "a", ""},
        {"multipart/form-data; boundary=abc", OK, "multipart/form-data", "", "abc"},
        {"multipart/form-data; boundary=\"a;b c\\\"\"", OK, "multipart/form-data", "", "a;b c\""},
        {"text/plain;", OK, "text/plain", "", ""},
        {"application/problem+json", OK, "application/problem+json", "", ""},
        {"", ERR_MALFORMED, "", "", ""},
        {"json", ERR_MALFORMED, "", "", ""},
        {"/", ERR_MALFORMED, "", "", ""},
        {"a/", ERR_MALFORMED, "", "", ""},
        {"/b", ERR_MALFORMED, "", "", ""},
        {"a/b/c", ERR_MALFORMED, "", "", ""},
        {"a /b", ERR_MALFORMED, "", "", ""},
        {"a/b; x", ERR_MALFORMED, "", "", ""},
        {"a/b; charset=", ERR_MALFORMED, "", "", ""},
        {"a/b; charset=\"", ERR_MALFORMED, "", "", ""},
        {"a/b; charset=\"x\\", ERR_MALFORMED, "", "", ""},
        {"a/b; charset=\"x\"y", ERR_MALFORMED, "", "", ""},
        {"a/b; charset=x; charset=y", ERR_MALFORMED, "", "", ""},
        {"a/b; boundary=a boundary=b", ERR_MALFORMED, "", "", ""},
        {"a/b, c/d", ERR_MALFORMED, "", "", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_release) struct arena arena = {0};
        struct media_type type;
        assert_error(cases[i].text, media_type_parse(&arena, str_from(cases[i].text), &type),
                     cases[i].err);
        if (cases[i].err)
            continue;
        if (!media_type_is(&type, str_from(cases[i].full)))
            fail_msg("%s: is %.*s/%.*s", cases[i].text, STR_ARG(type.type), STR_ARG(type.subtype));
        assert_str(cases[i].text, type.charset, str_from(cases[i].charset));
        assert_str(cases[i].text, type.boundary, str_from(cases[i].boundary));
    }
}

static void accept_says_how_much(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        unsigned json, html;
    } cases[] = {
        {"", 1000, 1000},
        {"  ", 1000, 1000},
        {"*/*", 1000, 1000},
        {"application/json", 1000, 0},
        {"APPLICATION/JSON", 1000, 0},
        {"application/*", 1000, 0},
        {"text/html, */*;q=0.1", 100, 1000},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 800, 1000},
        {"application/json;q=0, */*", 0, 1000},
        {"application/json;q=0.5", 500, 0},
        {"application/json;q=0.123", 123, 0},
        {"application/json; Q=0.5", 500, 0},
        {"application/json;charset=utf-8", 1000, 0},
        {"application/json;x=\"a,b;q=0\"", 1000, 0},
        {"application/json;q=1.001", 0, 0},
        {"application/json;q=2", 0, 0},
        {"application/json;q=0.1234", 0, 0},
        {"application/json;q=", 0, 0},
        {"application/json;q=-1, text/html", 0, 1000},
        {"nonsense, text/html", 0, 1000},
        {",,text/html,,", 0, 1000},
        {"*", 0, 0},
        {"*/json", 0, 0},
        {"application/json;q=0.2, application/json;q=0.7", 700, 0},
        {"\"", 0, 0},
        {"text/html;x=\"\\", 0, 1000},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned json = accept_quality(str_from(cases[i].accept), STR("application/json"));
        unsigned html = accept_quality(str_from(cases[i].accept), STR("text/html"));
        if (json != cases[i].json || html != cases[i].html)
            fail_msg("'%s': json %u, html %u", cases[i].accept, json, html);
    }
}

static void the_most_wanted_is_chosen(void **state)
{
    (void)state;
    const str offered[] = {STR("application/json"), STR("text/html")};
    assert_int_equal(accept_choose(STR("text/html;q=0.4, application/json;q=0.5"), offered, 2), 0);
    assert_int_equal(accept_choose(STR("text/html, application/json;q=0.5"), offered, 2), 1);
    assert_int_equal(accept_choose(STR("*/*"), offered, 2), 0);
    assert_int_equal(accept_choose(STR("image/png"), offered, 2), 2);
    assert_int_equal(accept_choose(STR("*/*;q=0"), offered, 2), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_types_are_read_whole),
        cmocka_unit_test(accept_says_how_much),
        cmocka_unit_test(the_most_wanted_is_chosen),
    };
    return cmocka_run_group_tests_name("media_type", tests, NULL, NULL);
}
