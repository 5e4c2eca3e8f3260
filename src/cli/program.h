/*
 * The program from its arguments to its exit status: finds the command, reads its options, runs it.
 */
#ifndef LATCHKEY_CLI_PROGRAM_H
#define LATCHKEY_CLI_PROGRAM_H

#include "cli/command.h"

enum exit_status program_run(int argc, char *const *argv, char *const *environment);

#endif
