/*
 * Says in time that a token is about to end: 14, 3 and 1 days before, and when it has. Each warning
 * is an entry of the audit log, by the system, and so reaches the webhooks that want it. Once each,
 * whatever restarts and however many nodes there are: the token's row says what was said.
 *
 * A token that lives for less than so many days is not warned of then.
 */
#ifndef LATCHKEY_SERVICE_EXPIRY_WARNINGS_H
#define LATCHKEY_SERVICE_EXPIRY_WARNINGS_H

#include "service/context.h"

/*
 * A bounded piece of the work, for the housekeeping: what it leaves is done the next time. One
 * thread; `w->shared` remembers how far it came.
 */
enum error expiry_warnings(struct worker *w, usec now) MUST_CHECK;

#endif
