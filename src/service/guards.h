/*
 * An organization's list of networks, as it is asked for.
 *
 * It must not shut out whoever sets it with that very request: he would never learn why his token
 * ended. A session, and the operator, are bound to no list.
 */
#ifndef LATCHKEY_SERVICE_GUARDS_H
#define LATCHKEY_SERVICE_GUARDS_H

#include "service/complaint.h"
#include "service/context.h"

/*
 * Complains at `allowed_ips`. `address` is the caller's (w->origin). `out` is the list as it is
 * stored (auth/guard.h), empty with a complaint. Stored with token_settings_set_allowed_ips, as a
 * change of OWNER_ORGANIZATION.
 */
void guards_read_organization_addresses(const struct principal *who, int64_t organization_id,
                                        str address, const str *texts, size_t count,
                                        struct arena *arena, struct complaints *complaints,
                                        str *out);

#endif
