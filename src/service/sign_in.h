/*
 * Sessions: signing in with e-mail and password, and out.
 */
#ifndef LATCHKEY_SERVICE_SIGN_IN_H
#define LATCHKEY_SERVICE_SIGN_IN_H

#include "service/context.h"
#include "store/users.h"

#define SESSION_MAX_AGE                                                                            \
    DAYS(14) /* of a persistent one; others end with the browser, in 8 days at most */
#define SESSION_BROWSER_AGE DAYS(8)

struct sign_in_order {
    str email;
    str password;
    bool is_persistent;
    str address; /* the client's, for throttling and for the list of sessions */
    str user_agent;
    bool may_be_homeless; /* goes on to join an organization: need not be a member of one yet */
};

struct session {
    str cookie; /* a secret: 256 random bits as text */
    int64_t user_id;
    usec expires_at;
    bool is_persistent;
    int64_t retry_after; /* with ERR_THROTTLED: seconds */
};

/*
 * The same answer and time whether the account exists or not.
 * ERR_UNAUTHENTICATED  e-mail and password don't match, or the account is switched off
 * ERR_FORBIDDEN        the account is a member of no organization, and may not be
 * ERR_THROTTLED        too many failures of the account or from the address; see retry_after
 * ERR_BUSY             too many passwords are being checked
 */
enum error sign_in(struct worker *w, const struct sign_in_order *order, usec now,
                   struct arena *arena, struct session *out) MUST_CHECK;
/* A session without a password: after sign-up. */
enum error session_start(struct worker *w, int64_t user_id, const struct sign_in_order *order,
                         usec now, struct arena *arena, struct session *out) MUST_CHECK;
/* An unknown cookie is no error: it is signed out. */
enum error sign_out(struct worker *w, str cookie, usec now, struct arena *arena) MUST_CHECK;

#endif
