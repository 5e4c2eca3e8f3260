/*
 * What --help, `latchkey help` and the manual page say, all from the table of commands.
 */
#ifndef LATCHKEY_CLI_HELP_H
#define LATCHKEY_CLI_HELP_H

#include "base/buf.h"
#include "cli/command.h"

#define HELP_MAX ((size_t)512 * 1024) /* ceiling of what is written here */

/* Every command with one line; `group` not empty: only those that begin with it. */
void help_commands(str group, struct buf *out);
/* One command: usage, description, options, example. */
void help_command(const struct command *command, struct buf *out);
/* latchkey(1), roff. */
void help_manual(struct buf *out);

#endif
