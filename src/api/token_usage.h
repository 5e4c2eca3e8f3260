/*
 * What tokens did, in JSON: beside a token, for a whole list, and by day for one.
 */
#ifndef LATCHKEY_API_TOKEN_USAGE_H
#define LATCHKEY_API_TOKEN_USAGE_H

#include "api/json.h"
#include "http/router.h"
#include "service/tokens.h"
#include "service/usage.h"

/* ?include=usage: requests_30d too. ERR_INVALID with a complaint for any other value. */
enum error usage_depth_read(struct request *rq, enum usage_depth *out) MUST_CHECK;

/*
 * Fills in last_used_at, last_used_ip and last_used_user_agent of a token's object (token_json), in
 * their places; with USAGE_WITH_DAYS adds requests_30d.
 */
void token_json_add_usage(json_t *token, const struct token_usage *usage, enum usage_depth depth,
                          struct arena *arena);

/*
 * The same for an array of tokens' objects, of which the n-th is `rows[n]`: one look-up for all.
 * For one token, an array of one.
 */
enum error token_list_add_usage(struct worker *w, json_t *items, const struct token_row *rows,
                                size_t count, enum usage_depth depth, usec now,
                                struct arena *arena) MUST_CHECK;

/* [{date, requests}], oldest first; the last one is the day of `now`. */
json_t *json_from_days(const int64_t *by_day, size_t days, usec now, struct arena *arena);

slow_handler token_usage_show; /* GET …/tokens/{id}/usage */

#endif
