/*
 * /api/v1/organizations/{id}/audit-events: the audit log, for owners and administrators.
 */
#ifndef LATCHKEY_API_AUDIT_EVENTS_H
#define LATCHKEY_API_AUDIT_EVENTS_H

#include "http/router.h"

/*
 * GET …?event=&actor_id=&subject_user_id=&subject_id=&since=&until=&q=&limit=&cursor=&order=
 *        &after=&format=
 * `order=asc&after=NUMBER` follows the log; `format=ndjson` and `csv` give all that fits.
 */
slow_handler audit_events_list;

#endif
