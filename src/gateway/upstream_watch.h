/*
 * Users who were switched off in the Label Studio behind the proxy stop working here too, within a
 * minute: those whom the proxy let pass lately are asked for there, with their own token.
 */
#ifndef LATCHKEY_GATEWAY_UPSTREAM_WATCH_H
#define LATCHKEY_GATEWAY_UPSTREAM_WATCH_H

#include "service/context.h"

#define WATCH_EVERY SECONDS(10)

struct upstream_watch;

/* A thread of its own. `shared` has an upstream and outlives it. ERR_UNAVAILABLE, ERR_INTERNAL. */
enum error upstream_watch_start(struct shared *shared, struct upstream_watch **out) MUST_CHECK;
void upstream_watch_stop(struct upstream_watch *watch); /* NULL is let pass */

/* The user was let pass just now. Any thread, a few nanoseconds. NULL is let pass. */
void upstream_watch_note(struct upstream_watch *watch, int64_t user_id);

#endif
