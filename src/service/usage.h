/*
 * What tokens did: last use, address, user agent, requests a day.
 *
 * A use is a credential that was accepted: by /auth, by an endpoint here, or in exchange for an
 * access token, which counts for the PAT. An access token counts for its PAT too. Sessions and the
 * command line don't count, nor does a request that /auth let pass without a credential.
 *
 * Counted in memory of a fixed size, and written every few seconds in one transaction by a thread
 * of its own; several nodes add up. A process that is killed loses what it counted since. When the
 * memory runs full before the time, it is written at once; what finds no room even so is counted as
 * dropped (a metric). While the database is away, counts wait in memory. A connection to PostgreSQL
 * that is lost in the commit itself may count the same requests twice.
 */
#ifndef LATCHKEY_SERVICE_USAGE_H
#define LATCHKEY_SERVICE_USAGE_H

#include "service/context.h"
#include "store/usage.h"

struct usage;

#define USAGE_DAYS 90        /* kept, and shown of one token */
#define USAGE_DAYS_LISTED 30 /* shown in lists */

/*
 * The daemon's: sets shared->usage and starts the thread. Before the server serves, and stopped
 * after it: the rest is written then. On the command line shared->usage is NULL.
 * ERR_UNAVAILABLE, ERR_INTERNAL
 */
enum error usage_start(struct shared *shared) MUST_CHECK;
void usage_stop(struct shared *shared);

/*
 * One request by `who`, from `address`. Any thread; the fast lane too: no allocation, no waiting
 * for I/O. Whoever doesn't count is let pass.
 */
void usage_count(struct shared *shared, const struct principal *who, str address, str user_agent,
                 usec now);

/*
 * Returns when what was counted before is written, or could not be, at most after 2 s: before a
 * decision on tokens that were not used for long. Nothing without a daemon around.
 */
void usage_flush_now(struct shared *shared);

/*
 * The key of a user's legacy token in the table usage: the user's id, mixed one to one, and cheaply
 * enough for the fast lane. It may meet a token's key, the half of a hash, by a chance of 2^-64.
 * PATs and API keys have theirs in tokens.token_key.
 */
int64_t usage_legacy_key(int64_t user_id);
/* What `who` counts for; 0: for nothing. */
int64_t usage_key(const struct principal *who);

/* Days since 1970, UTC. */
int64_t usage_day(usec at);

/* What one token did. `row` is all zero, but for its key and its texts, if it was never used. */
struct token_usage {
    struct usage_row row;
    int64_t by_day[USAGE_DAYS]; /* oldest first; the last one is today */
};

/*
 * Of all the keys at once, in their order, with what is still in this process's memory: a page of
 * tokens costs one statement for each USAGE_ASKED of them, and one more for the days. `out` has
 * `count`.
 */
enum usage_depth { USAGE_LAST, USAGE_WITH_DAYS };
enum error usage_of_tokens(struct worker *w, const int64_t *token_keys, size_t count,
                           enum usage_depth depth, usec now, struct arena *arena,
                           struct token_usage *out) MUST_CHECK;

/* Requests of an organization on each of the last `days` days, oldest first, today last. */
enum error usage_of_organization(struct worker *w, int64_t organization_id, size_t days, usec now,
                                 struct arena *arena, int64_t *out) MUST_CHECK;

/* Old days and rows of tokens that are no more: a bounded piece of the work each time. */
enum error usage_housekeeping(struct worker *w, usec now) MUST_CHECK;

/* For metrics. */
struct usage_stats {
    uint64_t flushes, failures; /* of flushes: written, and tried in vain */
    double flush_seconds;       /* the sum of them */
    uint64_t dropped;           /* requests that found no room */
    uint64_t pending;           /* tokens whose counts are in memory */
    uint64_t reported;          /* requests that nginx let pass by itself */
};
struct usage_stats usage_stats(const struct shared *shared);

#endif
