#include "unit/test.h"

#include "http/cookie.h"
#include "http/limits.h"

/* What Python's http.cookies and Django's parse_cookie make of the same text. */
static void cookies_are_read_as_django_does(void **state)
{
    (void)state;
    static const struct {
        const char *header, *name;
        bool found;
        const char *value;
    } cases[] = {
        {"a=1", "a", true, "1"},
        {"a=1; b=2", "b", true, "2"},
        {"a=1;b=2", "b", true, "2"},
        {" a = 1 ", "a", true, "1"},
        {"a=1; a=2", "a", true, "2"},
        {"a=b=c", "a", true, "b=c"},
        {"a=", "a", true, ""},
        {"a", "a", false, ""},
        {"aa=1", "a", false, ""},
        {"A=1", "a", false, ""},
        {"", "a", false, ""},
        {";;;", "a", false, ""},
        {"a=\"1\"", "a", true, "1"},
        {"a=\"x y\"", "a", true, "x y"},
        {"a=\"x\\\"y\"", "a", true, "x\"y"},
        {"a=\"\\054\\073\"", "a", true, ",;"},
        {"a=\"\\999\"", "a", true, "999"},
        {"a=\"\\400\"", "a", true, "400"},
        {"a=\"x\\\\054\"", "a", true, "x\\054"},
        {"a=\"x\\\"", "a", true, "x\\"},
        {"a=\"", "a", true, "\""},
        {"a=\"\"", "a", true, ""},
        {"a=\"1", "a", true, "\"1"},
        {"a=x\\054y", "a", true, "x\\054y"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_release) struct arena arena = {0};
        str value = STR("");
        bool found =
            cookie_find(&arena, str_from(cases[i].header), str_from(cases[i].name), &value);
        if (found != cases[i].found)
            fail_msg("'%s': wrongly %s", cases[i].header, found ? "found" : "missed");
        assert_str(cases[i].header, value, str_from(cases[i].value));
    }
}

static void only_so_many_are_looked_at(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    str header = STR(""), value;
    for (int i = 0; i < LIMIT_COOKIES - 1; i++)
        header = ARENA_JOIN(&arena, header, STR("x=y; "));
    assert_true(cookie_find(&arena, ARENA_JOIN(&arena, header, STR("a=1")), STR("a"), &value));
    assert_false(
        cookie_find(&arena, ARENA_JOIN(&arena, header, STR("x=y; a=1")), STR("a"), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookies_are_read_as_django_does),
        cmocka_unit_test(only_so_many_are_looked_at),
    };
    return cmocka_run_group_tests_name("cookie", tests, NULL, NULL);
}
