/*
 * The sender: a thread of the daemon that tells webhooks what is queued for them, and tries again
 * when nobody listened: after 5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours. What is
 * queued is in the database: a restart loses nothing, and of several nodes one takes each delivery.
 *
 * An answer from 200 to 299 is success. 410 (Gone) disables the webhook, as do five days without
 * one success. At most one delivery of a webhook is under way in a process, so that one that is
 * slow harms no other.
 */
#ifndef LATCHKEY_SERVICE_WEBHOOK_SENDER_H
#define LATCHKEY_SERVICE_WEBHOOK_SENDER_H

#include "service/context.h"

struct webhook_sender;

/* ERR_UNAVAILABLE, ERR_INTERNAL. `shared` outlives it. */
enum error webhook_sender_start(struct shared *shared, struct webhook_sender **out) MUST_CHECK;
/* What is under way is left, and tried again by whoever comes next. NULL is let pass. */
void webhook_sender_stop(struct webhook_sender *sender);

/* When to try again after `attempts` failed ones; 0: never. */
usec webhook_pause_after(int64_t attempts);

#endif
