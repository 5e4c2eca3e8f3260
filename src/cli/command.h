/*
 * A command of the program: one row of the table in commands.def, described by one struct in the
 * file that implements it. The help text and the manual page are made from the same struct.
 */
#ifndef LATCHKEY_CLI_COMMAND_H
#define LATCHKEY_CLI_COMMAND_H

#include "base/options.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USED_WRONGLY = 2 };

/* What a command is given to run with. It owns nothing. */
struct invocation {
    struct arena *arena;           /* marked secret; lives until the program ends */
    const void *options;           /* the command's own struct, filled */
    struct option_list operands;   /* as many as the command takes */
    struct options_reader *reader; /* where the values came from */
};

struct command {
    const char *name;     /* "user add" */
    const char *operands; /* "EMAIL", "[ID]"; "" none */
    size_t min_operands, max_operands;
    const char *summary;     /* one line, no full stop, starts with a small letter */
    const char *description; /* paragraphs, an empty line between two */
    const char *example;     /* lines that begin with "$ " are typed, others answered */
    const struct option *options;
    size_t option_count;
    size_t options_bytes; /* of the struct that the options fill; 0: no options */
    bool takes_settings;  /* its `config` option names a file of settings */
    enum exit_status (*run)(const struct invocation *invocation);
};

/* The three fields that belong together, from a table and the struct that it fills. */
#define COMMAND_OPTIONS(table, type)                                                               \
    .options = (table), .option_count = COUNT_OF(table), .options_bytes = sizeof(type)

#endif
