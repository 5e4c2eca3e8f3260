#include "unit/test.h"

#include "http/request.h"

static struct request rq;

static int setup(void **state)
{
    (void)state;
    request_init(&rq);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    request_release(&rq);
    return 0;
}

static void a_target_is_decoded_once(void **state)
{
    (void)state;
    static const struct {
        str target;
        enum error err;
        str path, query;
    } cases[] = {
#define GOOD(target, path, query) {STR_INIT(target), OK, STR_INIT(path), STR_INIT(query)}
#define BAD(target)                                                                                \
    {                                                                                              \
        STR_INIT(target), ERR_MALFORMED, STR_INIT(""), STR_INIT("")                                \
    }
        GOOD("/", "/", ""),
        GOOD("/a?b=c", "/a", "b=c"),
        GOOD("/a?b?c", "/a", "b?c"),
        GOOD("/a?", "/a", ""),
        GOOD("//a///b//", "/a/b/", ""),
        GOOD("//", "/", ""),
        GOOD("/%61", "/a", ""),
        GOOD("/%2561", "/%61", ""),
        GOOD("/a%2Fb", "/a/b", ""),
        GOOD("/a/%2fb", "/a/b", ""),
        GOOD("/a+b", "/a+b", ""),
        GOOD("/%C3%A9", "/\xC3\xA9", ""),
        GOOD("/\xC3\xA9", "/\xC3\xA9", ""),
        GOOD("/?%zz", "/", "%zz"),
        GOOD("*", "*", ""),
        BAD(""),
        BAD("a"),
        BAD("?a"),
        BAD("http://a/"),
        BAD("a:443"),
        BAD("/%"),
        BAD("/%a"),
        BAD("/%zz"),
        BAD("/%00"),
        BAD("/%0A"),
        BAD("/%7F"),
        BAD("/%FF"),
        BAD("/%C0%AF"),
        BAD("/%ED%A0%80"),
        BAD("/a b"),
        BAD("/a#b"),
        BAD("/a?b#c"),
        BAD("/a\tb"),
        BAD("/a\0b"),
        BAD("/a?\x01"),
        BAD("/a?b c"),
        BAD("/\x7F"),
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        request_reset(&rq);
        assert_error(cases[i].target.ptr, request_set_target(&rq, cases[i].target), cases[i].err);
        if (cases[i].err)
            continue;
        assert_str(cases[i].target.ptr, rq.path, cases[i].path);
        assert_str(cases[i].target.ptr, rq.query, cases[i].query);
        assert_str("as sent", rq.target, cases[i].target);
    }
}

static void what_a_path_hid_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        bool slash, dots;
    } cases[] = {
        {"/a/b", false, false},    {"/a%2fb", true, false},      {"/a//b", false, false},
        {"/a/../b", false, true},  {"/a/%2e%2e/b", false, true}, {"/..", false, true},
        {"/./a", false, true},     {"/a/.", false, true},        {"/.well-known/x", false, false},
        {"/a..b", false, false},   {"/...", false, false},       {"/..%2fb", true, true},
        {"/%c3%a9", false, false}, {"/a?/../%2f", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        request_reset(&rq);
        assert_ok(cases[i].target, request_set_target(&rq, str_from(cases[i].target)));
        if (rq.path_had_encoded_slash != cases[i].slash ||
            rq.path_has_dot_segments != cases[i].dots)
            fail_msg("%s: slash %d, dots %d", cases[i].target, rq.path_had_encoded_slash,
                     rq.path_has_dot_segments);
    }
}

static void a_target_has_a_ceiling(void **state)
{
    (void)state;
    static char text[LIMIT_TARGET_BYTES + 1];
    memset(text, 'a', sizeof(text));
    text[0] = '/';
    assert_ok("at it", request_set_target(&rq, str_of(text, LIMIT_TARGET_BYTES)));
    assert_error("over it", request_set_target(&rq, str_of(text, sizeof(text))), ERR_TOO_LARGE);
}

static void every_header_is_found_by_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < HEADER_COUNT; i++) {
        str name = header_name((enum header)i);
        if (header_of(name) != (enum header)i)
            fail_msg("'%.*s' is not found", STR_ARG(name));
        char shouted[64];
        for (size_t j = 0; j < name.len; j++)
            shouted[j] =
                name.ptr[j] >= 'a' && name.ptr[j] <= 'z' ? (char)(name.ptr[j] - 32) : name.ptr[j];
        assert_int_equal(header_of(str_of(shouted, name.len)), i);
    }
    assert_int_equal(header_of(STR("X-Unknown")), HEADER_COUNT);
    assert_int_equal(header_of(STR("")), HEADER_COUNT);
    assert_int_equal(header_of(STR("Hos")), HEADER_COUNT);
    assert_int_equal(header_of(STR("Authorization\0")), HEADER_COUNT);
}

static void what_must_be_single_is(void **state)
{
    (void)state;
    static const enum header single[] = {
        HEADER_CONTENT_LENGTH,     HEADER_HOST,
        HEADER_AUTHORIZATION,      HEADER_X_API_KEY,
        HEADER_X_ORIGINAL_URI,     HEADER_X_ORIGINAL_METHOD,
        HEADER_X_FORWARDED_METHOD, HEADER_X_FORWARDED_URI,
        HEADER_TRANSFER_ENCODING,  HEADER_X_ENVOY_ORIGINAL_PATH,
        HEADER_CONTENT_TYPE,       HEADER_ORIGIN,
    };
    for (size_t i = 0; i < COUNT_OF(single); i++) {
        str name = header_name(single[i]);
        request_reset(&rq);
        assert_ok(name.ptr, request_add_header(&rq, name, STR("a")));
        assert_error(name.ptr, request_add_header(&rq, name, STR("a")), ERR_MALFORMED);
    }
}

static void lists_are_joined(void **state)
{
    (void)state;
    assert_ok("1", request_add_header(&rq, STR("accept"), STR(" a/b ")));
    assert_ok("2", request_add_header(&rq, STR("Accept"), STR("c/d\t")));
    assert_str("joined", rq.headers[HEADER_ACCEPT], STR("a/b, c/d"));
    assert_ok("3", request_add_header(&rq, STR("Cookie"), STR("a=1")));
    assert_ok("4", request_add_header(&rq, STR("Cookie"), STR("b=2")));
    assert_str("cookies", rq.headers[HEADER_COOKIE], STR("a=1; b=2"));
}

static void an_empty_header_is_there(void **state)
{
    (void)state;
    request_reset(&rq);
    assert_false(request_has(&rq, HEADER_X_API_KEY));
    assert_ok("empty", request_add_header(&rq, STR("X-API-Key"), STR("  ")));
    assert_true(request_has(&rq, HEADER_X_API_KEY));
    assert_str("nothing in it", rq.headers[HEADER_X_API_KEY], STR(""));
    assert_false(request_has(&rq, HEADER_AUTHORIZATION));
    assert_error("a control", request_add_header(&rq, STR("X-Any"), STR("a\rb")), ERR_MALFORMED);
    assert_error("a NUL", request_add_header(&rq, STR("X-Any"), STR("a\0b")), ERR_MALFORMED);
    assert_ok("a tab", request_add_header(&rq, STR("X-Any"), STR("a\tb")));
}

static void the_last_query_parameter_counts(void **state)
{
    (void)state;
    static const struct {
        const char *target, *name;
        bool found;
        const char *value;
    } cases[] = {
        {"/?a=1", "a", true, "1"},     {"/?a=1&a=2", "a", true, "2"},
        {"/?a", "a", true, ""},        {"/?a=", "a", true, ""},
        {"/?a=b=c", "a", true, "b=c"}, {"/?a=x+y%2Bz", "a", true, "x y+z"},
        {"/?%61=1", "a", true, "1"},   {"/?b=1", "a", false, ""},
        {"/?aa=1", "a", false, ""},    {"/", "a", false, ""},
        {"/?&&a=1&", "a", true, "1"},  {"/?a=%zz", "a", false, ""},
        {"/?a=%ff", "a", false, ""},   {"/?%zz=1&a=1", "a", true, "1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        request_reset(&rq);
        assert_ok(cases[i].target, request_set_target(&rq, str_from(cases[i].target)));
        str value = STR("");
        if (request_query(&rq, str_from(cases[i].name), &value) != cases[i].found)
            fail_msg("%s: wrongly %s", cases[i].target, cases[i].found ? "missed" : "found");
        if (cases[i].found)
            assert_str(cases[i].target, value, str_from(cases[i].value));
    }
}

static void a_peer_is_written_as_usual(void **state)
{
    (void)state;
    struct peer four = {.family = PEER_IPV4, .address = {192, 0, 2, 1}};
    struct peer six = {.family = PEER_IPV6, .address = {0x20, 1, 0x0d, 0xb8, [15] = 1}};
    struct peer un = {.family = PEER_UNIX, .is_unix = true};
    assert_str("IPv4", peer_format(&rq.arena, &four), STR("192.0.2.1"));
    struct peer least = {.family = PEER_IPV4}, most = {.family = PEER_IPV4};
    memset(most.address, 255, 4);
    struct peer mixed = {.family = PEER_IPV4, .address = {9, 10, 99, 100}};
    assert_str("zeros", peer_format(&rq.arena, &least), STR("0.0.0.0"));
    assert_str("the largest", peer_format(&rq.arena, &most), STR("255.255.255.255"));
    assert_str("all widths", peer_format(&rq.arena, &mixed), STR("9.10.99.100"));
    assert_str("IPv6", peer_format(&rq.arena, &six), STR("2001:db8::1"));
    assert_str("Unix", peer_format(&rq.arena, &un), STR("unix"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_decoded_once),
        cmocka_unit_test(what_a_path_hid_is_known),
        cmocka_unit_test(a_target_has_a_ceiling),
        cmocka_unit_test(every_header_is_found_by_its_name),
        cmocka_unit_test(what_must_be_single_is),
        cmocka_unit_test(lists_are_joined),
        cmocka_unit_test(an_empty_header_is_there),
        cmocka_unit_test(the_last_query_parameter_counts),
        cmocka_unit_test(a_peer_is_written_as_usual),
    };
    return cmocka_run_group_tests_name("request", tests, setup, teardown);
}
