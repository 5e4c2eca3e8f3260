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
 * For the user, for as long as any access token lives. `token_key` is the caller's token's, which
 * it names as its parent and ends with; 0: none. `scope` is its claim of that name, for it must do
 * no more than the caller's (principal_scope_claim); empty: none. Memory and MACs only. Errors of
 * jwt_sign.
 */
enum error upstream_token_make(const struct shared *shared, int64_t user_id, int64_t token_key,
                               str scope, usec now, struct arena *arena,
                               struct upstream_token *out) MUST_CHECK;

#endif
