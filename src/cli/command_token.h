/*
 * What the files of `latchkey token` share.
 */
#ifndef LATCHKEY_CLI_COMMAND_TOKEN_H
#define LATCHKEY_CLI_COMMAND_TOKEN_H

#include "cli/admin.h"
#include "service/tokens.h"

/* The one time that the secret is shown: alone on standard output, or as the API's object. */
void token_print_new(const struct new_token *token, bool as_json, const struct admin *admin);
/* No such token, or a fault of the rules' own. */
enum exit_status token_failed(const char *what, enum error err, str id);

#endif
