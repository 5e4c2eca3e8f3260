/*
 * What guards a token, as it is asked for: scopes and addresses, checked, in the one form in which
 * they are stored. Each function complains by field, and leaves `out` valid in every case.
 *
 * A credential can never give more than it has: `who` is whose request it is.
 */
#ifndef LATCHKEY_SERVICE_GUARDS_H
#define LATCHKEY_SERVICE_GUARDS_H

#include "service/complaint.h"
#include "service/context.h"
#include "store/tokens.h"

/*
 * For a new token: complains at `scopes`. No names at all: what `who` has, "all" for most.
 * `out` is for the column `scopes`: "all", "read tokens".
 */
void guards_read_scopes(const struct shared *shared, const struct principal *who, const str *names,
                        size_t count, struct arena *arena, struct complaints *complaints, str *out);
/*
 * For a new token: complains at `allowed_ips`. No networks at all: those that bind `who`, mostly
 * none. `out` is for the column `allowed_ips`. What the store says.
 */
enum error guards_read_addresses(struct worker *w, const struct principal *who, const str *texts,
                                 size_t count, struct arena *arena, struct complaints *complaints,
                                 str *out) MUST_CHECK;
/* For a change of a token: complains unless it is the same or narrower. */
void guards_check_narrower(const struct token_row *row, str scopes, str allowed_ips,
                           struct complaints *complaints);
/*
 * For a successor, or a token in whose place another comes: whoever makes it must have all that it
 * has. ERR_SCOPE; what the store says.
 */
enum error guards_may_give(struct worker *w, const struct principal *who,
                           const struct token_row *row, struct arena *arena) MUST_CHECK;

/*
 * An organization's list of networks, as sent: complains at `allowed_ips`. Whoever acts with a
 * token may not shut it out with the same request: he would never learn why it ended; a session is
 * bound to no list. `address` is the caller's (w->origin). Stored with
 * token_settings_set_allowed_ips, as a change of OWNER_ORGANIZATION.
 */
void guards_read_organization_addresses(const struct principal *who, int64_t organization_id,
                                        str address, const str *texts, size_t count,
                                        struct arena *arena, struct complaints *complaints,
                                        str *out);

#endif
