/*
 * Options, from one table: the command line, the environment, a file of settings, the help text and
 * the manual page. The table says what an option is; its value lands in a field of a plain struct
 * of the caller's.
 *
 *     struct greeting { str name; int64_t times; bool loud; };
 *     static const struct option options[] = {
 *         OPTION_ROW(struct greeting, name, TEXT, "NAME", "world", ANY, "who is greeted"),
 *         OPTION_ROW(struct greeting, times, INTEGER, "N", "1", BETWEEN(1, 10), "how often"),
 *         OPTION_ROW(struct greeting, loud, FLAG, "", "", ANY, "in capital letters"),
 *     };
 *
 * A secret is never the value of an option: anybody on the machine could read it. Such an option
 * takes the path of a file.
 *
 * What is said first counts most: the command line, then the environment, then the file, then the
 * default; the order in which they are read does not matter. One thread at a time.
 */
#ifndef LATCHKEY_BASE_OPTIONS_H
#define LATCHKEY_BASE_OPTIONS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"

enum option_kind {
    OPTION_FLAG,    /* bool: given or not; elsewhere than in arguments on or off */
    OPTION_TEXT,    /* str */
    OPTION_PATH,    /* str: the path of a file or a folder */
    OPTION_INTEGER, /* int64_t within min and max */
    OPTION_SECONDS, /* usec: whole seconds within min and max; also 90s, 5m, 2h, 7d */
    OPTION_CHOICE,  /* an enum: the place in `value`, "keep|on|off", from 0 */
    OPTION_LIST,    /* struct option_list: may be repeated; commas and blanks separate too */
};

struct option_list {
    str *items; /* in the reader's arena */
    size_t count;
};

struct option {
    const char *name; /* as in C: "access_token_ttl" is --access-token-ttl */
    enum option_kind kind;
    const char *value;   /* what the value is called, "FILE"; a choice's words, "keep|on|off" */
    const char *initial; /* the default as one would write it; "" is empty, 0 or off */
    int64_t min, max;    /* both 0: any */
    const char *help;    /* a line, no full stop, starts with a small letter */
    size_t offset;       /* of the field in the struct that is filled */
};

/* A row of a table. A field whose type does not fit the kind does not compile. */
#define OPTION_ROW(type, field, kind_, value_, initial_, limits, help_)                            \
    {                                                                                              \
        .name = #field, .kind = OPTION_##kind_, .value = (value_), .initial = (initial_),          \
        .help = (help_), OPTION_##limits,                                                          \
        .offset = offsetof(type, field) + OPTION_FIELD_##kind_(((type *)0)->field)                 \
    }
#define OPTION_ANY .min = 0, .max = 0
#define OPTION_SOME .min = 1, .max = 0 /* of a list: as an argument, not empty */
#define OPTION_BETWEEN(from, to) .min = (from), .max = (to)
#define OPTION_FIELD_FLAG(field) _Generic((field), bool : (size_t)0)
#define OPTION_FIELD_TEXT(field) _Generic((field), str : (size_t)0)
#define OPTION_FIELD_PATH(field) _Generic((field), str : (size_t)0)
#define OPTION_FIELD_INTEGER(field) _Generic((field), int64_t : (size_t)0)
#define OPTION_FIELD_SECONDS(field) _Generic((field), usec : (size_t)0)
#define OPTION_FIELD_CHOICE(field) _Generic((field), unsigned : (size_t)0)
#define OPTION_FIELD_LIST(field) _Generic((field), struct option_list : (size_t)0)

enum option_source { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_ARGUMENTS };

/* Fills one struct from one table. The values borrow from the arena and from the arguments. */
struct options_reader {
    const struct option *options;
    size_t count;
    void *values;
    struct arena *arena;
    enum option_source *sources; /* side by side with the options: where each value came from */
    str problem; /* after an error: a sentence with the remedy, for the person at the terminal */
};

/* Every option has its default from here on. The table's own defaults are good, or it asserts. */
void options_begin(struct options_reader *reader, const struct option *options, size_t count,
                   void *values, struct arena *arena);

/*
 * `--name value`, `--name=value`, `--flag`; after `--` everything is an operand. The last of a
 * repeated option counts; a list's are added up.
 * ERR_INVALID  an unknown option, a value that is missing or refused; `problem` says which
 */
enum error options_read_arguments(struct options_reader *reader, int argc, char *const *argv,
                                  struct option_list *operands) MUST_CHECK;

/*
 * LATCHKEY_ACCESS_TOKEN_TTL=…; an empty variable counts as none. Unknown ones are left alone,
 * unless one looks like a known one mistyped: then the default would stay in force unnoticed.
 * ERR_INVALID  such a one, or a value that is refused
 */
enum error options_read_environment(struct options_reader *reader,
                                    char *const *environment) MUST_CHECK;

/*
 * `name = value`, a line each; lines that begin with # are comments, and a value may stand in
 * double quotes. `text` is the file's content, `path` its name in messages.
 */
enum error options_read_file(struct options_reader *reader, str path, str text) MUST_CHECK;

/* Where the value of the option with this field's name came from. */
enum option_source options_source(const struct options_reader *reader, const char *field);

/* The name as one types it, without the dashes: "access-token-ttl". */
str option_name(const struct option *option, struct arena *arena);
/* "LATCHKEY_ACCESS_TOKEN_TTL" */
str option_variable(const struct option *option, struct arena *arena);

/*
 * The options as a list for --help: two columns, at most 80 wide, with limits and defaults.
 * The same as a list for man(7), roff with its special characters escaped.
 */
void options_help(const struct option *options, size_t count, struct buf *out);
void options_manual(const struct option *options, size_t count, struct buf *out);
/* Text for man(7), on lines of its own: nothing in it is taken for a request or an escape. */
void manual_text(str text, struct buf *out);

#endif
