/*
 * A token as the own API and the command line's --json show it.
 */
#ifndef LATCHKEY_API_TOKEN_JSON_H
#define LATCHKEY_API_TOKEN_JSON_H

#include "api/json.h"
#include "service/token_roll.h"
#include "service/tokens.h"

/* "pat", "api_key" */
str token_kind_name(enum token_kind kind);
/* ERR_MALFORMED  no kind has that name */
enum error token_kind_of_name(str name, enum token_kind *out) MUST_CHECK;

/* "active", "in_grace", "expired", "revoked": one whose grace is over counts as revoked. */
str token_state_name(const struct token_row *row, usec now);
/* "owner", "rotated", …; empty: it was not ended before its time, or long ago. */
str token_end_reason_name(const struct token_row *row, usec now);

/*
 * {id, name, kind, hint, user_id, scopes, allowed_ips, created_at, created_by, expires_at,
 * last_used_…, state, revoked_at, revoked_reason, rotated_from, replaced_by, grace_until}; a new
 * reference. Never the secret.
 */
json_t *token_json(const struct token_row *row, usec now, struct arena *arena);
/* Adds `user`: {id, email, name, is_service_account}. */
void token_json_add_user(json_t *token, const struct token_row *row, const struct roll_entry *entry,
                         struct arena *arena);
/* Words, one blank apart, as an array. */
json_t *json_from_words(str words);

#endif
