/*
 * A token as the own API and the command line's --json show it.
 */
#ifndef LATCHKEY_API_TOKEN_JSON_H
#define LATCHKEY_API_TOKEN_JSON_H

#include "api/json.h"
#include "service/tokens.h"

/* {id, name, kind, user_id, created_at, expires_at, revoked_at}; a new reference. */
json_t *token_json(const struct token_row *row, struct arena *arena);

#endif
