#include "unit/test.h"

#include "base/nearest.h"
#include "base/options.h"
#include "cli/config_load.h"
#include "service/config.h"

struct sample {
    bool loud;
    str name;
    str where_from;
    int64_t times;
    usec every;
    enum { WHEN_NEVER, WHEN_NOW } when;
    struct option_list friends;
};

static const struct option sample_options[] = {
    OPTION_ROW(struct sample, loud, FLAG, "", "", ANY, "in capital letters"),
    OPTION_ROW(struct sample, name, TEXT, "NAME", "world", ANY, "who is greeted"),
    OPTION_ROW(struct sample, where_from, PATH, "FILE", "", ANY, "file with more names"),
    OPTION_ROW(struct sample, times, INTEGER, "N", "1", BETWEEN(0, 10), "how often"),
    OPTION_ROW(struct sample, every, SECONDS, "SECONDS", "60", BETWEEN(1, 604800), "how soon"),
    OPTION_ROW(struct sample, when, CHOICE, "never|now", "now", ANY, "when to begin"),
    OPTION_ROW(struct sample, friends, LIST, "NAMES", "", ANY, "others to greet"),
};

struct reading {
    struct arena arena;
    struct sample values;
    struct options_reader reader;
    struct option_list operands;
};

static void begin(struct reading *r)
{
    *r = (struct reading){0};
    options_begin(&r->reader, sample_options, COUNT_OF(sample_options), &r->values, &r->arena);
}

static void end(struct reading *r)
{
    arena_release(&r->arena);
}

#define ARGUMENTS(...)                                                                             \
    (int)COUNT_OF(((const char *const[]){__VA_ARGS__})), words((const char *const[]){__VA_ARGS__})

/* argv's type has no const; nothing writes to it. */
static char *const *words(const char *const *list)
{
    union {
        const char *const *in;
        char *const *out;
    } cast = {.in = list};
    return cast.out;
}

static enum error read_environment(struct reading *r, const char *variable)
{
    const char *const environment[] = {"PATH=/bin", variable, NULL};
    return options_read_environment(&r->reader, words(environment));
}

static void defaults_are_those_of_the_table(void **state)
{
    (void)state;
    CLEANUP(end) struct reading r;
    begin(&r);
    assert_false(r.values.loud);
    assert_str("a text", r.values.name, STR("world"));
    assert_str("an empty path", r.values.where_from, STR(""));
    assert_int_equal(r.values.times, 1);
    assert_int_equal(r.values.every, SECONDS(60));
    assert_int_equal(r.values.when, WHEN_NOW);
    assert_int_equal(r.values.friends.count, 0);
}

static void arguments_are_read_in_both_forms(void **state)
{
    (void)state;
    CLEANUP(end) struct reading r;
    begin(&r);
    assert_ok("all of them",
              options_read_arguments(&r.reader,
                                     ARGUMENTS("--loud", "one", "--name", "Ann", "--times=3",
                                               "--where-from=", "--every", "2h", "--when=never",
                                               "--friends", "a,b", "--friends=c  d", "-", "--",
                                               "--name", "-x"),
                                     &r.operands));
    assert_true(r.values.loud);
    assert_str("the name", r.values.name, STR("Ann"));
    assert_int_equal(r.values.times, 3);
    assert_int_equal(r.values.every, HOURS(2));
    assert_int_equal(r.values.when, WHEN_NEVER);
    static const char *const friends[] = {"a", "b", "c", "d"};
    assert_int_equal(r.values.friends.count, COUNT_OF(friends));
    for (size_t i = 0; i < COUNT_OF(friends); i++)
        assert_str("a friend", r.values.friends.items[i], str_from(friends[i]));
    static const char *const operands[] = {"one", "-", "--name", "-x"};
    assert_int_equal(r.operands.count, COUNT_OF(operands));
    for (size_t i = 0; i < COUNT_OF(operands); i++)
        assert_str("an operand", r.operands.items[i], str_from(operands[i]));
}

static void bad_arguments_are_refused_with_the_remedy(void **state)
{
    (void)state;
    static const struct {
        const char *arguments[2];
        const char *problem;
    } cases[] = {
        {{"--nmae", "x"}, "unknown option '--nmae'; did you mean '--name'?"},
        {{"--lou", ""}, "unknown option '--lou'; did you mean '--loud'?"},
        {{"--where", ""}, "unknown option '--where'; did you mean '--where-from'?"},
        {{"--zzzzzz", ""}, "unknown option '--zzzzzz'; --help lists those that there are"},
        {{"--pasword=hunter2", ""},
         "unknown option '--pasword'; --help lists those that there are"},
        {{"-n", "x"}, "unknown option '-n'; --help lists those that there are"},
        {{"--where_from", "x"}, "unknown option '--where_from'; did you mean '--where-from'?"},
        {{"--loud", "--name"}, "--name needs a value: --name NAME"},
        {{"--times", "x"}, "--times takes a whole number, not 'x'"},
        {{"--times", ""}, "--times takes a whole number, not ''"},
        {{"--times", "11"}, "--times takes a number from 0 to 10, not 11"},
        {{"--times", "-1"}, "--times takes a number from 0 to 10, not -1"},
        {{"--every", "0"}, "--every takes 1 to 604800 seconds, not 0"},
        {{"--every", "8d"}, "--every takes 1 to 604800 seconds, not 8d"},
        {{"--every", "9223372036854775807d"},
         "--every takes 1 to 604800 seconds, not 9223372036854775807d"},
        {{"--every", "-9223372036854775808"},
         "--every takes 1 to 604800 seconds, not -9223372036854775808"},
        {{"--every", "1w"}, "--every takes seconds, or a time as 90s, 5m, 2h or 7d, not '1w'"},
        {{"--every", "s"}, "--every takes seconds, or a time as 90s, 5m, 2h or 7d, not 's'"},
        {{"--when", "Now"}, "--when is one of never|now, not 'Now'"},
        {{"--loud=yes", ""}, "--loud is on or off, not 'yes'"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(end) struct reading r;
        begin(&r);
        assert_error(cases[i].problem,
                     options_read_arguments(&r.reader, 2, words(cases[i].arguments), &r.operands),
                     ERR_INVALID);
        assert_str(cases[i].arguments[0], r.reader.problem, str_from(cases[i].problem));
    }
}

static void limits_themselves_are_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *every;
        usec value;
    } cases[] = {{"1", SECONDS(1)}, {"604800", DAYS(7)}, {"7d", DAYS(7)}, {"1m", MINUTES(1)}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(end) struct reading r;
        begin(&r);
        assert_ok(
            cases[i].every,
            options_read_arguments(&r.reader, ARGUMENTS("--every", cases[i].every), &r.operands));
        if (r.values.every != cases[i].value)
            fail_msg("%s became %lld", cases[i].every, (long long)r.values.every);
    }
}

/* In every order of reading, the source that counts most wins. */
static void flags_count_more_than_variables_and_those_more_than_the_file(void **state)
{
    (void)state;
    enum { FILE_, VARIABLE, FLAG };
    static const int orders[][3] = {
        {FILE_, VARIABLE, FLAG}, {FILE_, FLAG, VARIABLE}, {VARIABLE, FILE_, FLAG},
        {VARIABLE, FLAG, FILE_}, {FLAG, FILE_, VARIABLE}, {FLAG, VARIABLE, FILE_},
    };
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        CLEANUP(end) struct reading r;
        begin(&r);
        for (size_t k = 0; k < 3; k++) {
            enum error err = OK;
            if (orders[i][k] == FILE_)
                err = options_read_file(&r.reader, STR("f"),
                                        STR("name = file\ntimes = 2\nfriends = f1 f2\n"));
            else if (orders[i][k] == VARIABLE) {
                err = read_environment(&r, "LATCHKEY_NAME=variable");
                if (!err)
                    err = read_environment(&r, "LATCHKEY_TIMES=4");
                if (!err)
                    err = read_environment(&r, "LATCHKEY_FRIENDS=v1,v2");
            } else
                err = options_read_arguments(
                    &r.reader, ARGUMENTS("--name", "flag", "--friends", "a", "--friends", "b"),
                    &r.operands);
            assert_ok("reading", err);
        }
        assert_str("the flag", r.values.name, STR("flag"));
        assert_int_equal(r.values.times, 4);
        assert_int_equal(r.values.friends.count, 2);
        assert_str("the list", r.values.friends.items[0], STR("a"));
        assert_int_equal(options_source(&r.reader, "name"), FROM_ARGUMENTS);
        assert_int_equal(options_source(&r.reader, "times"), FROM_ENVIRONMENT);
        assert_int_equal(options_source(&r.reader, "every"), FROM_DEFAULT);
    }
}

static void variables_are_read_and_named_in_errors(void **state)
{
    (void)state;
    static const struct {
        const char *variable;
        enum error err;
        const char *problem;
    } cases[] = {
        {"LATCHKEY_LOUD=1", OK, ""},
        {"LATCHKEY_LOUD=", OK, ""},
        {"LATCHKEY_TIMES=", OK, ""},
        {"LATCHKEY_TIMES=9x", ERR_INVALID, "LATCHKEY_TIMES takes a whole number, not '9x'"},
        {"LATCHKEY_EVERY=0", ERR_INVALID, "LATCHKEY_EVERY takes 1 to 604800 seconds, not 0"},
        {"LATCHKEY_PORT=tcp://10.0.0.1:80", OK, ""}, /* as Kubernetes makes them */
        {"LATCHKEY_SERVICE_HOST=10.0.0.1", OK, ""},
        {"LATCHKEY_TIME=4", ERR_INVALID,
         "unknown variable LATCHKEY_TIME; did you mean LATCHKEY_TIMES?"},
        {"LATCHKEY_LOUD=yes", ERR_INVALID, "LATCHKEY_LOUD is on or off, not 'yes'"},
        {"latchkey_times=9x", OK, ""},
        {"LATCHKEY_TIMES", OK, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(end) struct reading r;
        begin(&r);
        assert_error(cases[i].variable, read_environment(&r, cases[i].variable), cases[i].err);
        assert_str(cases[i].variable, r.reader.problem, str_from(cases[i].problem));
    }
    CLEANUP(end) struct reading r;
    begin(&r);
    assert_ok("a path", read_environment(&r, "LATCHKEY_WHERE_FROM=/a=b"));
    assert_str("a value with '='", r.values.where_from, STR("/a=b"));
}

static void a_file_is_read_line_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum error err;
        const char *problem;
    } cases[] = {
        {"", OK, ""},
        {"\n\n# all is well\n  times=7  \r\nwhere-from = \"/a b \"\nloud = on", OK, ""},
        {"where_from = x\ntimes = 7\nloud=true", OK, ""},
        {"times 7", ERR_INVALID, "c:1: write a setting as name = value"},
        {"#\n\ntime = 7", ERR_INVALID, "c:3: unknown setting 'time'; did you mean 'times'?"},
        {"times = 7\ntimes = 7", ERR_INVALID,
         "c:2: 'times' stands above already; remove one of both"},
        {"where-from=a\nwhere_from=b", ERR_INVALID,
         "c:2: 'where_from' stands above already; remove one of both"},
        {"times = seven", ERR_INVALID, "c:1: times takes a whole number, not 'seven'"},
        {"name = \xff", ERR_INVALID, "c:1: this is not text in UTF-8"},
        {"= 7", ERR_INVALID, "c:1: unknown setting ''"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(end) struct reading r;
        begin(&r);
        assert_error(cases[i].text, options_read_file(&r.reader, STR("c"), str_from(cases[i].text)),
                     cases[i].err);
        assert_str(cases[i].text, r.reader.problem, str_from(cases[i].problem));
        if (i == 1 || i == 2) {
            assert_int_equal(r.values.times, 7);
            assert_true(r.values.loud);
            assert_str("the path", r.values.where_from, i == 1 ? STR("/a b ") : STR("x"));
        }
    }
    CLEANUP(end) struct reading r;
    begin(&r);
    assert_error("a NUL", options_read_file(&r.reader, STR("c"), STR("name = a\0b")), ERR_INVALID);
}

static void help_shows_limits_and_defaults(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 65536);
    options_help(sample_options, COUNT_OF(sample_options), &out);
    assert_str("help", buf_str(&out),
               STR("  --loud                    in capital letters\n"
                   "  --name NAME               who is greeted (default: world)\n"
                   "  --where-from FILE         file with more names\n"
                   "  --times N                 how often (0 to 10; default: 1)\n"
                   "  --every SECONDS           how soon (1 to 604800; default: 60)\n"
                   "  --when never|now          when to begin (default: now)\n"
                   "  --friends NAMES           others to greet (may be repeated)\n"));
    buf_release(&out);
}

static void the_manual_escapes_what_roff_would_read(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 65536);
    manual_text(STR(".so /etc/passwd\n'x\nC:\\a --b"), &out);
    assert_str("text", buf_str(&out), STR("\\&.so /etc/passwd\n\\&'x\nC:\\ea \\-\\-b\n"));
    buf_clear(&out);
    options_manual(sample_options, 2, &out);
    assert_str("options", buf_str(&out),
               STR(".TP\n.B \\-\\-loud\nin capital letters\n"
                   ".TP\n.B \\-\\-name NAME\nwho is greeted (default: world)\n"));
    buf_release(&out);
}

static void only_close_words_are_suggested(void **state)
{
    (void)state;
    static const char *const known[] = {"serve", "user add", "user list", "doctor", "inspect"};
    static const struct {
        const char *typed, *suggested;
    } cases[] = {
        {"sevre", "serve"},
        {"srve", "serve"},
        {"doc", "doctor"},
        {"inspct", "inspect"},
        {"user lst", "user list"},
        {"user ad", "user add"},
        {"x", ""},
        {"", ""},
        {"migrate", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct nearest best = {.word = STR("")};
        for (size_t k = 0; k < COUNT_OF(known); k++)
            nearest_offer(&best, str_from(cases[i].typed), str_from(known[k]));
        assert_str(cases[i].typed, best.word, str_from(cases[i].suggested));
    }
    char long_word[200];
    memset(long_word, 'a', sizeof(long_word));
    struct nearest best = {.word = STR("")};
    nearest_offer(&best, str_of(long_word, sizeof(long_word)), STR("serve"));
    assert_str("a very long word", best.word, STR(""));
}

/* A value that the option takes and that is not its default. */
static str other_value(const struct option *option, struct arena *arena)
{
    switch (option->kind) {
    case OPTION_FLAG:
        return STR("on");
    case OPTION_TEXT:
    case OPTION_PATH:
    case OPTION_LIST:
        return STR("other");
    case OPTION_INTEGER:
    case OPTION_SECONDS:
        return arena_printf(arena, "%lld", (long long)option->max);
    case OPTION_CHOICE: {
        struct str_pieces choices = str_pieces(str_from(option->value), '|');
        str word = STR("");
        while (str_next_piece(&choices, &word) && str_equal(word, str_from(option->initial)))
            continue;
        return word;
    }
    }
    return STR("");
}

/* Every option of serve: flag, variable and file give the same value, and each has its help. */
static void each_option_of_serve_is_told_in_three_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVE_OPTION_COUNT; i++) {
        const struct option *option = &serve_options[i];
        CLEANUP(arena_release) struct arena arena = {0};
        struct config configs[4];
        memset(configs, 0, sizeof(configs));
        struct options_reader readers[4];
        for (size_t k = 0; k < 4; k++)
            options_begin(&readers[k], serve_options, SERVE_OPTION_COUNT, &configs[k], &arena);

        str name = option_name(option, &arena), value = other_value(option, &arena);
        const char *flag = arena_cstr(&arena, ARENA_JOIN(&arena, STR("--"), name, STR("="), value));
        const char *variable = arena_cstr(
            &arena, ARENA_JOIN(&arena, option_variable(option, &arena), STR("="), value));
        const char *const environment[] = {variable, NULL};
        struct option_list operands;
        assert_ok(flag, options_read_arguments(&readers[1], ARGUMENTS(flag), &operands));
        assert_ok(variable, options_read_environment(&readers[2], words(environment)));
        assert_ok(option->name, options_read_file(&readers[3], STR("f"),
                                                  ARENA_JOIN(&arena, name, STR(" = "), value)));
        for (size_t k = 1; k < 4; k++)
            if (readers[k].sources[i] == FROM_DEFAULT)
                fail_msg("%s: way %zu did not set it", option->name, k);
        if (option->help[0] == '\0' || str_ends(str_from(option->help), STR(".")))
            fail_msg("%s: its help line is empty or ends in a full stop", option->name);
        if ((option->kind == OPTION_FLAG) != (option->value[0] == '\0'))
            fail_msg("%s: only a flag has no name for its value", option->name);
        bool takes_secret = str_contains(name, STR("password")) ||
                            str_contains(name, STR("secret")) ||
                            str_ends(name, STR("legacy-token"));
        if (takes_secret && !str_ends(name, STR("-file")))
            fail_msg("%s: a secret is never an option's value", option->name);
    }
}

static void settings_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"", ""},
        {"tls-cert-file = a\ntls-key-file = b", ""},
        {"tls-cert-file = a", "--tls-cert-file needs --tls-key-file too"},
        {"tls-key-file = b", "--tls-key-file needs --tls-cert-file too"},
        {"public-url = https://a.example/base/", ""},
        {"public-url = a.example", "--public-url begins with http:// or https://, not 'a.example'"},
        {"public-url = https://",
         "--public-url begins with http:// or https:// and a host, not 'https://'"},
        {"public-url = https://a.example/?q",
         "--public-url has no query and no fragment: 'https://a.example/?q'"},
        {"admin-password-file = f", "--admin-password-file needs --admin-email too"},
        {"admin-legacy-token-file = f", "--admin-legacy-token-file needs --admin-email too"},
        {"admin-email = a@b\nadmin-password-file = f", ""},
        {"database = mysql://h/d",
         "--database is a path or begins with postgresql://, not 'mysql:'"},
        {"database = postgres://u:p@h/d", ""},
        {"listen = 8080", "--listen is HOST:PORT, [IPv6]:PORT or unix:/path, not '8080'"},
        {"listen = 127.0.0.1:http", "--listen has a port from 0 to 65535, not 'http'"},
        {"listen = 127.0.0.1:65536", "--listen has a port from 0 to 65535, not '65536'"},
        {"listen = unix:", "--listen is HOST:PORT, [IPv6]:PORT or unix:/path, not 'unix:'"},
        {"listen = ::1:80", "--listen takes an IPv6 address in brackets: [::1]:80"},
        {"listen = :80", ""},
        {"listen = [::1]:80", ""},
        {"listen = unix:/run/latchkey.sock", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_release) struct arena arena = {0};
        struct config config = {0};
        struct options_reader reader;
        options_begin(&reader, serve_options, SERVE_OPTION_COUNT, &config, &arena);
        assert_ok(cases[i].text, options_read_file(&reader, STR("f"), str_from(cases[i].text)));
        str problem = STR("");
        enum error err = config_complete(&config, &arena, &problem);
        assert_error(cases[i].text, err, cases[i].problem[0] ? ERR_INVALID : OK);
        assert_str(cases[i].text, problem, str_from(cases[i].problem));
    }
}

static void settings_are_completed(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    struct config config = {0};
    struct options_reader reader;
    options_begin(&reader, serve_options, SERVE_OPTION_COUNT, &config, &arena);
    assert_ok("reading", options_read_file(&reader, STR("f"),
                                           STR("strict = on\nleeway = 30\nworkers = 3\n"
                                               "public-url = https://a.example/base/")));
    str problem = STR("");
    assert_ok("completing", config_complete(&config, &arena, &problem));
    assert_int_equal(config.leeway, 0);
    assert_int_equal(config.workers, 3);
    assert_in_range(config.threads, 1, 256);
    assert_str("the address", config.public_url, STR("https://a.example/base"));
    assert_int_equal(config.legacy_tokens, SWITCH_KEEP);
    assert_int_equal(config.log_level, LOG_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_table),
        cmocka_unit_test(arguments_are_read_in_both_forms),
        cmocka_unit_test(bad_arguments_are_refused_with_the_remedy),
        cmocka_unit_test(limits_themselves_are_allowed),
        cmocka_unit_test(flags_count_more_than_variables_and_those_more_than_the_file),
        cmocka_unit_test(variables_are_read_and_named_in_errors),
        cmocka_unit_test(a_file_is_read_line_by_line),
        cmocka_unit_test(help_shows_limits_and_defaults),
        cmocka_unit_test(the_manual_escapes_what_roff_would_read),
        cmocka_unit_test(only_close_words_are_suggested),
        cmocka_unit_test(each_option_of_serve_is_told_in_three_ways),
        cmocka_unit_test(settings_that_contradict_each_other_are_refused),
        cmocka_unit_test(settings_are_completed),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
