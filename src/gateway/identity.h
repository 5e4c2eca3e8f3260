/*
 * What a proxy is told of a caller, ready-made: who, in which organization, as what, and the
 * upstream's token. Kept by user and token; the e-mail by user too, so that a credential never seen
 * before costs no look-up beyond its own check.
 */
#ifndef LATCHKEY_GATEWAY_IDENTITY_H
#define LATCHKEY_GATEWAY_IDENTITY_H

#include "auth/principal.h"
#include "service/context.h"

struct identity {
    str email;
    str upstream_token; /* a secret */
    usec until;         /* the token is not given out any more from then on */
};

/*
 * `db` NULL: the fast lane. The texts live in the arena.
 * ERR_WOULD_BLOCK (only there), ERR_NOT_FOUND (the user is gone), and the store's
 */
enum error identity_load(struct shared *shared, struct db *db, const struct principal *who,
                         usec now, struct arena *arena, struct identity *out) MUST_CHECK;

#endif
