/*
 * An answer that is made once and sent many times: the HTTP library's own object is kept with it,
 * so that its header fields are not put together again for each request.
 *
 * It never changes, any thread may send it, and it lives until its last holder lets go. What
 * differs from one request to the next (X-Request-ID) cannot be in it.
 */
#ifndef LATCHKEY_HTTP_READY_ANSWER_H
#define LATCHKEY_HTTP_READY_ANSWER_H

#include "http/response.h"

struct ready_answer;

/* A copy of `rs` as it stands, which the caller holds. NULL: nobody has answered yet, it is a file,
 * it ends the connection, it was spoiled, or there is no memory. */
struct ready_answer *ready_answer_new(const struct response *rs);
/* One holder more; gives `answer`. */
struct ready_answer *ready_answer_hold(struct ready_answer *answer);
/* The caller holds it no longer; the last one wipes it. NULL is let pass. */
void ready_answer_drop(struct ready_answer *answer);

/* It replaces all that was in `rs`, which takes the caller's hold over until it is cleared. */
void reply_ready(struct response *rs, struct ready_answer *answer);

#endif
