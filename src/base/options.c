#include "base/options.h"

#include <assert.h>

#include "base/nearest.h"

#define VARIABLE_PREFIX "LATCHKEY_"

/* Where a value stands, for messages: "--leeway", "LATCHKEY_LEEWAY", "latchkey.conf:3: leeway". */
struct origin {
    enum option_source source;
    str label;
};

static enum error refuse(struct options_reader *reader, str problem)
{
    reader->problem = problem;
    return ERR_INVALID;
}

/* A table writes names as C does, people write them with dashes; both are the same name. */
static char as_typed(char c)
{
    return c == '_' ? '-' : c;
}

static bool name_is(const struct option *option, str name)
{
    str own = str_from(option->name);
    if (own.len != name.len)
        return false;
    for (size_t i = 0; i < own.len; i++)
        if (as_typed(own.ptr[i]) != as_typed(name.ptr[i]))
            return false;
    return true;
}

static const struct option *find(const struct options_reader *reader, str name)
{
    for (size_t i = 0; i < reader->count; i++)
        if (name_is(&reader->options[i], name))
            return &reader->options[i];
    return NULL;
}

str option_name(const struct option *option, struct arena *arena)
{
    str own = str_from(option->name);
    char *name = arena_bytes(arena, own.len);
    for (size_t i = 0; i < own.len; i++)
        name[i] = as_typed(own.ptr[i]);
    return str_of(name, own.len);
}

str option_variable(const struct option *option, struct arena *arena)
{
    str own = str_from(option->name);
    char *name = arena_bytes(arena, own.len);
    for (size_t i = 0; i < own.len; i++)
        name[i] =
            own.ptr[i] >= 'a' && own.ptr[i] <= 'z' ? (char)(own.ptr[i] - 'a' + 'A') : own.ptr[i];
    return ARENA_JOIN(arena, STR(VARIABLE_PREFIX), str_of(name, own.len));
}

/* Values */

static void *field_of(const struct options_reader *reader, const struct option *option)
{
    return (char *)reader->values + option->offset;
}

static enum error read_flag(struct options_reader *reader, str label, str text, bool *out)
{
    static const char *const yes[] = {"on", "true", "1"};
    static const char *const no[] = {"off", "false", "0"};
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        bool is_yes = str_equal_nocase(text, str_from(yes[i]));
        if (is_yes || str_equal_nocase(text, str_from(no[i]))) {
            *out = is_yes;
            return OK;
        }
    }
    return refuse(reader, arena_printf(reader->arena, "%.*s is on or off, not '%.*s'",
                                       STR_ARG(label), STR_ARG(text)));
}

static bool is_within(const struct option *option, enum option_source source, int64_t n)
{
    bool has_limits = option->min != 0 || option->max != 0;
    bool is_not_given = source == FROM_DEFAULT && option->initial[0] == '\0';
    return !has_limits || is_not_given || (n >= option->min && n <= option->max);
}

static enum error read_integer(struct options_reader *reader, const struct option *option,
                               struct origin origin, str text, int64_t *out)
{
    int64_t n;
    if (str_to_i64(text, &n))
        return refuse(reader, arena_printf(reader->arena, "%.*s takes a whole number, not '%.*s'",
                                           STR_ARG(origin.label), STR_ARG(text)));
    if (!is_within(option, origin.source, n))
        return refuse(reader,
                      arena_printf(reader->arena, "%.*s takes a number from %lld to %lld, not %lld",
                                   STR_ARG(origin.label), (long long)option->min,
                                   (long long)option->max, (long long)n));
    *out = n;
    return OK;
}

/* "90" and "90s", "5m", "2h", "7d" */
static enum error read_seconds(struct options_reader *reader, const struct option *option,
                               struct origin origin, str text, usec *out)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    str digits = text;
    int64_t unit = 1, n;
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (text.len > 1 && text.ptr[text.len - 1] == units[i].letter) {
            digits = str_slice(text, 0, text.len - 1);
            unit = units[i].seconds;
        }
    if (str_to_i64(digits, &n))
        return refuse(reader, arena_printf(reader->arena,
                                           "%.*s takes seconds, or a time as 90s, 5m, 2h or 7d, "
                                           "not '%.*s'",
                                           STR_ARG(origin.label), STR_ARG(text)));
    /* a time must fit into microseconds, whatever the table's limits */
    int64_t most = INT64_MAX / SECONDS(1) / unit;
    if (n > most || n < -most || !is_within(option, origin.source, n * unit))
        return refuse(reader,
                      arena_printf(reader->arena, "%.*s takes %lld to %lld seconds, not %.*s",
                                   STR_ARG(origin.label), (long long)option->min,
                                   (long long)option->max, STR_ARG(text)));
    *out = SECONDS(n * unit);
    return OK;
}

static enum error read_choice(struct options_reader *reader, const struct option *option, str label,
                              str text, unsigned *out)
{
    struct str_pieces words = str_pieces(str_from(option->value), '|');
    str word;
    for (unsigned i = 0; str_next_piece(&words, &word); i++)
        if (str_equal(word, text)) {
            *out = i;
            return OK;
        }
    return refuse(reader, arena_printf(reader->arena, "%.*s is one of %s, not '%.*s'",
                                       STR_ARG(label), option->value, STR_ARG(text)));
}

static size_t count_items(str text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == ',' || text.ptr[i] == ' ' || text.ptr[i] == '\t')
            count++;
    return count;
}

/* Adds the items of `text` to those of `before`. */
static struct option_list read_list(struct options_reader *reader, str text,
                                    struct option_list before)
{
    struct option_list list = {
        .items = ARENA_ARRAY(reader->arena, str, before.count + count_items(text))};
    for (size_t i = 0; i < before.count; i++)
        list.items[list.count++] = before.items[i];
    struct str_pieces by_comma = str_pieces(text, ',');
    str piece, item;
    while (str_next_piece(&by_comma, &piece)) {
        struct str_pieces by_blank = str_pieces(piece, ' ');
        while (str_next_piece(&by_blank, &item)) {
            item = str_trim_blanks(item);
            if (!str_is_empty(item))
                list.items[list.count++] = item;
        }
    }
    return list;
}

/* Sets the field, unless something that counts more has set it already. */
static enum error set_value(struct options_reader *reader, const struct option *option,
                            struct origin origin, str text)
{
    void *field = field_of(reader, option);
    enum option_source *source = &reader->sources[option - reader->options];
    bool counts = origin.source >= *source;
    union {
        bool flag;
        int64_t integer;
        usec time;
        unsigned choice;
    } value;
    enum error err = OK;
    switch (option->kind) {
    case OPTION_FLAG:
        err = read_flag(reader, origin.label, text, &value.flag);
        if (!err && counts)
            *(bool *)field = value.flag;
        break;
    case OPTION_TEXT:
    case OPTION_PATH:
        if (counts)
            *(str *)field = text;
        break;
    case OPTION_INTEGER:
        err = read_integer(reader, option, origin, text, &value.integer);
        if (!err && counts)
            *(int64_t *)field = value.integer;
        break;
    case OPTION_SECONDS:
        err = read_seconds(reader, option, origin, text, &value.time);
        if (!err && counts)
            *(usec *)field = value.time;
        break;
    case OPTION_CHOICE:
        err = read_choice(reader, option, origin.label, text, &value.choice);
        if (!err && counts)
            *(unsigned *)field = value.choice;
        break;
    case OPTION_LIST:
        if (origin.source == FROM_ARGUMENTS && option->min > 0 &&
            read_list(reader, text, (struct option_list){0}).count == 0)
            err = refuse(reader, arena_printf(reader->arena, "%.*s must not be empty",
                                              STR_ARG(origin.label)));
        else if (counts) {
            struct option_list *list = field;
            bool adds = origin.source == FROM_ARGUMENTS && *source == FROM_ARGUMENTS;
            *list = read_list(reader, text, adds ? *list : (struct option_list){0});
        }
        break;
    }
    if (!err && counts)
        *source = origin.source;
    return err;
}

/* What an empty default means for each kind. */
static str initial_of(const struct option *option)
{
    if (option->initial[0] != '\0')
        return str_from(option->initial);
    switch (option->kind) {
    case OPTION_FLAG:
        return STR("off");
    case OPTION_INTEGER:
    case OPTION_SECONDS:
        return STR("0");
    case OPTION_CHOICE: {
        str first, others;
        (void)str_cut(str_from(option->value), '|', &first, &others);
        return first;
    }
    case OPTION_TEXT:
    case OPTION_PATH:
    case OPTION_LIST:
        break;
    }
    return STR("");
}

void options_begin(struct options_reader *reader, const struct option *options, size_t count,
                   void *values, struct arena *arena)
{
    *reader = (struct options_reader){.options = options,
                                      .count = count,
                                      .values = values,
                                      .arena = arena,
                                      .sources = ARENA_ARRAY(arena, enum option_source, count),
                                      .problem = STR("")};
    for (size_t i = 0; i < count; i++) {
        const struct option *option = &options[i];
        struct origin origin = {FROM_DEFAULT, str_from(option->name)};
        enum error err = set_value(reader, option, origin, initial_of(option));
        assert(!err);
        (void)err;
    }
}

enum option_source options_source(const struct options_reader *reader, const char *field)
{
    const struct option *option = find(reader, str_from(field));
    return option ? reader->sources[option - reader->options] : FROM_DEFAULT;
}

/* Arguments */

static str hint_for(struct options_reader *reader, str name, const char *dashes)
{
    struct nearest best = {.word = STR("")};
    for (size_t i = 0; i < reader->count; i++)
        nearest_offer(&best, name, option_name(&reader->options[i], reader->arena));
    if (str_is_empty(best.word))
        return STR("");
    return arena_printf(reader->arena, "; did you mean '%s%.*s'?", dashes, STR_ARG(best.word));
}

/* Only the name is repeated: what stands after '=' may be a secret that has no business there. */
static enum error refuse_unknown(struct options_reader *reader, str argument, str name)
{
    str shown = argument, after;
    (void)str_cut(argument, '=', &shown, &after);
    str hint = hint_for(reader, name, "--");
    if (str_is_empty(hint))
        hint = STR("; --help lists those that there are");
    return refuse(reader, arena_printf(reader->arena, "unknown option '%.*s'%.*s", STR_ARG(shown),
                                       STR_ARG(hint)));
}

/* "--name", "--name=value" or "--name" "value"; `*at` moves over what was used. */
static enum error read_option(struct options_reader *reader, int argc, char *const *argv, int *at)
{
    str argument = str_from(argv[*at]);
    str name, value;
    bool has_value = str_cut(str_from_at(argument, 2), '=', &name, &value);
    const struct option *option = str_has(name, '_') ? NULL : find(reader, name);
    if (!option)
        return refuse_unknown(reader, argument, name);

    struct origin origin = {FROM_ARGUMENTS, arena_printf(reader->arena, "--%.*s", STR_ARG(name))};
    if (option->kind == OPTION_FLAG && !has_value) {
        value = STR("on");
    } else if (!has_value) {
        if (*at + 1 >= argc)
            return refuse(reader, arena_printf(reader->arena, "--%.*s needs a value: --%.*s %s",
                                               STR_ARG(name), STR_ARG(name), option->value));
        value = str_from(argv[++*at]);
    }
    return set_value(reader, option, origin, value);
}

enum error options_read_arguments(struct options_reader *reader, int argc, char *const *argv,
                                  struct option_list *operands)
{
    struct option_list rest = {.items = ARENA_ARRAY(reader->arena, str, (size_t)argc + 1)};
    bool only_operands = false;
    for (int i = 0; i < argc; i++) {
        str argument = str_from(argv[i]);
        /* "-" alone is an operand: standard input */
        if (only_operands || !str_starts(argument, STR("-")) || argument.len == 1) {
            rest.items[rest.count++] = argument;
        } else if (str_equal(argument, STR("--"))) {
            only_operands = true;
        } else if (!str_starts(argument, STR("--"))) {
            return refuse_unknown(reader, argument, str_from_at(argument, 1));
        } else {
            enum error err = read_option(reader, argc, argv, &i);
            if (err)
                return err;
        }
    }
    *operands = rest;
    return OK;
}

/* Environment */

/* Only one that was probably meant: others have their reasons, as LATCHKEY_PORT of Kubernetes. */
static enum error refuse_mistyped(struct options_reader *reader, str variable)
{
    struct nearest best = {.word = STR("")};
    for (size_t i = 0; i < reader->count; i++)
        nearest_offer(&best, variable, option_variable(&reader->options[i], reader->arena));
    /* the common prefix makes any two of them look close */
    if (str_is_empty(best.word) || best.distance > 2)
        return OK;
    return refuse(reader, arena_printf(reader->arena, "unknown variable %.*s; did you mean %.*s?",
                                       STR_ARG(variable), STR_ARG(best.word)));
}

static enum error read_variable(struct options_reader *reader, str name, str value)
{
    for (size_t i = 0; i < reader->count; i++)
        if (str_equal(name, option_variable(&reader->options[i], reader->arena)))
            return set_value(reader, &reader->options[i], (struct origin){FROM_ENVIRONMENT, name},
                             value);
    return refuse_mistyped(reader, name);
}

enum error options_read_environment(struct options_reader *reader, char *const *environment)
{
    for (; *environment; environment++) {
        str name, value;
        if (!str_cut(str_from(*environment), '=', &name, &value) || str_is_empty(value) ||
            !str_starts(name, STR(VARIABLE_PREFIX)))
            continue;
        enum error err = read_variable(reader, name, value);
        if (err)
            return err;
    }
    return OK;
}

/* File */

static str without_quotes(str value)
{
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        return str_slice(value, 1, value.len - 2);
    return value;
}

static enum error read_setting(struct options_reader *reader, str place, str line, bool *seen)
{
    str name, value;
    if (!str_cut(line, '=', &name, &value))
        return refuse(reader, arena_printf(reader->arena, "%.*s: write a setting as name = value",
                                           STR_ARG(place)));
    name = str_trim(name);
    value = without_quotes(str_trim(value));
    const struct option *option = find(reader, name);
    if (!option) {
        str hint = hint_for(reader, name, "");
        return refuse(reader, arena_printf(reader->arena, "%.*s: unknown setting '%.*s'%.*s",
                                           STR_ARG(place), STR_ARG(name), STR_ARG(hint)));
    }
    if (seen[option - reader->options])
        return refuse(reader, arena_printf(reader->arena,
                                           "%.*s: '%.*s' stands above already; remove one of both",
                                           STR_ARG(place), STR_ARG(name)));
    seen[option - reader->options] = true;
    struct origin origin = {
        FROM_FILE, arena_printf(reader->arena, "%.*s: %.*s", STR_ARG(place), STR_ARG(name))};
    return set_value(reader, option, origin, value);
}

enum error options_read_file(struct options_reader *reader, str path, str text)
{
    bool *seen = ARENA_ARRAY(reader->arena, bool, reader->count);
    struct str_pieces lines = str_pieces(text, '\n');
    str line;
    for (int number = 1; str_next_piece(&lines, &line); number++) {
        line = str_trim(line);
        if (str_is_empty(line) || str_starts(line, STR("#")))
            continue;
        str place = arena_printf(reader->arena, "%.*s:%d", STR_ARG(path), number);
        enum error err =
            str_is_utf8(line) && !str_has(line, '\0')
                ? read_setting(reader, place, line, seen)
                : refuse(reader, arena_printf(reader->arena, "%.*s: this is not text in UTF-8",
                                              STR_ARG(place)));
        if (err)
            return err;
    }
    return OK;
}
