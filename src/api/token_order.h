/*
 * What clients say about tokens, read from bodies and queries. All that is wrong is complained
 * about at once, in the request's complaints.
 */
#ifndef LATCHKEY_API_TOKEN_ORDER_H
#define LATCHKEY_API_TOKEN_ORDER_H

#include "api/json.h"
#include "service/tokens.h"

/*
 * {name, kind?, ttl_days? or expires_at?, scopes?, allowed_ips?}; `out` lives in the request's
 * arena. OK also when there are complaints: the rules add theirs, and refuse.
 * ERR_UNSUPPORTED_TYPE, ERR_MALFORMED, ERR_INVALID: the body is no JSON object
 */
enum error token_order_read(struct request *rq, struct token_order *out) MUST_CHECK;
/* {name?, expires_at?, scopes?, allowed_ips?}, likewise. */
enum error token_patch_read(struct request *rq, struct token_patch *out) MUST_CHECK;
/* {grace_seconds?}; ERR_INVALID with complaints. */
enum error token_grace_read(struct request *rq, usec usual, usec *out) MUST_CHECK;
/*
 * A member that is a list of texts, in the arena; false: it is not there. One of
 * another form, null too, is complained about.
 */
bool texts_read(struct request *rq, const json_t *body, const char *name, const str **out,
                size_t *count);

/* ?kind=&state=&sort=&q=&limit=&cursor=; ERR_INVALID with complaints. */
struct token_search {
    struct token_question question;
    str q; /* part of the name, whatever the case of ASCII letters; empty: any */
};
enum error token_search_read(struct request *rq, struct token_search *out) MUST_CHECK;
/* The cursor of the page behind `row`. */
str token_search_cursor(const struct token_search *search, const struct token_row *row,
                        struct arena *arena);
bool token_search_fits(const struct token_search *search, const struct token_row *row);

#endif
