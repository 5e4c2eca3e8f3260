/*
 * What one nginx worker let pass by itself, for the daemon to count: so that "last used" stays
 * true.
 *
 * One thread, as an nginx worker is. No nginx in here. Counts wait in memory of a fixed size and go
 * to the socket beside the generation page; a daemon that is away gets them when it is back.
 */
#ifndef LATCHKEY_NGINX_REPORTER_H
#define LATCHKEY_NGINX_REPORTER_H

#include "told.h"

struct reporter;

/* NULL: no memory. */
struct reporter *reporter_new(void);
void reporter_free(struct reporter *reporter);

/*
 * A request of whom `told` says passed, on a decision that rests on the page at `page`. Sends when
 * its memory is full. ERR_FULL: the daemon does not take them, and this one is not counted.
 */
enum error reporter_count(struct reporter *reporter, str page, const struct told *told, str address,
                          str user_agent, usec now) MUST_CHECK;
/*
 * Sends what there is, without waiting; what the daemon does not take now is kept.
 * ERR_FORBIDDEN, ERR_NOT_FOUND, …: why it could not
 */
enum error reporter_send(struct reporter *reporter) MUST_CHECK;

#endif
