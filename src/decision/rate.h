/*
 * How often something failed lately, for throttling sign-in: "10 failures an account, 100 an
 * address, in 5 minutes" are two of these. Only failures count, in an exact sliding window.
 *
 * Memory is fixed at the start. Names are kept as keyed hashes only. When there are too many, the
 * one with the fewest failures in its window gives way, so that a locked name cannot be flushed
 * out by names that failed once. Any thread; a short lock inside.
 */
#ifndef LATCHKEY_DECISION_RATE_H
#define LATCHKEY_DECISION_RATE_H

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"

struct rate;

struct rate_limits {
    size_t names;      /* remembered at the same time; rounded up to 8 times a power of two */
    uint32_t failures; /* that many within `window` and the name must wait; up to 1000 */
    usec window;
};

/* ERR_INVALID  a limit is 0 or too large;  ERR_INTERNAL  no random numbers */
enum error rate_new(const struct rate_limits *limits, struct rate **out) MUST_CHECK;
void rate_free(struct rate *rate);

/*
 * Asks for one attempt. 0: go on, and the attempt counts as failed until rate_succeeded says
 * otherwise, so that attempts made at the same time cannot go over the limit together. Else the
 * whole seconds, at least 1, after which to try again (Retry-After), and nothing was counted.
 */
int64_t rate_begin(struct rate *rate, str name, usec now);

/* Takes back what rate_begin counted at `begun_at`. Earlier failures of the name go on counting. */
void rate_succeeded(struct rate *rate, str name, usec begun_at);

#endif
