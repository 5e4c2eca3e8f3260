/*
 * Bodies as Django REST framework 3.17 reads them. What is wanted here was seen on Label Studio
 * 1.23.2 (see label-studio-http.md, 3), but for a name that comes twice: there the last one wins.
 */
#include "api/ls_body.h" /* before cmocka, whose macro `fail` hides our function */

#include "test.h"

#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"
#define MULTIPART "multipart/form-data; boundary=x"

struct fixture {
    struct request rq;
    struct request_state state;
    struct ls_body body;
};

static void setup(struct fixture *f, const char *type, str text)
{
    memset(f, 0, sizeof(*f));
    request_init(&f->rq);
    f->state.detail = STR("");
    f->rq.state = &f->state;
    f->rq.body = text;
    if (type)
        request_set_header(&f->rq, HEADER_CONTENT_TYPE, str_from(type));
}

static void teardown(struct fixture *f)
{
    ls_body_release(&f->body);
    request_release(&f->rq);
}

/* All complaints as "field: text | field: text". */
static str complaints_text(struct fixture *f)
{
    str all = STR("");
    for (size_t i = 0; i < f->state.complaints.count; i++)
        all = ARENA_JOIN(&f->rq.arena, all, i ? STR(" | ") : STR(""),
                         f->state.complaints.items[i].field, STR(": "),
                         f->state.complaints.items[i].text);
    return all;
}

static void a_body_is_an_object_or_refused_in_pythons_words(void **state)
{
    (void)state;
    static const struct {
        const char *why, *type;
        str text;
        enum error want;
        str says; /* the detail or the complaint, or its beginning */
    } cases[] = {
        {"an object", JSON, STR_INIT("{\"a\":1}"), OK, STR_INIT("")},
        {"an object, spelled loudly", "APPLICATION/JSON", STR_INIT("{}"), OK, STR_INIT("")},
        {"with a charset", "application/json; charset=utf-8", STR_INIT("{}"), OK, STR_INIT("")},
        {"nothing", NULL, STR_INIT(""), OK, STR_INIT("")},
        {"nothing, as JSON", JSON, STR_INIT(""), OK, STR_INIT("")},
        {"nothing, as text", "text/plain", STR_INIT(""), OK, STR_INIT("")},
        {"a form", FORM, STR_INIT("a=b"), OK, STR_INIT("")},
        {"a list", JSON, STR_INIT("[1]"), ERR_INVALID,
         STR_INIT(": Invalid data. Expected a dictionary, but got list.")},
        {"a number", JSON, STR_INIT("5"), ERR_INVALID,
         STR_INIT(": Invalid data. Expected a dictionary, but got int.")},
        {"a fraction", JSON, STR_INIT("1.5"), ERR_INVALID,
         STR_INIT(": Invalid data. Expected a dictionary, but got float.")},
        {"a text", JSON, STR_INIT("\"x\""), ERR_INVALID,
         STR_INIT(": Invalid data. Expected a dictionary, but got str.")},
        {"true", JSON, STR_INIT("true"), ERR_INVALID,
         STR_INIT(": Invalid data. Expected a dictionary, but got bool.")},
        {"null", JSON, STR_INIT("null"), ERR_INVALID, STR_INIT(": No data provided")},
        {"cut", JSON, STR_INIT("{\"refresh\":"), ERR_MALFORMED, STR_INIT("JSON parse error - ")},
        {"blanks", JSON, STR_INIT("  "), ERR_MALFORMED, STR_INIT("JSON parse error - ")},
        {"NaN", JSON, STR_INIT("{\"a\":NaN}"), ERR_MALFORMED, STR_INIT("JSON parse error - ")},
        {"a name twice", JSON, STR_INIT("{\"a\":1,\"a\":2}"), ERR_MALFORMED,
         STR_INIT("JSON parse error - ")},
        {"text", "text/plain", STR_INIT("x"), ERR_UNSUPPORTED_TYPE,
         STR_INIT("Unsupported media type \"text/plain\" in request.")},
        {"text with a charset", "text/plain; charset=utf-8", STR_INIT("x"), ERR_UNSUPPORTED_TYPE,
         STR_INIT("Unsupported media type \"text/plain; charset=utf-8\" in request.")},
        {"no type", NULL, STR_INIT("{}"), ERR_UNSUPPORTED_TYPE,
         STR_INIT("Unsupported media type \"text/plain\" in request.")},
        {"an empty type", "", STR_INIT("{}"), ERR_UNSUPPORTED_TYPE,
         STR_INIT("Unsupported media type \"\" in request.")},
        {"nearly JSON", "text/json", STR_INIT("{}"), ERR_UNSUPPORTED_TYPE,
         STR_INIT("Unsupported media type \"text/json\" in request.")},
        {"no boundary", "multipart/form-data", STR_INIT("--x"), ERR_MALFORMED,
         STR_INIT("Multipart form parse error - Invalid boundary in multipart: None")},
        {"a cut form", MULTIPART, STR_INIT("--x\r\nContent-"), ERR_MALFORMED,
         STR_INIT("Multipart form parse error - ")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        setup(&f, cases[i].type, cases[i].text);
        assert_error(cases[i].why, ls_body_read(&f.rq, &f.body), cases[i].want);
        str said = cases[i].want == ERR_INVALID ? complaints_text(&f) : f.state.detail;
        if (!str_starts(said, cases[i].says) || (cases[i].says.len == 0 && said.len > 0))
            fail_msg("%s: '%.*s' instead of '%.*s'", cases[i].why, STR_ARG(said),
                     STR_ARG(cases[i].says));
        teardown(&f);
    }
}

static void texts_are_read_and_refused_as_django_does(void **state)
{
    (void)state;
    static const struct ls_text_rule strict = {.field = "f", .max_characters = 5};
    static const struct ls_text_rule lenient = {
        .field = "f", .is_optional = true, .may_be_blank = true, .may_be_null = true};
    static const struct ls_text_rule email = {.field = "f", .max_characters = 20, .is_email = true};
    static const struct {
        const char *why;
        const struct ls_text_rule *rule;
        const char *type;
        str body;
        enum given want;
        str text; /* or the complaints */
    } cases[] = {
        {"a text", &strict, JSON, STR_INIT("{\"f\":\"abc\"}"), GIVEN_VALUE, STR_INIT("abc")},
        {"trimmed", &strict, JSON, STR_INIT("{\"f\":\" \\t\\u00a0abc\\u3000\\u2028\\n\"}"),
         GIVEN_VALUE, STR_INIT("abc")},
        {"blanks inside stay", &strict, JSON, STR_INIT("{\"f\":\" a b \"}"), GIVEN_VALUE,
         STR_INIT("a b")},
        {"a number", &strict, JSON, STR_INIT("{\"f\":-5}"), GIVEN_VALUE, STR_INIT("-5")},
        {"a fraction", &strict, JSON, STR_INIT("{\"f\":1.5}"), GIVEN_VALUE, STR_INIT("1.5")},
        {"a tenth", &strict, JSON, STR_INIT("{\"f\":0.1}"), GIVEN_VALUE, STR_INIT("0.1")},
        {"a whole fraction", &strict, JSON, STR_INIT("{\"f\":2.0}"), GIVEN_VALUE, STR_INIT("2.0")},
        {"missing", &strict, JSON, STR_INIT("{\"g\":1}"), GIVEN_WRONG,
         STR_INIT("f: This field is required.")},
        {"missing in a form", &strict, FORM, STR_INIT("g=1"), GIVEN_WRONG,
         STR_INIT("f: This field is required.")},
        {"null", &strict, JSON, STR_INIT("{\"f\":null}"), GIVEN_WRONG,
         STR_INIT("f: This field may not be null.")},
        {"empty", &strict, JSON, STR_INIT("{\"f\":\"\"}"), GIVEN_WRONG,
         STR_INIT("f: This field may not be blank.")},
        {"blank", &strict, JSON, STR_INIT("{\"f\":\" \\u001c\\u2003 \"}"), GIVEN_WRONG,
         STR_INIT("f: This field may not be blank.")},
        {"blank in a form", &strict, FORM, STR_INIT("f=+%C2%A0"), GIVEN_WRONG,
         STR_INIT("f: This field may not be blank.")},
        {"true", &strict, JSON, STR_INIT("{\"f\":true}"), GIVEN_WRONG,
         STR_INIT("f: Not a valid string.")},
        {"a list", &strict, JSON, STR_INIT("{\"f\":[]}"), GIVEN_WRONG,
         STR_INIT("f: Not a valid string.")},
        {"an object", &strict, JSON, STR_INIT("{\"f\":{}}"), GIVEN_WRONG,
         STR_INIT("f: Not a valid string.")},
        {"a null character", &strict, JSON, STR_INIT("{\"f\":\"a\\u0000b\"}"), GIVEN_WRONG,
         STR_INIT("f: Null characters are not allowed.")},
        {"half a pair", &strict, JSON, STR_INIT("{\"f\":\"\\ud800\"}"), GIVEN_WRONG,
         STR_INIT("f: Surrogate characters are not allowed: U+D800.")},
        {"the last half", &strict, JSON, STR_INIT("{\"f\":\"a\\uDFFF\"}"), GIVEN_WRONG,
         STR_INIT("f: Surrogate characters are not allowed: U+DFFF.")},
        {"halves the wrong way round", &strict, JSON, STR_INIT("{\"f\":\"\\udfff\\ud800\"}"),
         GIVEN_WRONG, STR_INIT("f: Surrogate characters are not allowed: U+DFFF.")},
        {"a pair and a half", &strict, JSON, STR_INIT("{\"f\":\"\\ud83d\\ude00\\udc01\"}"),
         GIVEN_WRONG, STR_INIT("f: Surrogate characters are not allowed: U+DC01.")},
        {"a whole pair", &strict, JSON, STR_INIT("{\"f\":\"\\ud83d\\ude00\"}"), GIVEN_VALUE,
         STR_INIT("\xF0\x9F\x98\x80")},
        {"a backslash before the escape", &strict, JSON, STR_INIT("{\"f\":\"\\\\ud800\"}"),
         GIVEN_WRONG, STR_INIT("f: Ensure this field has no more than 5 characters.")},
        {"half a pair elsewhere", &strict, JSON, STR_INIT("{\"g\":\"\\ud800\",\"f\":\"a\"}"),
         GIVEN_VALUE, STR_INIT("a")},
        {"five characters", &strict, JSON, STR_INIT("{\"f\":\"\\u00e9\\u00e9\\u00e9\\u00e9e\"}"),
         GIVEN_VALUE,
         STR_INIT("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
                  "e")},
        {"six characters", &strict, JSON, STR_INIT("{\"f\":\"abcdef\"}"), GIVEN_WRONG,
         STR_INIT("f: Ensure this field has no more than 5 characters.")},
        {"all at once", &strict, JSON, STR_INIT("{\"f\":\"abcde\\u0000\\ud801\"}"), GIVEN_WRONG,
         STR_INIT("f: Ensure this field has no more than 5 characters. | "
                  "f: Null characters are not allowed. | "
                  "f: Surrogate characters are not allowed: U+D801.")},
        {"a form's text", &strict, FORM, STR_INIT("f=a%2Bb+c"), GIVEN_VALUE, STR_INIT("a+b c")},
        {"the last of two", &strict, FORM, STR_INIT("f=a&f=b"), GIVEN_VALUE, STR_INIT("b")},
        {"multipart", &strict, MULTIPART,
         STR_INIT("--x\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nabc\r\n--x--\r\n"),
         GIVEN_VALUE, STR_INIT("abc")},
        {"a file", &strict, MULTIPART,
         STR_INIT("--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nabc"
                  "\r\n--x--\r\n"),
         GIVEN_WRONG, STR_INIT("f: Not a valid string.")},
        {"missing, and may be", &lenient, JSON, STR_INIT("{}"), GIVEN_NOTHING, STR_INIT("")},
        {"null, and may be", &lenient, JSON, STR_INIT("{\"f\":null}"), GIVEN_NULL, STR_INIT("")},
        {"blank, and may be", &lenient, JSON, STR_INIT("{\"f\":\" \"}"), GIVEN_VALUE, STR_INIT("")},
        {"long, and may be", &lenient, JSON, STR_INIT("{\"f\":\"abcdef\"}"), GIVEN_VALUE,
         STR_INIT("abcdef")},
        {"an e-mail", &email, JSON, STR_INIT("{\"f\":\"a@b.co\"}"), GIVEN_VALUE,
         STR_INIT("a@b.co")},
        {"an e-mail that is a list", &email, JSON, STR_INIT("{\"f\":[]}"), GIVEN_WRONG,
         STR_INIT("f: Enter a valid email address.")},
        {"no e-mail", &email, JSON, STR_INIT("{\"f\":\"zz\"}"), GIVEN_WRONG,
         STR_INIT("f: Enter a valid email address.")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        str text = STR("untouched");
        setup(&f, cases[i].type, cases[i].body);
        assert_ok(cases[i].why, ls_body_read(&f.rq, &f.body));
        enum given given = ls_body_text(&f.body, cases[i].rule, &text);
        if (given != cases[i].want)
            fail_msg("%s: came %d, wanted %d; '%.*s'", cases[i].why, (int)given, (int)cases[i].want,
                     STR_ARG(complaints_text(&f)));
        assert_str(cases[i].why, given == GIVEN_WRONG ? complaints_text(&f) : text, cases[i].text);
        assert_error(cases[i].why, ls_body_check(&f.body), given == GIVEN_WRONG ? ERR_INVALID : OK);
        teardown(&f);
    }
}

static void booleans_have_many_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum given want;
        bool value;
    } cases[] = {
        {"true", GIVEN_VALUE, true},        {"false", GIVEN_VALUE, false},
        {"1", GIVEN_VALUE, true},           {"0", GIVEN_VALUE, false},
        {"1.0", GIVEN_VALUE, true},         {"0.0", GIVEN_VALUE, false},
        {"\"t\"", GIVEN_VALUE, true},       {"\"F\"", GIVEN_VALUE, false},
        {"\"y\"", GIVEN_VALUE, true},       {"\"N\"", GIVEN_VALUE, false},
        {"\"Yes\"", GIVEN_VALUE, true},     {"\"no\"", GIVEN_VALUE, false},
        {"\"TRUE\"", GIVEN_VALUE, true},    {"\"fAlSe\"", GIVEN_VALUE, false},
        {"\"on\"", GIVEN_VALUE, true},      {"\"OFF\"", GIVEN_VALUE, false},
        {"\"1\"", GIVEN_VALUE, true},       {"\"0\"", GIVEN_VALUE, false},
        {"2", GIVEN_WRONG, false},          {"-1", GIVEN_WRONG, false},
        {"0.5", GIVEN_WRONG, false},        {"\"\"", GIVEN_WRONG, false},
        {"\"x\"", GIVEN_WRONG, false},      {"\"  \"", GIVEN_WRONG, false},
        {"\" true \"", GIVEN_WRONG, false}, {"\"null\"", GIVEN_WRONG, false},
        {"\"01\"", GIVEN_WRONG, false},     {"\"1\\u0000\"", GIVEN_WRONG, false},
        {"[]", GIVEN_WRONG, false},         {"{}", GIVEN_WRONG, false},
        {"[true]", GIVEN_WRONG, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        bool value = !cases[i].value;
        setup(&f, JSON, STR(""));
        f.rq.body = arena_printf(&f.rq.arena, "{\"b\":%s}", cases[i].json);
        assert_ok(cases[i].json, ls_body_read(&f.rq, &f.body));
        enum given given = ls_body_bool(&f.body, "b", NULL_IS_WRONG, &value);
        if (given != cases[i].want)
            fail_msg("%s: came %d, wanted %d", cases[i].json, (int)given, (int)cases[i].want);
        if (given == GIVEN_VALUE)
            assert_int_equal(value, cases[i].value);
        else
            assert_str(cases[i].json, complaints_text(&f), STR("b: Must be a valid boolean."));
        teardown(&f);
    }
}

static void a_boolean_may_be_null_or_missing(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body;
        enum null_mode mode;
        enum given want;
    } cases[] = {
        {JSON, "{}", NULL_IS_WRONG, GIVEN_NOTHING},
        {FORM, "c=1", NULL_IS_WRONG, GIVEN_NOTHING},
        {JSON, "{\"b\":null}", NULL_IS_WRONG, GIVEN_WRONG},
        {JSON, "{\"b\":null}", NULL_IS_FINE, GIVEN_NULL},
        {JSON, "{\"b\":\"Null\"}", NULL_IS_FINE, GIVEN_NULL},
        {FORM, "b=", NULL_IS_FINE, GIVEN_NULL},
        {FORM, "b=", NULL_IS_WRONG, GIVEN_WRONG},
        {FORM, "b=on", NULL_IS_WRONG, GIVEN_VALUE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        bool value;
        setup(&f, cases[i].type, str_from(cases[i].body));
        assert_ok(cases[i].body, ls_body_read(&f.rq, &f.body));
        enum given given = ls_body_bool(&f.body, "b", cases[i].mode, &value);
        if (given != cases[i].want)
            fail_msg("%s: came %d, wanted %d", cases[i].body, (int)given, (int)cases[i].want);
        teardown(&f);
    }
}

static void whole_numbers_come_as_texts_too(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum given want;
        int64_t value;
    } cases[] = {
        {"30", GIVEN_VALUE, 30},     {"-1", GIVEN_VALUE, -1},
        {"\" 7 \"", GIVEN_VALUE, 7}, {"1.5", GIVEN_WRONG, 0},
        {"true", GIVEN_WRONG, 0},    {"\"\"", GIVEN_WRONG, 0},
        {"\"x\"", GIVEN_WRONG, 0},   {"null", GIVEN_WRONG, 0},
        {"[1]", GIVEN_WRONG, 0},     {"\"99999999999999999999\"", GIVEN_WRONG, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        int64_t value = 0;
        setup(&f, JSON, STR(""));
        f.rq.body = arena_printf(&f.rq.arena, "{\"n\":%s}", cases[i].json);
        assert_ok(cases[i].json, ls_body_read(&f.rq, &f.body));
        enum given given = ls_body_integer(&f.body, "n", &value);
        if (given != cases[i].want || (given == GIVEN_VALUE && value != cases[i].value))
            fail_msg("%s: came %d, %lld", cases[i].json, (int)given, (long long)value);
        teardown(&f);
    }
}

static void a_text_outlives_its_body(void **state)
{
    (void)state;
    static const struct ls_text_rule rule = {.field = "f"};
    struct fixture f;
    str text;
    setup(&f, JSON, STR("{\"f\":\"a long enough text to be seen when it is overwritten\"}"));
    assert_ok("read", ls_body_read(&f.rq, &f.body));
    assert_int_equal(ls_body_text(&f.body, &rule, &text), GIVEN_VALUE);
    ls_body_release(&f.body);
    assert_str("after", text, STR("a long enough text to be seen when it is overwritten"));
    teardown(&f);
}

static void any_json_is_given_back_compact(void **state)
{
    (void)state;
    struct fixture f;
    str text;
    setup(&f, JSON, STR("{\"k\": {\"b\": [1, \"x\"], \"a\": null}, \"n\": null}"));
    assert_ok("read", ls_body_read(&f.rq, &f.body));
    assert_int_equal(ls_body_json(&f.body, "k", &text), GIVEN_VALUE);
    assert_str("k", text, STR("{\"b\":[1,\"x\"],\"a\":null}"));
    assert_int_equal(ls_body_json(&f.body, "n", &text), GIVEN_NULL);
    assert_int_equal(ls_body_json(&f.body, "m", &text), GIVEN_NOTHING);
    assert_true(ls_body_has(&f.body, "n"));
    assert_false(ls_body_has(&f.body, "m"));
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_an_object_or_refused_in_pythons_words),
        cmocka_unit_test(texts_are_read_and_refused_as_django_does),
        cmocka_unit_test(booleans_have_many_spellings),
        cmocka_unit_test(a_boolean_may_be_null_or_missing),
        cmocka_unit_test(whole_numbers_come_as_texts_too),
        cmocka_unit_test(a_text_outlives_its_body),
        cmocka_unit_test(any_json_is_given_back_compact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
