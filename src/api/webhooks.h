/*
 * /api/v1/organizations/{id}/webhooks: who is told of the organization's events. Owners and
 * administrators.
 */
#ifndef LATCHKEY_API_WEBHOOKS_H
#define LATCHKEY_API_WEBHOOKS_H

#include "api/json.h"
#include "http/router.h"
#include "service/webhooks.h"

slow_handler webhooks_index;         /* GET    …/webhooks */
slow_handler webhooks_post;          /* POST   …/webhooks {url, events, description} */
slow_handler webhook_get;            /* GET    …/webhooks/{webhook} */
slow_handler webhook_modify;         /* PATCH  …/webhooks/{webhook} */
slow_handler webhook_delete;         /* DELETE …/webhooks/{webhook} */
slow_handler webhook_test_post;      /* POST   …/webhooks/{webhook}/test */
slow_handler webhook_secret_post;    /* POST   …/webhooks/{webhook}/rotate-secret */
slow_handler webhook_deliveries_get; /* GET    …/webhooks/{webhook}/deliveries */

/* New references; for the command line too. `last` NULL: nothing was tried yet. */
json_t *webhook_json(const struct webhook_row *row, const struct delivery_row *last,
                     struct arena *arena);
json_t *delivery_json(const struct delivery_row *row, struct arena *arena);

#endif
