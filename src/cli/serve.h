/*
 * The daemon's life, from an empty process to its last answer.
 */
#ifndef LATCHKEY_CLI_SERVE_H
#define LATCHKEY_CLI_SERVE_H

#include "cli/command.h"
#include "service/config.h"

/*
 * Serves until SIGTERM or SIGINT. What goes wrong before the first request is said in one line on
 * standard error. `config` outlives the call.
 */
enum exit_status serve(const struct config *config);

#endif
