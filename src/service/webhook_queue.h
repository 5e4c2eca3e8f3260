/*
 * What webhooks are still to be told, put into the same transaction as what it is about.
 */
#ifndef LATCHKEY_SERVICE_WEBHOOK_QUEUE_H
#define LATCHKEY_SERVICE_WEBHOOK_QUEUE_H

#include "service/context.h"
#include "store/audit_events.h"
#include "store/webhooks.h"

#define WEBHOOK_WAITING_MAX 1000 /* deliveries of one webhook; more are not queued */

/* An event's name is among `events`, which is "*", "token.created", "token.*", one space apart. */
bool webhook_wants(str events, str event);

/* For audit_note: a delivery for each enabled webhook of the organization that wants the event. */
enum error webhook_queue(struct worker *w, struct txn *txn, const struct audit_row *event,
                         struct arena *arena) MUST_CHECK;
/* One that is no event: "webhook.test". `out` is its id. */
enum error webhook_queue_test(struct txn *txn, const struct webhook_row *webhook, usec now,
                              struct arena *arena, str *out) MUST_CHECK;

#endif
