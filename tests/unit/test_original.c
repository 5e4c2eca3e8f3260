#include "unit/test.h"

#include "gateway/original.h"

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

/* A question as a proxy asks it; NULL: it does not say that. */
struct question {
    const char *target;
    const char *x_method, *x_uri; /* nginx */
    const char *f_method, *f_uri; /* Caddy, Traefik */
};

static void set(enum header header, const char *value)
{
    if (value)
        request_set_header(&rq, header, str_from(value));
}

static enum error read_question(const struct question *q, bool is_trusted, struct original *out)
{
    request_reset(&rq);
    rq.method = METHOD_GET;
    assert_ok(q->target, request_set_target(&rq, str_from(q->target)));
    if (str_starts(rq.path, STR("/base"))) /* as the application takes it away */
        rq.path = str_from_at(rq.path, 5);
    set(HEADER_X_ORIGINAL_METHOD, q->x_method);
    set(HEADER_X_ORIGINAL_URI, q->x_uri);
    set(HEADER_X_FORWARDED_METHOD, q->f_method);
    set(HEADER_X_FORWARDED_URI, q->f_uri);
    return original_read(&rq, is_trusted, out);
}

/* What scopes are matched with: the path as sent, and a method that somebody said. */
static void what_was_said_is_told_from_what_was_not(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct question question;
        bool has_method;
        const char *raw_path;
    } cases[] = {
        {"nginx", {"/auth", "POST", "/a%20b?c=d", NULL, NULL}, true, "/a%20b"},
        {"nginx, the path alone: its question is always a GET",
         {"/auth", NULL, "/a", NULL, NULL},
         false,
         "/a"},
        {"nginx, the method alone", {"/auth", "PUT", NULL, NULL, NULL}, true, ""},
        {"Caddy", {"/auth", NULL, NULL, "DELETE", "//a/%41"}, true, "//a/%41"},
        {"Caddy, the path alone", {"/auth", NULL, NULL, NULL, "/a"}, false, "/a"},
        {"Envoy", {"/auth/a%20b/c?d", NULL, NULL, NULL, NULL}, true, "/a%20b/c"},
        {"Envoy, as sent", {"/auth/%61//b;c", NULL, NULL, NULL, NULL}, true, "/%61//b;c"},
        {"Envoy, the root", {"/auth/", NULL, NULL, NULL, NULL}, true, "/"},
        {"Envoy, under a path", {"/base/auth/a", NULL, NULL, NULL, NULL}, true, "/a"},
        {"Envoy, itself escaped", {"/%61uth/a/b", NULL, NULL, NULL, NULL}, true, ""},
        {"nobody says anything", {"/auth", NULL, NULL, NULL, NULL}, false, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct original got;
        assert_ok(cases[i].why, read_question(&cases[i].question, true, &got));
        assert_str(cases[i].why, got.raw_path, str_from(cases[i].raw_path));
        if (got.has_method != cases[i].has_method)
            fail_msg("%s: the method is %s", cases[i].why, got.has_method ? "said" : "not said");
    }
}

static void each_proxy_is_understood(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct question question;
        enum proxy_dialect dialect;
        enum method method;
        const char *path, *query;
    } cases[] = {
        {"nginx", {"/auth", "POST", "/a?b=c", NULL, NULL}, PROXY_NGINX, METHOD_POST, "/a", "b=c"},
        {"nginx, the path alone",
         {"/auth", NULL, "/a", NULL, NULL},
         PROXY_NGINX,
         METHOD_GET,
         "/a",
         ""},
        {"nginx, the method alone",
         {"/auth", "PUT", NULL, NULL, NULL},
         PROXY_NGINX,
         METHOD_PUT,
         "",
         ""},
        {"Caddy",
         {"/auth", NULL, NULL, "DELETE", "/a?b"},
         PROXY_FORWARDED,
         METHOD_DELETE,
         "/a",
         "b"},
        {"Envoy",
         {"/auth/a/b?c=d", NULL, NULL, NULL, NULL},
         PROXY_ENVOY,
         METHOD_GET,
         "/a/b",
         "c=d"},
        {"Envoy, the root", {"/auth/", NULL, NULL, NULL, NULL}, PROXY_ENVOY, METHOD_GET, "/", ""},
        {"nobody says it",
         {"/auth?anonymous=pass", NULL, NULL, NULL, NULL},
         PROXY_ENVOY,
         METHOD_GET,
         "",
         ""},
        {"two that agree",
         {"/auth", "GET", "/a?b", "GET", "/a?b"},
         PROXY_NGINX,
         METHOD_GET,
         "/a",
         "b"},
        {"two that agree once decoded",
         {"/auth", "GET", "/%61", "GET", "//a"},
         PROXY_NGINX,
         METHOD_GET,
         "/a",
         ""},
        {"escapes and slashes",
         {"/auth", "GET", "//a%20b///c", NULL, NULL},
         PROXY_NGINX,
         METHOD_GET,
         "/a b/c",
         ""},
        {"unicode",
         {"/auth", "GET", "/h%C3%A9", NULL, NULL},
         PROXY_NGINX,
         METHOD_GET,
         "/h\xC3\xA9",
         ""},
        {"decoded once only",
         {"/auth", "GET", "/%2561", NULL, NULL},
         PROXY_NGINX,
         METHOD_GET,
         "/%61",
         ""},
        {"dots that are no segment",
         {"/auth", "GET", "/.a/b./...", NULL, NULL},
         PROXY_NGINX,
         METHOD_GET,
         "/.a/b./...",
         ""},
        {"slashes in the query",
         {"/auth", "GET", "/a?b=%2F../", NULL, NULL},
         PROXY_NGINX,
         METHOD_GET,
         "/a",
         "b=%2F../"},
        {"a method that nobody knows",
         {"/auth", "BREW", "/a", NULL, NULL},
         PROXY_NGINX,
         METHOD_OTHER,
         "/a",
         ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct original got;
        assert_ok(cases[i].why, read_question(&cases[i].question, true, &got));
        assert_str(cases[i].why, got.path, str_from(cases[i].path));
        assert_str(cases[i].why, got.query, str_from(cases[i].query));
        if (got.dialect != cases[i].dialect || got.method != cases[i].method)
            fail_msg("%s: came dialect %d, method %d", cases[i].why, (int)got.dialect,
                     (int)got.method);
    }
}

static void what_can_be_read_in_two_ways_is_refused(void **state)
{
    (void)state;
    static const struct question cases[] = {
        {"/auth", "GET", "/a", "GET", "/b"},
        {"/auth", "GET", "/a", "POST", "/a"},
        {"/auth", "GET", "/a", NULL, "/%2561"},
        {"/auth", "GET", "/a/../b", NULL, NULL},
        {"/auth", "GET", "/a/%2e%2E/b", NULL, NULL},
        {"/auth", "GET", "/a/.", NULL, NULL},
        {"/auth", "GET", "/..", NULL, NULL},
        {"/auth", "GET", "/a%2Fb", NULL, NULL},
        {"/auth", "GET", "/%2f", NULL, NULL},
        {"/auth", "GET", "/%00", NULL, NULL},
        {"/auth", "GET", "/%0d%0a", NULL, NULL},
        {"/auth", "GET", "/%zz", NULL, NULL},
        {"/auth", "GET", "/%", NULL, NULL},
        {"/auth", "GET", "/%c0%af", NULL, NULL},
        {"/auth", "GET", "", NULL, NULL},
        {"/auth", "GET", "a", NULL, NULL},
        {"/auth", "GET", "http://x/a", NULL, NULL},
        {"/auth", "GET", "/a#b", NULL, NULL},
        {"/auth", "GET", "/a b", NULL, NULL},
        {"/auth", NULL, NULL, "GET", "/a/../b"},
        {"/auth", NULL, NULL, NULL, "/a%2fb"},
        {"/auth/a/../b", NULL, NULL, NULL, NULL},
        {"/auth/%2e%2e/b", NULL, NULL, NULL, NULL},
        {"/auth/a%2Fb", NULL, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct question *q = &cases[i];
        struct original got;
        enum error err = read_question(q, true, &got);
        if (err != ERR_MALFORMED)
            fail_msg("%s, %s, %s: came %s", q->target, q->x_uri ? q->x_uri : "-",
                     q->f_uri ? q->f_uri : "-", error_name(err));
    }
}

static void a_path_too_long_is_refused(void **state)
{
    (void)state;
    static char uri[LIMIT_TARGET_BYTES + 2];
    memset(uri, 'a', sizeof(uri) - 1);
    uri[0] = '/';
    struct original got;
    assert_error("over the limit",
                 read_question(&(struct question){"/auth", "GET", uri, NULL, NULL}, true, &got),
                 ERR_MALFORMED);
    uri[LIMIT_TARGET_BYTES] = '\0';
    assert_ok("at the limit",
              read_question(&(struct question){"/auth", "GET", uri, NULL, NULL}, true, &got));
}

static void only_a_proxy_of_ours_may_say_it(void **state)
{
    (void)state;
    static const struct question said[] = {
        {"/auth", "GET", NULL, NULL, NULL}, {"/auth", NULL, "/a", NULL, NULL},
        {"/auth", NULL, NULL, "GET", NULL}, {"/auth", NULL, NULL, NULL, "/a"},
        {"/auth", NULL, "", NULL, NULL},
    };
    struct original got;
    for (size_t i = 0; i < COUNT_OF(said); i++)
        assert_error("an untrusted peer", read_question(&said[i], false, &got), ERR_FORBIDDEN);
    assert_ok("its own request",
              read_question(&(struct question){"/auth/a", NULL, NULL, NULL, NULL}, false, &got));
    assert_str("its own request", got.path, STR("/a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_is_told_from_what_was_not),
        cmocka_unit_test(each_proxy_is_understood),
        cmocka_unit_test(what_can_be_read_in_two_ways_is_refused),
        cmocka_unit_test(a_path_too_long_is_refused),
        cmocka_unit_test(only_a_proxy_of_ours_may_say_it),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
