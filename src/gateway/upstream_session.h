/*
 * A browser's session of the Label Studio behind the proxy: its pages create, list and revoke
 * tokens here, with no other sign-in.
 */
#ifndef LATCHKEY_GATEWAY_UPSTREAM_SESSION_H
#define LATCHKEY_GATEWAY_UPSTREAM_SESSION_H

#include "auth/principal.h"
#include "service/context.h"

/* How long an answer of the upstream is believed: a sign-out there counts here after that. */
#define UPSTREAM_SESSION_KEPT SECONDS(20)

/*
 * Who the cookie belongs to; a user never seen before is taken in. `w` NULL: the fast lane.
 * ERR_UNAUTHENTICATED (nobody, or somebody switched off here), ERR_WOULD_BLOCK (fast lane only),
 * ERR_BUSY, ERR_UNAVAILABLE, ERR_CONFLICT (the upstream's user is another one here)
 */
enum error upstream_session(struct shared *shared, struct worker *w, str cookie, usec now,
                            struct arena *arena, struct principal *out) MUST_CHECK;

#endif
