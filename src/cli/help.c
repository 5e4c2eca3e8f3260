#include "cli/help.h"

#include "cli/commands.h"

/* Options that each command has without a row in its own table. */
static const struct option common_options[] = {
    {.name = "help", .kind = OPTION_FLAG, .value = "", .initial = "", .help = "show this help"},
};

static const char introduction[] =
    "Latchkey issues, checks, rotates and revokes access tokens for Label Studio and for any HTTP "
    "API.";

static bool is_in_group(const struct command *command, str group)
{
    str first, second;
    return str_is_empty(group) ||
           (str_cut(str_from(command->name), ' ', &first, &second) && str_equal(first, group));
}

void help_commands(str group, struct buf *out)
{
    if (str_is_empty(group))
        (void)buf_addf(out, "%s\n\nUsage: latchkey COMMAND [OPTIONS]\n\nCommands:\n", introduction);
    else
        (void)buf_addf(out, "Usage: latchkey %.*s COMMAND [OPTIONS]\n\nCommands:\n",
                       STR_ARG(group));
    for (size_t i = 0; i < command_count; i++)
        if (is_in_group(commands[i], group))
            (void)buf_addf(out, "  %-26s  %s\n", commands[i]->name, commands[i]->summary);
    (void)buf_add(out, STR("\n'latchkey COMMAND --help' says more about one; "
                           "'latchkey help --man' is the manual page.\n"));
}

static void add_usage(const struct command *command, struct buf *out)
{
    (void)buf_addf(out, "latchkey %s", command->name);
    if (command->option_count > 0)
        (void)buf_add(out, STR(" [OPTIONS]"));
    if (command->operands[0])
        (void)buf_addf(out, " %s", command->operands);
}

/* Puts each example's line under the indent that sets it apart. */
static void add_lines(str text, const char *indent, struct buf *out)
{
    struct str_pieces lines = str_pieces(text, '\n');
    str line;
    while (str_next_piece(&lines, &line))
        if (str_is_empty(line))
            (void)buf_add_byte(out, '\n');
        else
            (void)buf_addf(out, "%s%.*s\n", indent, STR_ARG(line));
}

void help_command(const struct command *command, struct buf *out)
{
    (void)buf_addf(out, "latchkey %s: %s\n\nUsage: ", command->name, command->summary);
    add_usage(command, out);
    (void)buf_add(out, STR("\n\n"));
    if (command->description[0]) {
        add_lines(str_from(command->description), "", out);
        (void)buf_add_byte(out, '\n');
    }
    (void)buf_add(out, STR("Options:\n"));
    options_help(command->options, command->option_count, out);
    options_help(common_options, COUNT_OF(common_options), out);
    (void)buf_add(out, STR("\nExample:\n"));
    add_lines(str_from(command->example), "  ", out);
}

/* The manual */

static void add_paragraphs(const char *text, struct buf *out)
{
    struct str_pieces lines = str_pieces(str_from(text), '\n');
    str line;
    while (str_next_piece(&lines, &line))
        if (str_is_empty(line))
            (void)buf_add(out, STR(".PP\n"));
        else
            manual_text(line, out);
}

static void add_command(const struct command *command, struct buf *out)
{
    struct buf usage;
    buf_init(&usage, HELP_MAX);
    add_usage(command, &usage);
    (void)buf_addf(out, ".SS latchkey %s\n", command->name);
    manual_text(str_from(command->summary), out);
    (void)buf_add(out, STR(".PP\n.B "));
    manual_text(buf_str(&usage), out);
    buf_release(&usage);
    if (command->description[0]) {
        (void)buf_add(out, STR(".PP\n"));
        add_paragraphs(command->description, out);
    }
    options_manual(command->options, command->option_count, out);
    (void)buf_add(out, STR(".PP\n.EX\n"));
    manual_text(str_from(command->example), out);
    (void)buf_add(out, STR(".EE\n"));
}

static const struct {
    const char *title, *text;
} last_sections[] = {
    {"ENVIRONMENT",
     "Every option of serve may also be given as a variable: --log-level is LATCHKEY_LOG_LEVEL. A "
     "flag is on or off there. An empty variable counts as none. The other commands take "
     "LATCHKEY_DATA and LATCHKEY_DATABASE, so that they work where the daemon does.\n\n"
     "A flag counts more than a variable, a variable more than the file that serve takes with "
     "--config, and that more than the default."},
    {"FILES",
     "The data folder holds latchkey.db, the database unless --database names another; master.key, "
     "the key that seals what is secret in it (mode 0600; back it up apart from the database); and "
     "generations, a page that all processes of the host share so that a change counts at once.\n\n"
     "In a file of settings each line is name = value, with the names of the options of serve. "
     "Lines that begin with # are comments."},
    {"EXIT STATUS", "0: done. 1: failed; standard error has one line that says what and how to "
                    "mend it. 2: used wrongly."},
};

void help_manual(struct buf *out)
{
    (void)buf_add(out,
                  STR(".TH LATCHKEY 1 \"\" \"Latchkey " LATCHKEY_VERSION "\" \"User Commands\"\n"
                      ".SH NAME\nlatchkey \\- access tokens for Label Studio and HTTP APIs\n"
                      ".SH SYNOPSIS\n.B latchkey\n.I COMMAND\n[\\fIOPTIONS\\fR]\n"
                      ".SH DESCRIPTION\n"));
    manual_text(str_from(introduction), out);
    (void)buf_add(out, STR(".PP\nEvery command takes \\fB\\-\\-help\\fR, which says what stands "
                           "here.\n.SH COMMANDS\n"));
    for (size_t i = 0; i < command_count; i++)
        add_command(commands[i], out);
    for (size_t i = 0; i < COUNT_OF(last_sections); i++) {
        (void)buf_addf(out, ".SH %s\n", last_sections[i].title);
        add_paragraphs(last_sections[i].text, out);
    }
}
