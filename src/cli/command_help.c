/* latchkey help */
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/say.h"

struct help_options {
    bool man;
};

static const struct option options[] = {
    OPTION_ROW(struct help_options, man, FLAG, "", "", ANY,
               "the manual page of all commands, in roff, for man(1)"),
};

static enum exit_status help_on(const struct option_list *words, struct buf *out)
{
    char *names[2];
    union {
        const char *in;
        char *out;
    } cast;
    struct arena arena = {0};
    for (size_t i = 0; i < words->count; i++) {
        cast.in = arena_cstr(&arena, words->items[i]);
        names[i] = cast.out; /* only read, but argv's type has no const */
    }
    int used;
    const struct command *command = command_find((int)words->count, names, &used);
    enum exit_status status = EXIT_DONE;
    if (command)
        help_command(command, out);
    else if (command_is_group(words->items[0]))
        help_commands(words->items[0], out);
    else
        status = used_wrongly("there is no command '%.*s'; 'latchkey help' lists them",
                              STR_ARG(words->items[0]));
    arena_release(&arena);
    return status;
}

static enum exit_status help(const struct invocation *invocation)
{
    const struct help_options *given = invocation->options;
    struct buf out;
    buf_init(&out, HELP_MAX);
    enum exit_status status = EXIT_DONE;
    if (given->man)
        help_manual(&out);
    else if (invocation->operands.count > 0)
        status = help_on(&invocation->operands, &out);
    else
        help_commands(STR(""), &out);
    say_str(buf_str(&out));
    buf_release(&out);
    return status;
}

const struct command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .max_operands = 2,
    .summary = "lists the commands, or says more about one",
    .description = "",
    .example = "$ latchkey help token create\n"
               "$ latchkey help --man > latchkey.1 && man ./latchkey.1",
    COMMAND_OPTIONS(options, struct help_options),
    .run = help,
};
