#include "unit/test.h"

#include "cli/yaml.h"

struct sample {
    struct arena arena;
    str problem;
    json_t *value;
};

static enum error reads(struct sample *s, const char *text)
{
    *s = (struct sample){.problem = STR("")};
    return yaml_read(str_from(text), &s->arena, &s->problem, &s->value);
}

static void end(struct sample *s)
{
    json_decref(s->value);
    arena_release(&s->arena);
}

static void is_read_as(const char *text, const char *json)
{
    CLEANUP(end) struct sample s;
    assert_int_equal(reads(&s, text), OK);
    char *written = json_dumps(s.value, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(written, json);
    free(written);
}

static void is_refused(const char *text, const char *words)
{
    CLEANUP(end) struct sample s;
    assert_int_equal(reads(&s, text), ERR_MALFORMED);
    assert_null(s.value);
    if (!str_contains(s.problem, str_from(words)))
        fail_msg("'%s' is refused with: %.*s", text, STR_ARG(s.problem));
}

static void words_are_what_they_look_like(void **state)
{
    (void)state;
    is_read_as("", "null");
    is_read_as("# nothing\n", "null");
    is_read_as("a: 1\nb: -7\nc: true\nd: ~\ne: no\nf: '12'\ng: \"true\"\nh:\n",
               "{\"a\":1,\"b\":-7,\"c\":true,\"d\":null,\"e\":\"no\",\"f\":\"12\",\"g\":\"true\","
               "\"h\":null}");
    is_read_as("- x\n- [1, {y: z}]\n- |\n  two\n  lines\n",
               "[\"x\",[1,{\"y\":\"z\"}],\"two\\nlines\\n\"]");
    is_read_as("{\"json\": [true, null, \"\\u00e9\"]}", "{\"json\":[true,null,\"\xc3\xa9\"]}");
    is_read_as("big: 99999999999999999999\nfraction: 1.5\n",
               "{\"big\":\"99999999999999999999\",\"fraction\":\"1.5\"}");
}

static void what_is_not_plain_is_refused_with_its_line(void **state)
{
    (void)state;
    is_refused("a: 1\nb: 2\na: 3\n", "line 3: this key comes a second time");
    is_refused("a: &x [1]\nb: *x\n", "line 1: anchors and aliases");
    is_refused("a: &x [*x]\n", "anchors");
    is_refused("a: !!binary aGk=\n", "line 1: tags");
    is_refused("a: !mine 1\n", "tags");
    is_refused("[a]: 1\n", "a key must be a word");
    is_refused("a: 1\n---\nb: 2\n", "more than one document");
    is_refused("a: [1, 2\n", "line ");
    is_refused("a:\n\t- 1\n", "line 2");
    is_refused("a: \xff\n", "line ");
    is_refused("a: \"\\0\"\n", "NUL");
    is_refused("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "too deep");
}

static void what_a_path_leads_to_has_a_line(void **state)
{
    (void)state;
    static const str text = STR_INIT("# wanted\n"
                                     "organizations:\n"
                                     "  - title: Acme\n"
                                     "    settings: {a: 1,\n"
                                     "      b: 2}\n"
                                     "    members:\n"
                                     "      - {email: x}\n"
                                     "      - email: y\n"
                                     "        role:\n"
                                     "          king\n");
    static const struct {
        const char *path;
        size_t line;
    } cases[] = {
        {"", 1},
        {"nothing", 1},
        {"organizations", 2},
        {"organizations[0]", 3},
        {"organizations[0].title", 3},
        {"organizations[0].settings.b", 5},
        {"organizations[0].settings.missing", 4},
        {"organizations[0].members[0].email", 7},
        {"organizations[0].members[1].role", 9},
        {"organizations[0].members[2].role", 6},
        {"organizations[9].title", 2},
        {"organizations.title", 2},
        {"organizations[0].title.deeper", 3},
        {"organizations[0].members[", 6},
        {"organizations[0].members[]", 6},
        {"organizations[0]..", 3},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (yaml_line_of(text, str_from(cases[i].path)) != cases[i].line)
            fail_msg("%s: line %zu, not %zu", cases[i].path,
                     yaml_line_of(text, str_from(cases[i].path)), cases[i].line);
    assert_int_equal(yaml_line_of(STR(""), STR("a")), 1);
    assert_int_equal(yaml_line_of(STR("{"), STR("a")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_what_they_look_like),
        cmocka_unit_test(what_is_not_plain_is_refused_with_its_line),
        cmocka_unit_test(what_a_path_leads_to_has_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
