#include "api/json.h" /* before cmocka, whose macro `fail` hides our function */

#include "test.h"

struct fixture {
    struct arena arena;
    str problem;
};

static enum error read(struct fixture *f, str text, json_t **out)
{
    *out = NULL;
    f->problem = STR("");
    return json_read(text, &f->arena, &f->problem, out);
}

static void what_is_json_is_read(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        " [1, 2.5e3, -0] \n",
        "\"a\"",
        "null",
        "true",
        "{\"a\":{\"a\":1}}",
        "\"\\ud83d\\ude00\"",
        "\"\xF0\x9F\x98\x80\"",
        "\"\\u0000\"",
        "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"]",
    };
    struct fixture f = {0};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        json_t *value;
        assert_ok(texts[i], read(&f, str_from(texts[i]), &value));
        json_decref(value);
    }
    arena_release(&f.arena);
}

static void what_is_not_json_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        str text;
        const char *place; /* "": wherever */
    } cases[] = {
        {"nothing", STR_INIT(""), "line 1 column 1 (char 0)"},
        {"blanks", STR_INIT("  "), ""},
        {"a word", STR_INIT("hello"), ""},
        {"cut", STR_INIT("{\"a\":"), "line 1 column 6 (char 5)"},
        {"something behind", STR_INIT("{} x"), ""},
        {"two values", STR_INIT("1 2"), ""},
        {"a NUL behind", STR_INIT("{}\0"), ""},
        {"NaN", STR_INIT("{\"a\":NaN}"), ""},
        {"infinity", STR_INIT("[Infinity]"), ""},
        {"a leading zero", STR_INIT("[01]"), ""},
        {"a plus", STR_INIT("[+1]"), ""},
        {"hexadecimal", STR_INIT("[0x1]"), ""},
        {"a trailing comma", STR_INIT("[1,]"), ""},
        {"a comment", STR_INIT("[1] // x"), ""},
        {"single quotes", STR_INIT("{'a':1}"), ""},
        {"a name twice", STR_INIT("{\"a\":1,\"a\":1}"), ""},
        {"a name twice, once escaped", STR_INIT("{\"a\":1,\"\\u0061\":2}"), ""},
        {"a name twice, deeper", STR_INIT("[{\"b\":{\"a\":1,\"a\":2}}]"), ""},
        {"half a pair", STR_INIT("\"\\ud800\""), ""},
        {"the other half", STR_INIT("\"\\udc00\""), ""},
        {"not UTF-8", STR_INIT("\"\xFF\""), ""},
        {"an overlong slash", STR_INIT("\"\xC0\xAF\""), ""},
        {"a surrogate in UTF-8", STR_INIT("\"\xED\xA0\x80\""), ""},
        {"a byte order mark", STR_INIT("\xEF\xBB\xBF{}"), ""},
        {"a raw tab in a text", STR_INIT("\"a\tb\""), ""},
        {"a raw line feed in a text", STR_INIT("\"a\nb\""), ""},
        {"a number beyond all doubles", STR_INIT("[1e400]"), ""},
        {"on the third line", STR_INIT("{\n\n  \"\xC3\xA9\": x}"), "line 3 column"},
    };
    struct fixture f = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        json_t *value;
        assert_error(cases[i].why, read(&f, cases[i].text, &value), ERR_MALFORMED);
        assert_null(value);
        if (!str_contains(f.problem, str_from(cases[i].place)))
            fail_msg("%s: '%.*s' does not say '%s'", cases[i].why, STR_ARG(f.problem),
                     cases[i].place);
    }
    arena_release(&f.arena);
}

static void a_problem_never_quotes_the_text(void **state)
{
    (void)state;
    struct fixture f = {0};
    json_t *value;
    assert_error("a secret outside of quotes", read(&f, STR("{\"refresh\": s3cr3tt0ken}"), &value),
                 ERR_MALFORMED);
    assert_false(str_contains(f.problem, STR("s3cr")));
    assert_error("a secret twice", read(&f, STR("{\"s3cr3t\":1,\"s3cr3t\":2}"), &value),
                 ERR_MALFORMED);
    assert_false(str_contains(f.problem, STR("s3cr")));
    arena_release(&f.arena);
}

static str nested(struct arena *arena, size_t depth, char open, char close)
{
    char *text = arena_bytes(arena, depth * 2);
    memset(text, open, depth);
    memset(text + depth, close, depth);
    return str_of(text, depth * 2);
}

static void depth_has_a_ceiling(void **state)
{
    (void)state;
    struct fixture f = {0};
    json_t *value;
    assert_ok("as deep as allowed", read(&f, nested(&f.arena, LIMIT_JSON_DEPTH, '[', ']'), &value));
    json_decref(value);
    assert_error("one deeper", read(&f, nested(&f.arena, LIMIT_JSON_DEPTH + 1, '[', ']'), &value),
                 ERR_MALFORMED);
    assert_error("100000 deep", read(&f, nested(&f.arena, 100000, '[', '['), &value),
                 ERR_MALFORMED);
    assert_ok("many beside one another",
              read(&f,
                   STR("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
                       "[],[],[],[],[],[],[],[],[],[],[],[]]"),
                   &value));
    json_decref(value);
    arena_release(&f.arena);
}

static void a_null_character_in_a_text_is_kept(void **state)
{
    (void)state;
    struct fixture f = {0};
    json_t *value;
    assert_ok("read", read(&f, STR("\"a\\u0000b\""), &value));
    assert_str("the whole text", json_text(value), STR("a\0b"));
    assert_str("written again", json_write(&f.arena, value), STR("\"a\\u0000b\""));
    arena_release(&f.arena);
}

static void what_is_written_is_compact_and_in_order(void **state)
{
    (void)state;
    struct arena arena = {0};
    json_t *object = json_object();
    json_add(object, "z", json_from_str(STR("\xC3\xA9\"\\/\n")));
    json_add(object, "a", json_from_time(&arena, 0));
    json_add(object, "m", json_from_time(&arena, SECONDS(1)));
    json_add(object, "e", json_from_time(&arena, USEC_NEVER));
    json_add(object, "bad", json_from_str(STR("a\xFFz")));
    assert_str("object", json_write(&arena, object),
               STR("{\"z\":\"\xC3\xA9\\\"\\\\/\\n\",\"a\":null,\"m\":\"1970-01-01T00:00:01Z\","
                   "\"e\":null,\"bad\":\"a?z\"}"));
    arena_release(&arena);
}

static void bodies_of_the_own_api_are_json_objects(void **state)
{
    (void)state;
    static const struct {
        const char *why, *type, *body;
        enum error want;
    } cases[] = {
        {"an object", "application/json", "{\"a\":1}", OK},
        {"with a charset", "application/json; charset=utf-8", "{}", OK},
        {"empty, whatever the type", "text/plain", "", OK},
        {"no type", NULL, "{}", ERR_UNSUPPORTED_TYPE},
        {"a form", "application/x-www-form-urlencoded", "a=1", ERR_UNSUPPORTED_TYPE},
        {"text", "text/plain", "{}", ERR_UNSUPPORTED_TYPE},
        {"an array", "application/json", "[]", ERR_INVALID},
        {"null", "application/json", "null", ERR_INVALID},
        {"cut", "application/json", "{", ERR_MALFORMED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct request rq = {0};
        struct request_state request_state = {.detail = STR_INIT("")};
        CLEANUP(json_release) json_t *object = NULL;
        request_init(&rq);
        rq.state = &request_state;
        rq.body = str_from(cases[i].body);
        if (cases[i].type)
            request_set_header(&rq, HEADER_CONTENT_TYPE, str_from(cases[i].type));
        assert_error(cases[i].why, body_read_object(&rq, &object), cases[i].want);
        assert_int_equal(object != NULL, cases[i].want == OK);
        request_release(&rq);
    }
}

/* A request with that body, as JSON. */
static enum error read_body(struct request *rq, struct request_state *request_state,
                            const char *body, json_t **out)
{
    *request_state = (struct request_state){.detail = STR_INIT("")};
    *out = NULL;
    request_init(rq);
    rq->state = request_state;
    rq->body = str_from(body);
    request_set_header(rq, HEADER_CONTENT_TYPE, STR("application/json"));
    return body_read_object(rq, out);
}

static void a_number_beyond_64_bits_leaves_the_others_as_they_are(void **state)
{
    (void)state;
    static const char *const huge[] = {"9223372036854775808", "-9223372036854775809", "1e309",
                                       "-1e309", "123456789012345678901234567890"};
    struct request rq;
    struct request_state request_state;
    char body[200];
    for (size_t i = 0; i < COUNT_OF(huge); i++) {
        CLEANUP(json_release) json_t *object = NULL;
        (void)snprintf(body, sizeof(body), "{\"text\":\"1e309\",\"a\":7,\"b\":[1,%s],\"c\":%s }",
                       huge[i], huge[i]);
        assert_ok(huge[i], read_body(&rq, &request_state, body, &object));
        assert_str("a text", json_text(json_object_get(object, "text")), STR("1e309"));
        assert_int_equal(json_integer_value(json_object_get(object, "a")), 7);
        assert_true(json_is_integer(json_array_get(json_object_get(object, "b"), 0)));
        assert_true(json_is_real(json_array_get(json_object_get(object, "b"), 1)));
        assert_true(json_is_real(json_object_get(object, "c")));
        request_release(&rq);
    }
}

static void of_numbers_beyond_64_bits_there_may_be_few(void **state)
{
    (void)state;
    struct request rq;
    struct request_state request_state;
    struct arena arena = {0};
    json_t *object;
    str body = STR("{\"a\":[0");
    for (int i = 0; i < 1000; i++)
        body = ARENA_JOIN(&arena, body, STR(",1e309"));
    body = ARENA_JOIN(&arena, body, STR("]}"));
    assert_error("a thousand", read_body(&rq, &request_state, arena_cstr(&arena, body), &object),
                 ERR_MALFORMED);
    request_release(&rq);
    arena_release(&arena);
}

static void a_name_that_comes_twice_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        str name;
    } cases[] = {
        {"{\"a\":1,\"a\":2}", STR_INIT("a")},
        {"{\"b\":{\"x\":1},\"a\" : 1 , \"a\" : 2}", STR_INIT("a")},
        {"{\"a\":1,\"\\u0061\":2}", STR_INIT("a")},
        {"{\"a\\\"b\":1,\"a\\\"b\":2}", STR_INIT("a\"b")},
        {"{\"a\\\\\":1,\"a\\\\\":2}", STR_INIT("a\\")},
        {"{\"\":1,\"\":2}", STR_INIT("")},
        {"{\"a\":[{\"deep\":1,\"deep\":2}]}", STR_INIT("deep")},
    };
    struct request rq;
    struct request_state request_state;
    json_t *object;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_error(cases[i].body, read_body(&rq, &request_state, cases[i].body, &object),
                     ERR_INVALID);
        assert_int_equal(request_state.complaints.count, 1);
        assert_str(cases[i].body, request_state.complaints.items[0].field, cases[i].name);
        request_release(&rq);
    }
}

static void unknown_members_are_refused_by_name(void **state)
{
    (void)state;
    static const str known[] = {STR_INIT("name"), STR_INIT("kind")};
    struct request rq = {0};
    struct request_state request_state = {.detail = STR_INIT("")};
    request_init(&rq);
    rq.state = &request_state;
    json_t *object = json_pack("{sisisi}", "name", 1, "nam", 2, "kind ", 3);
    assert_error("two strangers", body_refuse_unknown(&rq, object, known, COUNT_OF(known)),
                 ERR_INVALID);
    json_decref(object); /* the complaints outlive it */
    assert_int_equal(request_state.complaints.count, 2);
    assert_str("first", request_state.complaints.items[0].field, STR("nam"));
    assert_str("second", request_state.complaints.items[1].field, STR("kind "));
    object = json_pack("{si}", "kind", 1);
    assert_ok("all known", body_refuse_unknown(&rq, object, known, COUNT_OF(known)));
    json_decref(object);
    request_release(&rq);
}

static void one_plain_text_is_read_without_the_library(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *text; /* NULL: it is for the library */
    } cases[] = {
        {"{\"refresh\":\"a.b-c_d\"}", "a.b-c_d"},
        {" {\t\"refresh\"\r\n: \"a\" } \n", "a"},
        {"{\"refresh\":\"{}:,'\"}", "{}:,'"},
        {"", NULL},
        {"{}", NULL},
        {"{\"refresh\"}", NULL},
        {"{\"refresh\":\"a\"", NULL},
        {"{\"refresh\":\"a", NULL},
        {"{\"refresh\":\"\"}", NULL},
        {"{\"refresh\":1}", NULL},
        {"{\"refresh\":null}", NULL},
        {"{\"refresh\":[\"a\"]}", NULL},
        {"{\"refresh\" \"a\"}", NULL},
        {"{\"refresh\":\"a\"}}", NULL},
        {"{\"refresh\":\"a\"} x", NULL},
        {"{\"refresh\":\"a\",}", NULL},
        {"{\"refresh\":\"a\",\"refresh\":\"b\"}", NULL},
        {"{\"refresh\":\"a\",\"other\":\"b\"}", NULL},
        {"{\"other\":\"a\"}", NULL},
        {"{\"refreshed\":\"a\"}", NULL},
        {"{\"refres\":\"a\"}", NULL},
        {"{\" refresh\":\"a\"}", NULL},
        {"{\"refresh \":\"a\"}", NULL},
        {"{refresh:\"a\"}", NULL},
        {"{'refresh':'a'}", NULL},
        {"[{\"refresh\":\"a\"}]", NULL},
        {"\"refresh\"", NULL},
        {"{\"refresh\":\"a\\\"}", NULL},
        {"{\"refresh\":\"a\\u0062\"}", NULL},
        {"{\"refresh\":\" a\"}", NULL},
        {"{\"refresh\":\"a b\"}", NULL},
        {"{\"refresh\":\"a\x01\"}", NULL},
        {"{\"refresh\":\"\xC3\xA9\"}", NULL},
        {"\xEF\xBB\xBF{\"refresh\":\"a\"}", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str text = STR("untouched");
        bool is_read = json_read_text(str_from(cases[i].json), STR("refresh"), &text);
        if (is_read != (cases[i].text != NULL))
            fail_msg("%s: wrongly %s", cases[i].json, is_read ? "read" : "refused");
        assert_str(cases[i].json, text, str_from(is_read ? cases[i].text : "untouched"));
    }
}

static void a_text_is_written_as_the_library_would(void **state)
{
    (void)state;
    static const char *const texts[] = {"a.b-c_d", "",     "a b",      "\"",
                                        "\\",      "\x01", "\xC3\xA9", "a\x7F"};
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        json_t *object = json_object();
        json_add(object, "access", json_from_str(str_from(texts[i])));
        assert_str(texts[i], json_write_text(&arena, STR("access"), str_from(texts[i])),
                   json_write(&arena, object));
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_json_is_read),
        cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
        cmocka_unit_test(a_problem_never_quotes_the_text),
        cmocka_unit_test(depth_has_a_ceiling),
        cmocka_unit_test(a_null_character_in_a_text_is_kept),
        cmocka_unit_test(what_is_written_is_compact_and_in_order),
        cmocka_unit_test(one_plain_text_is_read_without_the_library),
        cmocka_unit_test(a_text_is_written_as_the_library_would),
        cmocka_unit_test(bodies_of_the_own_api_are_json_objects),
        cmocka_unit_test(a_number_beyond_64_bits_leaves_the_others_as_they_are),
        cmocka_unit_test(of_numbers_beyond_64_bits_there_may_be_few),
        cmocka_unit_test(a_name_that_comes_twice_is_named),
        cmocka_unit_test(unknown_members_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
