/*
 * All commands, in the order in which help lists them.
 */
#ifndef LATCHKEY_CLI_COMMANDS_H
#define LATCHKEY_CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command *const commands[];
extern const size_t command_count;

/*
 * The command that the arguments begin with, its name being one or two words; `*words` is how many.
 * NULL when there is none.
 */
const struct command *command_find(int argc, char *const *argv, int *words);
/* True if commands begin with this word and another: "user". */
bool command_is_group(str word);
/* The name of the command, or of the group, that was probably meant; empty: none comes close. */
str command_nearest(str typed);

#endif
