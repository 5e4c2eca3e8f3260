/*
 * Leaked tokens: whoever holds a whole token may report it, a scanner of repositories for example.
 * It ends at once with its whole family and all that was exchanged for it, and its owner is told.
 */
#ifndef LATCHKEY_SERVICE_LEAKS_H
#define LATCHKEY_SERVICE_LEAKS_H

#include "service/context.h"

enum leak_result {
    LEAK_UNKNOWN,       /* not one of ours, not whole, or an access token, which ends by itself */
    LEAK_REVOKED,       /* it counted, and does no more */
    LEAK_ENDED_ALREADY, /* it did not count any more */
};

/* A PAT, an API key, or a legacy token, which is replaced. `who` may be nobody. */
enum error leak_report(struct worker *w, const struct principal *who, str text, usec now,
                       struct arena *arena, enum leak_result *out) MUST_CHECK;

#endif
