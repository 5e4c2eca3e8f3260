/* What --help and the manual say about options. */
#include "base/options.h"

#define LINE_WIDTH 80
#define HELP_COLUMN 28

/* Columns that the text takes on a terminal; a code point is taken for one. */
static size_t width_of(str s)
{
    return str_is_utf8(s) ? str_utf8_length(s) : s.len;
}

static void add_blanks(struct buf *out, size_t count)
{
    while (count-- > 0)
        (void)buf_add_byte(out, ' ');
}

/* "--leeway SECONDS" */
static str usage_of(const struct option *option, struct arena *arena)
{
    str name = option_name(option, arena);
    return arena_printf(arena, "--%.*s%s%s", STR_ARG(name), option->value[0] ? " " : "",
                        option->value);
}

/* " (0 to 300; default: 10)"; empty when there is nothing to say */
static str limits_of(const struct option *option, struct arena *arena)
{
    bool has_limits = option->min != 0 || option->max != 0;
    str limits = has_limits ? arena_printf(arena, "%lld to %lld", (long long)option->min,
                                           (long long)option->max)
                            : STR("");
    if (option->kind == OPTION_LIST)
        limits = STR("may be repeated");
    str initial =
        option->initial[0] ? arena_printf(arena, "default: %s", option->initial) : STR("");
    if (str_is_empty(limits) && str_is_empty(initial))
        return STR("");
    str between = str_is_empty(limits) || str_is_empty(initial) ? STR("") : STR("; ");
    return ARENA_JOIN(arena, STR(" ("), limits, between, initial, STR(")"));
}

/* Puts words on lines, each begun at HELP_COLUMN; the first begins where the caller stands. */
static void add_wrapped(struct buf *out, str text)
{
    struct str_pieces words = str_pieces(text, ' ');
    str word;
    size_t column = HELP_COLUMN;
    bool is_first = true;
    while (str_next_piece(&words, &word)) {
        size_t width = width_of(word);
        if (!is_first && column + 1 + width > LINE_WIDTH) {
            (void)buf_add_byte(out, '\n');
            add_blanks(out, HELP_COLUMN);
            column = HELP_COLUMN;
        } else if (!is_first) {
            (void)buf_add_byte(out, ' ');
            column++;
        }
        (void)buf_add(out, word);
        column += width;
        is_first = false;
    }
    (void)buf_add_byte(out, '\n');
}

void options_help(const struct option *options, size_t count, struct buf *out)
{
    CLEANUP(arena_release) struct arena arena = {0};
    for (size_t i = 0; i < count; i++) {
        str usage = usage_of(&options[i], &arena);
        size_t used = 2 + width_of(usage);
        add_blanks(out, 2);
        (void)buf_add(out, usage);
        if (used + 2 > HELP_COLUMN) { /* no room beside it */
            (void)buf_add_byte(out, '\n');
            used = 0;
        }
        add_blanks(out, HELP_COLUMN - used);
        add_wrapped(out,
                    ARENA_JOIN(&arena, str_from(options[i].help), limits_of(&options[i], &arena)));
    }
}

/*
 * '-' is a hyphen in roff, and the minus that a reader can copy is "\-". A line that begins with
 * '.' or ''' is a request unless a zero-width "\&" stands before it.
 */
void manual_text(str text, struct buf *out)
{
    bool at_start = true;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (at_start && (c == '.' || c == '\''))
            (void)buf_add(out, STR("\\&"));
        if (c == '\\')
            (void)buf_add(out, STR("\\e"));
        else if (c == '-')
            (void)buf_add(out, STR("\\-"));
        else
            (void)buf_add_byte(out, c);
        at_start = c == '\n';
    }
    (void)buf_add_byte(out, '\n');
}

void options_manual(const struct option *options, size_t count, struct buf *out)
{
    CLEANUP(arena_release) struct arena arena = {0};
    for (size_t i = 0; i < count; i++) {
        str name = option_name(&options[i], &arena);
        (void)buf_add(out, STR(".TP\n.B "));
        manual_text(ARENA_JOIN(&arena, STR("--"), name, str_from(options[i].value[0] ? " " : ""),
                               str_from(options[i].value)),
                    out);
        manual_text(ARENA_JOIN(&arena, str_from(options[i].help), limits_of(&options[i], &arena)),
                    out);
    }
}
