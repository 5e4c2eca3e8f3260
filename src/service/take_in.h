/*
 * Users of the Label Studio behind the proxy who appear here for the first time: taken in with the
 * same id, so that both mean the same person.
 */
#ifndef LATCHKEY_SERVICE_TAKE_IN_H
#define LATCHKEY_SERVICE_TAKE_IN_H

#include "service/context.h"

struct newcomer {
    int64_t id;
    str email, username, first_name, last_name;
    int64_t organization_id; /* 0: none */
    str organization_title;
    bool is_owner; /* of that organization */
};

/*
 * Makes the account, the organization and the membership that are missing, without a password: it
 * signs in there. Quick when nothing is.
 * ERR_CONFLICT  the id has another e-mail here, or the e-mail another id: the log says which
 */
enum error take_in(struct worker *w, const struct newcomer *newcomer, usec now,
                   struct arena *arena) MUST_CHECK;

#endif
