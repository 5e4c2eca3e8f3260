/*
 * The access token that the upstream is given in place of the caller's credential: signed with the
 * key that signs here, so that a Label Studio with the same SECRET_KEY accepts it.
 */
#ifndef LATCHKEY_GATEWAY_UPSTREAM_TOKEN_H
#define LATCHKEY_GATEWAY_UPSTREAM_TOKEN_H

#include "service/context.h"

struct upstream_token {
    str token;       /* a secret, in the arena */
    usec expires_at; /* whole seconds */
};

/*
 * For the user, for as long as any access token lives. It names no parent: it goes from the proxy
 * to the upstream only, and is not given out any more once the caller's credential ends. Errors of
 * jwt_sign.
 */
enum error upstream_token_make(const struct shared *shared, int64_t user_id, usec now,
                               struct arena *arena, struct upstream_token *out) MUST_CHECK;

#endif
