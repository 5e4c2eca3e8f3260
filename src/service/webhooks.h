/*
 * Webhooks of an organization: who is told of its events, by whom that is decided, and what came
 * of it. Owners, administrators and the operator; everything they do here is in the audit log.
 *
 * `organization_id` 0 is for the operator alone: whichever the webhook belongs to.
 */
#ifndef LATCHKEY_SERVICE_WEBHOOKS_H
#define LATCHKEY_SERVICE_WEBHOOKS_H

#include "service/complaint.h"
#include "service/context.h"
#include "store/webhooks.h"

#define WEBHOOKS_MAX 20             /* of an organization */
#define WEBHOOK_DESCRIPTION_MAX 200 /* characters */
#define WEBHOOK_EVENTS_MAX 64       /* names */

/* Each field only if it is said; to add one, the URL must be. */
struct webhook_patch {
    bool has_url, has_events, has_description, has_is_enabled;
    str url;
    str events; /* "*", or names as "token.created" and "token.*", one space apart */
    str description;
    bool is_enabled;
};

/*
 * `secret` is shown this once: "whsec_…". The operator may name any address: whether it is asked is
 * the daemon's --webhook-private-addresses.
 * ERR_INVALID (complaints), ERR_LIMIT, ERR_FORBIDDEN, ERR_NOT_FOUND (no such organization)
 */
struct webhook_made {
    struct webhook_row row;
    str secret;
};
enum error webhook_add(struct worker *w, const struct principal *who, int64_t organization_id,
                       const struct webhook_patch *order, usec now, struct arena *arena,
                       struct complaints *complaints, struct webhook_made *out) MUST_CHECK;
enum error webhook_list(struct worker *w, const struct principal *who, int64_t organization_id,
                        struct arena *arena, struct webhook_list *out) MUST_CHECK;

/* All below: ERR_FORBIDDEN, ERR_NOT_FOUND. */
enum error webhook_show(struct worker *w, const struct principal *who, int64_t organization_id,
                        str id, struct arena *arena, struct webhook_row *out) MUST_CHECK;
/* The delivery that was tried last. ERR_NOT_FOUND also: nothing was tried yet. */
enum error webhook_last_delivery(struct worker *w, const struct webhook_row *webhook,
                                 struct arena *arena, struct delivery_row *out) MUST_CHECK;
/* ERR_INVALID (complaints). Enabled again, it is told of what has waited. */
enum error webhook_change(struct worker *w, const struct principal *who, int64_t organization_id,
                          str id, const struct webhook_patch *patch, usec now, struct arena *arena,
                          struct complaints *complaints, struct webhook_row *out) MUST_CHECK;
/* With what it was still to be told. */
enum error webhook_remove(struct worker *w, const struct principal *who, int64_t organization_id,
                          str id, usec now, struct arena *arena) MUST_CHECK;
/* A new secret; for a day the old one signs beside it. */
enum error webhook_renew_secret(struct worker *w, const struct principal *who,
                                int64_t organization_id, str id, usec now, struct arena *arena,
                                str *secret) MUST_CHECK;
/* Queues a "webhook.test". ERR_CONFLICT: the webhook is disabled. */
enum error webhook_test(struct worker *w, const struct principal *who, int64_t organization_id,
                        str id, usec now, struct arena *arena, str *delivery_id) MUST_CHECK;
/* Newest first, before (created_at, id). */
enum error webhook_deliveries(struct worker *w, const struct principal *who,
                              int64_t organization_id, str id, usec before_created_at,
                              str before_id, int64_t limit, struct arena *arena,
                              struct delivery_list *out) MUST_CHECK;

/* For the sender: it is not asked any more, and the log says why. */
enum error webhook_disable(struct worker *w, struct txn *txn, struct webhook_row *webhook, str why,
                           usec now) MUST_CHECK;

#endif
