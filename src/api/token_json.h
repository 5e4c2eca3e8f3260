/*
 * A token as the own API and the command line's --json show it.
 */
#ifndef LATCHKEY_API_TOKEN_JSON_H
#define LATCHKEY_API_TOKEN_JSON_H

#include "api/json.h"
#include "service/tokens.h"

/* "pat", "api_key" */
str token_kind_name(enum token_kind kind);
/* ERR_MALFORMED  no kind has that name */
enum error token_kind_of_name(str name, enum token_kind *out) MUST_CHECK;

/* {id, name, kind, hint, user_id, created_at, expires_at, revoked_at}; a new reference. */
json_t *token_json(const struct token_row *row, struct arena *arena);

#endif
