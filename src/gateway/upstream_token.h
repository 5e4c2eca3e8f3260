/*
 * The access token that the upstream is given in place of the caller's credential: signed with the
 * key that signs here, so that a Label Studio with the same SECRET_KEY accepts it.
 */
#ifndef LATCHKEY_GATEWAY_UPSTREAM_TOKEN_H
#define LATCHKEY_GATEWAY_UPSTREAM_TOKEN_H

#include "auth/principal.h"
#include "service/context.h"

struct upstream_token {
    str token;       /* a secret, in the arena */
    usec expires_at; /* whole seconds */
};

/* For `who`, until its own end at most. Errors of jwt_sign. */
enum error upstream_token_make(const struct shared *shared, const struct principal *who, usec now,
                               struct arena *arena, struct upstream_token *out) MUST_CHECK;

#endif
