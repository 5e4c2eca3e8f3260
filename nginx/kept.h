/*
 * The decisions that one nginx worker keeps: the daemon's own cache, over the daemon's own page.
 *
 * One thread, as an nginx worker is. No nginx in here. Nothing is ever decided here: what is not
 * kept, or does not hold any more, must be asked again.
 */
#ifndef LATCHKEY_NGINX_KEPT_H
#define LATCHKEY_NGINX_KEPT_H

#include "told.h"

struct kept;

#define KEPT_CREDENTIAL_MAX 2048 /* bytes; a longer one is asked for each time */

/* `max_lag`: how old the daemon's heartbeat may be. ERR_INVALID, ERR_TOO_LARGE, ERR_INTERNAL. */
enum error kept_new(size_t entries, usec max_lag, struct kept **out) MUST_CHECK;
void kept_free(struct kept *kept);

/* How a credential came. The same bytes may mean different things, and to different daemons. */
struct kept_key {
    uint32_t asker; /* which location asks, of which server: it may ask a daemon of its own */
    uint8_t tag;    /* which header it came in */
    str credential;
};

/*
 * True, with what was told, if the credential is known and everything holds at this moment: its
 * counters, its end, and the heartbeat. The fields point into `bytes`, which has TOLD_BYTES_MAX.
 */
bool kept_find(struct kept *kept, const struct kept_key *key, usec now, char *bytes,
               struct told *out);

/*
 * Keeps what the daemon answered. Maps the page when there is none yet, or in place of another
 * daemon's: then what that one said is not found any more.
 * ERR_NOT_FOUND, ERR_FORBIDDEN, …  the page cannot be mapped: nothing is kept
 */
enum error kept_add(struct kept *kept, const struct kept_key *key,
                    const struct told_decision *decision, const struct told *told) MUST_CHECK;

/* The page that decisions rest on, or rested on last; empty: none yet. */
str kept_page(const struct kept *kept);

#endif
