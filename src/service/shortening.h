/*
 * A limit on the life of tokens that was lowered reaches those that exist: none ends later than it
 * would if it were made at that moment.
 *
 * The new limit and the mark of what is still to be done are written in one transaction, so that
 * what is made from then on keeps to it; the tokens follow some users at a time, each step in a
 * transaction of its own. A shortened token ends at least a day later, so that no step is urgent;
 * what a process that died left undone, housekeeping goes on with. Decisions fall at the first step
 * and at the last. Raising a limit lengthens nothing.
 */
#ifndef LATCHKEY_SERVICE_SHORTENING_H
#define LATCHKEY_SERVICE_SHORTENING_H

#include "service/context.h"
#include "store/token_settings.h"

/* Inside the transaction that saves the settings. `limit_days` is the new limit. */
enum error shortening_begin(struct txn *txn, int64_t organization_id, int64_t limit_days,
                            usec now) MUST_CHECK;
/*
 * Does what is to be done in the organization, all of it; outside any transaction. Several may do
 * it at once. `who` (NULL: the system) is named in the audit log's entry. *count: how many tokens
 * were shortened since it began; 0 if there was nothing to do.
 */
enum error shortening_finish(struct worker *w, const struct principal *who, int64_t organization_id,
                             usec now, int64_t *count) MUST_CHECK;
/* For housekeeping: whatever was left undone anywhere. */
enum error shortening_finish_all(struct worker *w, usec now) MUST_CHECK;

#endif
