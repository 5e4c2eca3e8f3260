/*
 * The follower: hears on this host what other hosts have changed in the same database, and moves
 * the counters of this host's generation page.
 *
 * A thread of its own reads the change table by number. It asks 20 times a second rather than
 * waiting to be told: one look at an index that is in memory, which needs no second kind of
 * connection and catches up by itself after a break. While it cannot ask, the page's heartbeat
 * grows old, and from `max_lag` on no decision holds.
 */
#ifndef LATCHKEY_CLUSTER_FOLLOW_H
#define LATCHKEY_CLUSTER_FOLLOW_H

#include "db/db.h"
#include "decision/generation.h"

struct follower;

/*
 * Everything counts as changed when it starts: nobody followed before. Database and page outlive
 * it. ERR_UNAVAILABLE, ERR_INTERNAL
 */
enum error follower_start(struct database *database, struct generation_page *page, usec max_lag,
                          struct follower **out) MUST_CHECK;
/* Waits for the thread. NULL is let pass. */
void follower_stop(struct follower *follower);

#endif
