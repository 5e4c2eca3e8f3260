#include "unit/test.h"

#include "base/method.h"
#include "http/response.h"

static struct arena arena;
static struct response rs;

static int setup(void **state)
{
    (void)state;
    response_init(&rs, &arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static str cookie_of(struct set_cookie cookie)
{
    response_clear(&rs);
    response_set_cookie(&rs, &cookie, SECONDS(1795552735));
    const char *value = response_get_header(&rs, "Set-Cookie");
    return str_from(value);
}

static void cookies_are_written_as_django_does(void **state)
{
    (void)state;
    assert_str("of a session",
               cookie_of((struct set_cookie){.name = STR("sessionid"),
                                             .value = STR("abc"),
                                             .max_age_seconds = COOKIE_SESSION,
                                             .path = STR(""),
                                             .same_site = SAME_SITE_LAX,
                                             .http_only = true}),
               STR("sessionid=abc; HttpOnly; Path=/; SameSite=Lax"));
    assert_str("that lasts",
               cookie_of((struct set_cookie){.name = STR("sessionid"),
                                             .value = STR("abc"),
                                             .max_age_seconds = 1209600,
                                             .path = STR("/base"),
                                             .same_site = SAME_SITE_STRICT,
                                             .http_only = true,
                                             .secure = true}),
               STR("sessionid=abc; expires=Tue, 08 Dec 2026 20:38:55 GMT; HttpOnly; "
                   "Max-Age=1209600; Path=/base; SameSite=Strict; Secure"));
    response_clear(&rs);
    response_delete_cookie(&rs, STR("sessionid"), STR("/"), SAME_SITE_LAX);
    assert_str("that ends", str_from(response_get_header(&rs, "Set-Cookie")),
               STR("sessionid=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; "
                   "SameSite=Lax"));
}

static void what_no_header_may_hold_spoils_the_answer(void **state)
{
    (void)state;
    static const str bad[] = {STR_INIT("a\r\nb"), STR_INIT("a\nb"), STR_INIT("a\0b"),
                              STR_INIT("\x7F"), STR_INIT("a\tb")};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        response_clear(&rs);
        response_header(&rs, "X-Fine", STR("fine"));
        response_header(&rs, "X-Auth-Email", bad[i]);
        reply_text(&rs, 200, STR("never sent"));
        response_header(&rs, "X-Later", STR("fine"));
        if (rs.status != 500 || rs.body.len > 0 || rs.header_count > 0)
            fail_msg("value %zu: status %d, %zu headers", i, rs.status, rs.header_count);
    }
    response_clear(&rs);
    reply_redirect(&rs, 302, STR("/a\r\nSet-Cookie: b"));
    assert_int_equal(rs.status, 500);
    static const str values[] = {STR_INIT("a;b"), STR_INIT("a b"),  STR_INIT("a\"b"),
                                 STR_INIT("a,b"), STR_INIT("a\\b"), STR_INIT("\xC3\xA9")};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        cookie_of((struct set_cookie){.name = STR("n"), .value = values[i], .path = STR("")});
        assert_int_equal(rs.status, 500);
    }
    cookie_of((struct set_cookie){.name = STR("n="), .value = STR("v"), .path = STR("")});
    assert_int_equal(rs.status, 500);
    cookie_of((struct set_cookie){.name = STR("n"), .value = STR("v"), .path = STR("/; Domain=x")});
    assert_int_equal(rs.status, 500);
    response_clear(&rs);
    response_header(&rs, "X-Auth-Email", STR("caf\xC3\xA9@example.com"));
    assert_int_equal(rs.header_count, 1);
}

static void a_header_is_replaced_or_added(void **state)
{
    (void)state;
    response_clear(&rs);
    response_header(&rs, "Vary", STR("Cookie"));
    response_set_header(&rs, "vary", STR("Origin"));
    assert_int_equal(rs.header_count, 1);
    assert_string_equal(response_get_header(&rs, "VARY"), "Origin");
    response_header(&rs, "Set-Cookie", STR("a=1"));
    response_header(&rs, "Set-Cookie", STR("b=2"));
    assert_int_equal(rs.header_count, 3);
    assert_null(response_get_header(&rs, "Allow"));
    reply_json(&rs, 200, STR("{}"));
    reply_html(&rs, 404, STR("<p>"));
    assert_int_equal(rs.header_count, 4);
    assert_string_equal(response_get_header(&rs, "Content-Type"), "text/html; charset=utf-8");
    assert_int_equal(rs.status, 404);
}

static void methods_have_names_and_sets(void **state)
{
    (void)state;
    for (int i = 0; i < METHOD_OTHER; i++)
        assert_int_equal(method_of(method_name((enum method)i)), i);
    assert_int_equal(method_of(STR("get")), METHOD_OTHER);
    assert_int_equal(method_of(STR("GETS")), METHOD_OTHER);
    assert_int_equal(method_of(STR("")), METHOD_OTHER);
    assert_str("none", methods_list(&arena, 0), STR(""));
    assert_str("one", methods_list(&arena, METHODS_HEAD), STR("HEAD"));
    assert_str("all", methods_list(&arena, METHODS_ANY),
               STR("GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"));
    assert_true(method_is_safe(METHOD_HEAD));
    assert_false(method_is_safe(METHOD_POST));
    assert_false(method_is_safe(METHOD_OTHER));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookies_are_written_as_django_does),
        cmocka_unit_test(what_no_header_may_hold_spoils_the_answer),
        cmocka_unit_test(a_header_is_replaced_or_added),
        cmocka_unit_test(methods_have_names_and_sets),
    };
    return cmocka_run_group_tests_name("response", tests, setup, teardown);
}
