/*
 * Scopes: their lists, their file, and the paths that they match.
 */
#include "unit/test.h"

#include "auth/scope_file.h"
#include "base/arena.h"

static struct arena arena;

static int clear(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void a_list_has_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *list; /* NULL: refused */
    } cases[] = {
        {"one", "read", "read"},
        {"sorted", "tokens read export", "export read tokens"},
        {"each once", "read tokens read", "read tokens"},
        {"all swallows the others", "read all tokens", "all"},
        {"several blanks", "  read   tokens ", "read tokens"},
        {"every character", "a-z_0.9:x", "a-z_0.9:x"},
        {"none", "", NULL},
        {"blanks alone", "   ", NULL},
        {"a capital", "Read", NULL},
        {"a quote", "re\"ad", NULL},
        {"a comma", "read,tokens", NULL},
        {"a tab", "read\ttokens", NULL},
        {"an umlaut", "l\xC3\xA4sen", NULL},
        {"64 characters", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {"65 characters", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str list = STR("");
        enum error err = scope_list_read(str_from(cases[i].text), &arena, &list);
        assert_error(cases[i].why, err, cases[i].list ? OK : ERR_MALFORMED);
        assert_str(cases[i].why, list, str_from(cases[i].list));
    }
}

static void a_list_has_a_ceiling(void **state)
{
    (void)state;
    str names[100], list;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        names[i] = arena_printf(&arena, "a-name-of-some-length-%zu", i);
    assert_ok("few", scope_list_make(names, 15, &arena, &list));
    assert_true(list.len <= SCOPES_BYTES_MAX);
    assert_error("too long", scope_list_make(names, 60, &arena, &list), ERR_MALFORMED);
    assert_error("too many", scope_list_make(names, 100, &arena, &list), ERR_MALFORMED);
}

static void what_is_narrower(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        bool is;
    } cases[] = {
        {"all", "all", true},
        {"all", "read", true},
        {"", "read", true},
        {"", "", true},
        {"all", "export read", true},
        {"read", "all", false},
        {"read", "", false},
        {"read", "read", true},
        {"read", "tokens", false},
        {"read tokens", "read", true},
        {"read tokens", "read tokens", true},
        {"read", "read tokens", false},
        {"export", "read", false},
        {"export", "exports", false},
        {"exports", "export", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (scope_narrows(str_from(cases[i].from), str_from(cases[i].to)) != cases[i].is)
            fail_msg("'%s' to '%s'", cases[i].from, cases[i].to);
}

static void what_two_lists_both_give(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *both; /* NULL: nothing */
    } cases[] = {
        {"all", "all", "all"},    {"", "", "all"},           {"all", "read", "read"},
        {"read", "", "read"},     {"read", "read", "read"},  {"read tokens", "export read", "read"},
        {"read", "tokens", NULL}, {"a b c", "b c d", "b c"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str both = STR("");
        bool any = scope_list_both(str_from(cases[i].a), str_from(cases[i].b), &arena, &both);
        if (any != (cases[i].both != NULL))
            fail_msg("'%s' and '%s': %s", cases[i].a, cases[i].b, any ? "something" : "nothing");
        assert_str(cases[i].a, both, str_from(cases[i].both));
    }
}

static void a_bad_file_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem; /* what the problem contains */
    } cases[] = {
        {"tasks", "line 1: a line is NAME = METHOD"},
        {"# fine\n\ntasks = GET\n", "line 3: a line is NAME = METHOD"},
        {"tasks = GET /a b\n", "line 1: a line is NAME"},
        {"tasks = /api\n", "line 1: a line is NAME"},
        {"tasks = GETS /api\n", "'GETS' is no method"},
        {"tasks = get /api\n", "'get' is no method"},
        {"tasks = GET,GET /api\n", "GET is there twice"},
        {"tasks = GET, POST /api\n", "line 1: a line is NAME"},
        {"tasks = , /api\n", "'' is no method"},
        {"tasks = OTHER /api\n", "'OTHER' is no method"},
        {"tasks = GET api\n", "begins with a slash"},
        {"tasks = GET *\n", "begins with a slash"},
        {"tasks = GET /api//tasks\n", "'' is no segment"},
        {"tasks = GET //\n", "'' is no segment"},
        {"tasks = GET /api/../tasks\n", "'..' is no segment"},
        {"tasks = GET /api/%2e\n", "'%2e' is no segment"},
        {"tasks = GET /api/%2Ftasks\n", "'%2Ftasks' is no segment"},
        {"tasks = GET /api/%61\n", "'%61' is no segment"},
        {"tasks = GET /api/t;x\n", "'t;x' is no segment"},
        {"tasks = GET /api?x=1\n", "'api?x=1' is no segment"},
        {"tasks = GET /api/t*\n", "an asterisk stands beside"},
        {"tasks = GET /api/**/x\n", "an asterisk stands beside"},
        {"tasks = GET /api/.../x\n", "'...' is no segment"},
        {"tasks = GET /api/l\xC3\xA4sen\n", "is no segment"},
        {"Tasks = GET /api\n", "'Tasks' is no name"},
        {" = GET /api\n", "'' is no name"},
        {"all = GET /api\n", "'all' is built in"},
        {"read = GET /api\n", "'read' is built in"},
        {"tokens = \"mine\"\n", "'tokens' is built in"},
        {"tasks = GET /api\ntasks = POST,GET /api\n", "line 2: 'tasks' has this pattern already"},
        {"tasks = \"a\"\ntasks = \"b\"\ntasks = GET /api\n", "line 2: 'tasks' has a description"},
        {"tasks = \"a\"\n", "'tasks' has a description and no pattern"},
        {"tasks = \"a\n", "stands in double quotes"},
        {"tasks = \"\n", "stands in double quotes"},
        {"tasks = \" \"\n", "stands in double quotes"},
        {"tasks = \"a\" b\"\n", "stands in double quotes"},
        {"tasks = GET /api # comment\n", "a line is NAME"},
        {"\xFF\n", "not UTF-8"},
        {"t=GET /1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/"
         "31/32/33",
         "at most 32 segments"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str problem = STR("");
        struct scope_table *table = NULL;
        enum error err = scope_table_read(str_from(cases[i].text), &arena, &problem, &table);
        assert_error(cases[i].text, err, ERR_MALFORMED);
        if (!str_contains(problem, str_from(cases[i].problem)))
            fail_msg("'%s': came '%.*s', wanted '%s'", cases[i].text, STR_ARG(problem),
                     cases[i].problem);
    }
}

static struct scopes *scopes_of(const char *text)
{
    struct scope_table *table;
    str problem = STR("");
    enum error err = scope_table_read(str_from(text), &arena, &problem, &table);
    if (err)
        fail_msg("%.*s", STR_ARG(problem));
    struct scopes *scopes = scopes_new();
    scopes_set(scopes, table);
    return scopes;
}

static void a_file_is_read(void **state)
{
    (void)state;
    struct scopes *scopes = scopes_of("# for the backends\r\n"
                                      "ml = \"Read tasks, write predictions\"\r\n"
                                      "\r\n"
                                      "  ml=GET,POST\t/api/tasks/?  \r\n"
                                      "export = GET /api/projects/*/export/...\n"
                                      "ml = POST /api/predictions");
    struct scope_list list;
    scopes_list(scopes, &arena, &list);
    assert_int_equal(list.count, 5);
    assert_str("built in", list.items[0].name, STR("all"));
    assert_str("by name", list.items[3].name, STR("export"));
    assert_str("by name", list.items[4].name, STR("ml"));
    assert_str("described", list.items[4].description, STR("Read tasks, write predictions"));
    assert_int_equal(list.items[4].pattern_count, 2);
    assert_int_equal(list.items[4].patterns[0].methods, METHODS_GET | METHODS_POST);
    assert_str("as written", list.items[4].patterns[0].path, STR("/api/tasks/?"));
    assert_true(scopes_know(scopes, STR("ml")));
    assert_false(scopes_know(scopes, STR("m")));
    assert_str("for messages", scopes_names(scopes, &arena), STR("all, read, tokens, export, ml"));
    scopes_free(scopes);
}

static enum scope_answer ask_for(struct scopes *scopes, const char *list, const char *method,
                                 const char *path)
{
    const struct scope_question question = {.has_method = true,
                                            .method = method_of(str_from(method)),
                                            .raw_path = str_from(path),
                                            .base = STR("/base")};
    return scopes_permit(scopes, str_from(list), &question);
}

static void patterns_match_whole_segments(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *method, *path;
        bool fits;
    } cases[] = {
        {"GET /api/tasks", "GET", "/api/tasks", true},
        {"GET /api/tasks", "HEAD", "/api/tasks", true},
        {"GET /api/tasks", "OPTIONS", "/api/tasks", false},
        {"GET /api/tasks", "POST", "/api/tasks", false},
        {"GET /api/tasks", "PROPFIND", "/api/tasks", false},
        {"GET /api/tasks", "get", "/api/tasks", false},
        {"HEAD /api/tasks", "GET", "/api/tasks", false},
        {"HEAD /api/tasks", "HEAD", "/api/tasks", true},
        {"GET /api/tasks", "GET", "/api/tasks/", false},
        {"GET /api/tasks", "GET", "/api/tasks2", false},
        {"GET /api/tasks", "GET", "/api/task", false},
        {"GET /api/tasks", "GET", "/api/tasks/1", false},
        {"GET /api/tasks", "GET", "/api", false},
        {"GET /api/tasks", "GET", "/", false},
        {"GET /api/tasks", "GET", "/API/tasks", false},
        {"GET /api/tasks", "GET", "/base/api/tasks", true},
        {"GET /api/tasks", "GET", "/base/base/api/tasks", false},
        {"GET /api/tasks", "GET", "/basement/api/tasks", false},
        {"GET /api/tasks", "GET", "/x/api/tasks", false},
        {"GET /api/tasks/", "GET", "/api/tasks/", true},
        {"GET /api/tasks/", "GET", "/api/tasks", false},
        {"GET /api/tasks/", "GET", "/api/tasks/1", false},
        {"GET /api/tasks/?", "GET", "/api/tasks", true},
        {"GET /api/tasks/?", "GET", "/api/tasks/", true},
        {"GET /api/tasks/?", "GET", "/api/tasks/1", false},
        {"GET /api/tasks/*", "GET", "/api/tasks/1", true},
        {"GET /api/tasks/*", "GET", "/api/tasks/", false},
        {"GET /api/tasks/*", "GET", "/api/tasks", false},
        {"GET /api/tasks/*", "GET", "/api/tasks/1/", false},
        {"GET /api/tasks/*", "GET", "/api/tasks/1/2", false},
        {"GET /api/tasks/*/?", "GET", "/api/tasks/1/", true},
        {"GET /api/*/export", "GET", "/api/7/export", true},
        {"GET /api/*/export", "GET", "/api/7/8/export", false},
        {"GET /api/*/export", "GET", "/api//export", false},
        {"GET /api/**", "GET", "/api/", true},
        {"GET /api/**", "GET", "/api/a", true},
        {"GET /api/**", "GET", "/api/a/b/c/", true},
        {"GET /api/**", "GET", "/api", false},
        {"GET /api/**", "GET", "/apis/a", false},
        {"GET /api/...", "GET", "/api/a/b", true},
        {"GET /**", "GET", "/", true},
        {"GET /**", "GET", "/a/b", true},
        {"GET /", "GET", "/", true},
        {"GET /", "GET", "/a", false},
        {"GET /?", "GET", "/", true},
        {"GET /a@b", "GET", "/a@b", true},
        {"GET /a@b", "GET", "/a%40b", true},
        {"GET /a%40b", "GET", "/a@b", true},
        {"GET /l%C3%A4sen", "GET", "/l%c3%a4sen", true},
        {"GET /x/*", "GET", "/x/l%C3%A4sen", true},
        {"GET /x/*", "GET", "/x/a%20b", true},
        {"GET /x/*", "GET", "/x/*", true},
        {"POST,DELETE /x", "DELETE", "/x", true},
        {"POST,DELETE /x", "POST", "/x", true},
        {"POST,DELETE /x", "PUT", "/x", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str file = ARENA_JOIN(&arena, STR("s = "), str_from(cases[i].pattern));
        struct scopes *scopes = scopes_of(arena_cstr(&arena, file));
        enum scope_answer answer = ask_for(scopes, "s", cases[i].method, cases[i].path);
        if ((answer == SCOPE_YES) != cases[i].fits)
            fail_msg("%s: %s %s", cases[i].pattern, cases[i].method, cases[i].path);
        scopes_free(scopes);
    }
}

static void what_the_built_in_ones_give(void **state)
{
    (void)state;
    static const struct {
        const char *list, *method, *path;
        enum scope_answer answer;
    } cases[] = {
        {"all", "DELETE", "/x/../y", SCOPE_YES},
        {"read", "GET", "/x", SCOPE_YES},
        {"read", "HEAD", "/x", SCOPE_YES},
        {"read", "OPTIONS", "/x", SCOPE_YES},
        {"read", "POST", "/x", SCOPE_NO},
        {"read", "TRACE", "/x", SCOPE_NO},
        {"read", "GET", "/x//y", SCOPE_NO_PLAIN_PATH},
        {"read", "GET", "", SCOPE_YES},
        {"read", "POST", "", SCOPE_NO_QUESTION},
        {"read", "GET", "/api/current-user/token", SCOPE_NO},
        {"read", "HEAD", "/api/current-user/token/", SCOPE_NO},
        {"read", "GET", "/base/api/current-user/token", SCOPE_NO},
        {"read", "GET", "/api/invite", SCOPE_NO},
        {"read", "GET", "/user/account/legacy-token", SCOPE_NO},
        {"read", "GET", "/user/account", SCOPE_NO},
        {"tokens", "GET", "/x", SCOPE_NO},
        {"tokens", "GET", "", SCOPE_NO_QUESTION},
        {"tokens", "POST", "/api/token/", SCOPE_NO}, /* of the API behind the proxy */
        {"gone", "GET", "/x", SCOPE_NO},
        {"gone read", "GET", "/x", SCOPE_YES},
        {"export", "GET", "/api/export", SCOPE_YES},
        {"export", "GET", "", SCOPE_NO_QUESTION},
        {"export gone", "POST", "/api/export", SCOPE_NO},
    };
    struct scopes *scopes = scopes_of("export = GET /api/export\n");
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (ask_for(scopes, cases[i].list, cases[i].method, cases[i].path) != cases[i].answer)
            fail_msg("%s: %s %s", cases[i].list, cases[i].method, cases[i].path);
    const struct scope_question unsaid = {.raw_path = STR("/api/export"), .base = STR("")};
    assert_int_equal(scopes_permit(scopes, STR("read"), &unsaid), SCOPE_NO_QUESTION);
    assert_int_equal(scopes_permit(scopes, STR("export"), &unsaid), SCOPE_NO_QUESTION);
    scopes_set(scopes, NULL);
    assert_int_equal(ask_for(scopes, "export", "GET", "/api/export"), SCOPE_NO);
    scopes_free(scopes);
}

/* Every one is what some server, proxy or framework reads as /api/secret, or otherwise than another
 * does. The sets give all below /open, one level below /one, /open itself, and /api/tasks. */
static const char *const hostile[] = {
#include "unit/hostile_paths.def"
};

static void no_hostile_path_slips_through(void **state)
{
    (void)state;
    struct scopes *scopes = scopes_of("s = GET /open\ns = GET /open/**\ns = GET /one/*\n"
                                      "s = GET /one/*/two/?\ns = GET /api/tasks/?\n");
    assert_int_equal(ask_for(scopes, "s", "GET", "/open/secret"), SCOPE_YES);
    for (size_t i = 0; i < COUNT_OF(hostile); i++) {
        if (ask_for(scopes, "s", "GET", hostile[i]) != SCOPE_NO_PLAIN_PATH)
            fail_msg("'%s' is let pass, or taken for a plain path", hostile[i]);
        if (ask_for(scopes, "read", "GET", hostile[i]) != SCOPE_NO_PLAIN_PATH)
            fail_msg("'%s' may be read", hostile[i]);
        /* under the base it is no better */
        if (hostile[i][0] == '/')
            assert_false(path_is_plain(ARENA_JOIN(&arena, STR("/base"), str_from(hostile[i]))));
    }
    assert_true(COUNT_OF(hostile) >= 120);
    scopes_free(scopes);
}

static void bytes_that_no_text_has_are_hostile_too(void **state)
{
    (void)state;
    char path[] = "/open/x";
    for (int byte = 0; byte < 256; byte++) {
        path[6] = (char)byte;
        bool plain = path_is_plain(str_of(path, 7));
        bool wanted = byte < 0x80 && byte > ' ' && byte != 0x7F && byte != '.' &&
                      !str_has(STR("\"#%/;<>?[\\]^`{|}"), (char)byte);
        if (byte == '/')
            continue; /* a second slash: among the hostile ones */
        if (plain != wanted)
            fail_msg("byte %02X is %s", (unsigned)byte, plain ? "let pass" : "refused");
    }
}

static void ordinary_paths_are_plain(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "/",
        "/a",
        "/a/",
        "/api/tasks/12/annotations/",
        "/data/upload/1/ab12-photo.final.jpg",
        "/.well-known/jwks.json",
        "/a/.git",
        "/a...b/c",
        "/x/(1)",
        "/x/a%20b.png",
        "/x/a+b",
        "/x/a,b",
        "/x/%E6%96%87%E4%BB%B6.txt",
        "/x/%C3%A9t%C3%A9",
        "/x/%22quoted%22",
        "/x/100%40home",
        "/x/~user",
        "/x/a:b",
        "/x/a=b&c",
        "/x/%7Bid%7D",
        "/x/%F0%9F%90%88",
    };
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        if (!path_is_plain(str_from(paths[i])))
            fail_msg("'%s' is refused", paths[i]);
    char *longest = arena_bytes(&arena, 1026);
    memset(longest, 'a', 1026);
    longest[0] = '/';
    assert_true(path_is_plain(str_of(longest, 1025)));
    assert_false(path_is_plain(str_of(longest, 1026)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_list_has_one_form, clear),
        cmocka_unit_test_teardown(a_list_has_a_ceiling, clear),
        cmocka_unit_test_teardown(what_is_narrower, clear),
        cmocka_unit_test_teardown(what_two_lists_both_give, clear),
        cmocka_unit_test_teardown(a_bad_file_is_refused_with_its_line, clear),
        cmocka_unit_test_teardown(a_file_is_read, clear),
        cmocka_unit_test_teardown(patterns_match_whole_segments, clear),
        cmocka_unit_test_teardown(what_the_built_in_ones_give, clear),
        cmocka_unit_test_teardown(no_hostile_path_slips_through, clear),
        cmocka_unit_test_teardown(bytes_that_no_text_has_are_hostile_too, clear),
        cmocka_unit_test_teardown(ordinary_paths_are_plain, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
