/*
 * A user's own password: changed by whoever knows the one before.
 */
#ifndef LATCHKEY_SERVICE_OWN_PASSWORD_H
#define LATCHKEY_SERVICE_OWN_PASSWORD_H

#include "service/complaint.h"
#include "service/context.h"

struct password_order {
    str current;
    str new_one;
    str cookie; /* of the session that goes on; empty: none */
};

/*
 * Sessions other than that one end. Wrong guesses at the current one count as failed sign-ins of
 * the account do.
 * ERR_INVALID    with complaints at current_password and new_password
 * ERR_FORBIDDEN  a service account has none
 * ERR_THROTTLED  too many wrong ones; *retry_after says when, in seconds
 * ERR_CONFLICT   somebody else changed it meanwhile
 * ERR_BUSY       too many passwords are being checked
 */
enum error own_password_change(struct worker *w, const struct principal *who,
                               const struct password_order *order, usec now, struct arena *arena,
                               struct complaints *complaints, int64_t *retry_after) MUST_CHECK;

/* True while a generated one has not been changed: then a session is good for that alone. */
enum error own_password_must_change(struct worker *w, const struct principal *who,
                                    bool *out) MUST_CHECK;

#endif
