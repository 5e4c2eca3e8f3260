#include "unit/test.h"

#include "http/router.h"

static enum error fast(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)shared;
    (void)rq;
    (void)rs;
    return OK;
}

static enum error slow(struct worker *worker, struct request *rq, struct response *rs)
{
    (void)worker;
    (void)rq;
    (void)rs;
    return OK;
}

#define GET METHODS_GET
#define POST METHODS_POST

// clang-format off
static const struct route routes[] = {
    { GET,            "/",                             .fast = fast },                 /* 0 */
    { GET,            "/healthz",                      .fast = fast },                 /* 1 */
    { GET | POST,     "/api/token/?",                  .slow = slow },                 /* 2 */
    { POST,           "/api/token/refresh/?",          .fast = fast, .load = slow },   /* 3 */
    { GET,            "/api/users/{id}/?",             .slow = slow },                 /* 4 */
    { METHODS_PATCH,  "/api/users/{id}/?",             .slow = slow },                 /* 5 */
    { GET,            "/api/users/me",                 .slow = slow },                 /* 6 */
    { GET,            "/api/org/{id}/members/{user}",  .slow = slow },                 /* 7 */
    { GET,            "/api/org/mine/members/all",     .slow = slow },                 /* 8 */
    { GET,            "/static/{rest...}",             .fast = fast },                 /* 9 */
    { GET,            "/static/app.js",                .fast = fast },                 /* 10 */
    { METHODS_ANY,    "/auth",                         .fast = fast },                 /* 11 */
    { METHODS_ANY,    "/auth/{path...}",               .fast = fast },                 /* 12 */
    { GET,            "/slashed/",                     .fast = fast },                 /* 13 */
    { METHODS_HEAD,   "/healthz",                      .slow = slow },                 /* 14 */
    { METHODS_DELETE, "/api/org/{id}",                 .slow = slow },                 /* 15 */
    { GET,            "/one/?",                        .slow = slow },                 /* 16 */
    { POST,           "/one",                          .slow = slow },                 /* 17 */
};
// clang-format on

enum { NO_PATH = -1, NO_METHOD = -2 };

static struct router *router;

static int setup(void **state)
{
    (void)state;
    const char *problem = "";
    enum error err = router_new(routes, COUNT_OF(routes), &problem, &router);
    if (err)
        fail_msg("%s: %s", problem, error_name(err));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    router_free(router);
    return 0;
}

static void each_path_finds_its_row(void **state)
{
    (void)state;
    static const struct {
        enum method method;
        int row;
        const char *path;
        const char *params; /* "name=value;" each */
    } cases[] = {
        {METHOD_GET, 0, "/", ""},
        {METHOD_GET, NO_PATH, "", ""},
        {METHOD_GET, NO_PATH, "*", ""},
        {METHOD_GET, 1, "/healthz", ""},
        {METHOD_GET, NO_PATH, "/healthz/", ""},
        {METHOD_GET, NO_PATH, "/HEALTHZ", ""},
        {METHOD_HEAD, 14, "/healthz", ""},
        {METHOD_HEAD, 0, "/", ""},
        {METHOD_POST, NO_METHOD, "/", ""},
        {METHOD_OTHER, NO_METHOD, "/", ""},
        {METHOD_GET, 2, "/api/token", ""},
        {METHOD_GET, 2, "/api/token/", ""},
        {METHOD_POST, 2, "/api/token/", ""},
        {METHOD_GET, NO_PATH, "/api/token//", ""},
        {METHOD_POST, 3, "/api/token/refresh", ""},
        {METHOD_POST, 3, "/api/token/refresh/", ""},
        {METHOD_HEAD, NO_METHOD, "/api/token/refresh/", ""},
        {METHOD_GET, NO_PATH, "/api/token/refresh/x", ""},
        {METHOD_GET, 4, "/api/users/7", "id=7;"},
        {METHOD_GET, 4, "/api/users/7/", "id=7;"},
        {METHOD_PATCH, 5, "/api/users/7/", "id=7;"},
        {METHOD_DELETE, NO_METHOD, "/api/users/7/", "id=7;"},
        {METHOD_GET, NO_PATH, "/api/users/", ""},
        {METHOD_GET, NO_PATH, "/api/users", ""},
        {METHOD_GET, 6, "/api/users/me", ""},
        {METHOD_PATCH, NO_METHOD, "/api/users/me", ""},
        {METHOD_GET, 4, "/api/users/me/", "id=me;"},
        {METHOD_GET, NO_PATH, "/api/users/7/x", ""},
        {METHOD_GET, 7, "/api/org/1/members/2", "id=1;user=2;"},
        {METHOD_GET, 8, "/api/org/mine/members/all", ""},
        {METHOD_GET, 7, "/api/org/mine/members/2", "id=mine;user=2;"},
        {METHOD_GET, NO_PATH, "/api/org/1/members/2/", ""},
        {METHOD_DELETE, 15, "/api/org/1", "id=1;"},
        {METHOD_GET, 9, "/static/", "rest=;"},
        {METHOD_GET, NO_PATH, "/static", ""},
        {METHOD_GET, 9, "/static/a/b.css", "rest=a/b.css;"},
        {METHOD_GET, 10, "/static/app.js", ""},
        {METHOD_GET, 9, "/static/app.js/x/", "rest=app.js/x/;"},
        {METHOD_OTHER, 11, "/auth", ""},
        {METHOD_PUT, 12, "/auth/", "path=;"},
        {METHOD_GET, 12, "/auth/api/x", "path=api/x;"},
        {METHOD_GET, 13, "/slashed/", ""},
        {METHOD_GET, NO_PATH, "/slashed", ""},
        {METHOD_POST, 17, "/one", ""},
        {METHOD_GET, 16, "/one", ""},
        {METHOD_POST, NO_METHOD, "/one/", ""},
        {METHOD_GET, 16, "/one/", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct match match;
        router_find(router, str_from(cases[i].path), cases[i].method, &match);
        int row = match.route ? (int)(match.route - routes) : match.sibling ? NO_METHOD : NO_PATH;
        if (row != cases[i].row)
            fail_msg("%s: row %d, not %d", cases[i].path, row, cases[i].row);
        CLEANUP(arena_release) struct arena arena = {0};
        str params = STR("");
        for (size_t p = 0; p < match.params.count; p++)
            params = ARENA_JOIN(&arena, params, match.params.items[p].name, STR("="),
                                match.params.items[p].value, STR(";"));
        assert_str(cases[i].path, params, str_from(cases[i].params));
    }
}

static void a_path_knows_its_methods(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    static const struct {
        const char *path, *allowed;
    } cases[] = {
        {"/api/token/", "GET, POST"},
        {"/api/users/7", "GET, PATCH"},
        {"/healthz", "GET, HEAD"},
        {"/one", "GET, POST"},
        {"/one/", "GET"},
        {"/auth", "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"},
        {"/nowhere", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct match match;
        router_find(router, str_from(cases[i].path), METHOD_GET, &match);
        assert_str(cases[i].path, methods_list(&arena, match.allowed), str_from(cases[i].allowed));
    }
}

static void a_long_path_ends_no_worse(void **state)
{
    (void)state;
    static char path[8192];
    memset(path, '/', sizeof(path));
    struct match match;
    router_find(router, str_of(path, sizeof(path)), METHOD_GET, &match);
    assert_null(match.sibling);
    for (size_t i = 1; i < sizeof(path); i += 2)
        path[i] = 'a';
    router_find(router, str_of(path, sizeof(path)), METHOD_GET, &match);
    assert_null(match.sibling);
}

static void a_bad_table_does_not_start(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct route rows[2];
    } cases[] = {
        {"no slash", {{GET, "x", .fast = fast}, {GET, "/", .fast = fast}}},
        {"empty", {{GET, "", .fast = fast}, {GET, "/", .fast = fast}}},
        {"an empty segment", {{GET, "/a//b", .fast = fast}, {GET, "/", .fast = fast}}},
        {"a row twice", {{GET, "/a", .fast = fast}, {GET, "/a", .fast = fast}}},
        {"a row twice, by a set", {{GET | POST, "/a", .fast = fast}, {GET, "/a/?", .fast = fast}}},
        {"two names for one thing", {{GET, "/{a}", .fast = fast}, {POST, "/{b}", .fast = fast}}},
        {"a name twice", {{GET, "/{a}/{a}", .fast = fast}, {GET, "/", .fast = fast}}},
        {"no name", {{GET, "/{}", .fast = fast}, {GET, "/", .fast = fast}}},
        {"half a parameter", {{GET, "/x{a}", .fast = fast}, {GET, "/", .fast = fast}}},
        {"a tail in the middle", {{GET, "/{a...}/b", .fast = fast}, {GET, "/", .fast = fast}}},
        {"a tail with a slash", {{GET, "/{a...}/?", .fast = fast}, {GET, "/", .fast = fast}}},
        {"no handler", {{.methods = GET, .path = "/a"}, {GET, "/", .fast = fast}}},
        {"two handlers", {{GET, "/a", .fast = fast, .slow = slow}, {GET, "/", .fast = fast}}},
        {"load without fast", {{GET, "/a", .slow = slow, .load = slow}, {GET, "/", .fast = fast}}},
        {"no method", {{0, "/a", .fast = fast}, {GET, "/", .fast = fast}}},
        {"nine parameters",
         {{GET, "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", .fast = fast}, {GET, "/", .fast = fast}}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *problem = NULL;
        struct router *bad;
        assert_error(cases[i].why, router_new(cases[i].rows, 2, &problem, &bad), ERR_INVALID);
        assert_non_null(problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_finds_its_row),
        cmocka_unit_test(a_path_knows_its_methods),
        cmocka_unit_test(a_long_path_ends_no_worse),
        cmocka_unit_test(a_bad_table_does_not_start),
    };
    return cmocka_run_group_tests_name("router", tests, setup, teardown);
}
