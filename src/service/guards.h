/*
 * An organization's list of networks must not shut out whoever sets it with that very request: he
 * would never learn why his token ended. A session, and the operator, are bound to no list.
 */
#ifndef LATCHKEY_SERVICE_GUARDS_H
#define LATCHKEY_SERVICE_GUARDS_H

#include "service/complaint.h"
#include "service/context.h"

/* `networks` is a list as text; `address` the caller's (w->origin). Complains at `allowed_ips`. */
void guards_keep_the_caller(const struct principal *who, int64_t organization_id, str address,
                            str networks, struct arena *arena, struct complaints *complaints);

#endif
