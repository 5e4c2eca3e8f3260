/*
 * The Label Studio behind the proxy, asked over HTTP who somebody is. Blocks: workers only.
 *
 * It may be slow or dead: a question ends after UPSTREAM_SECONDS, and only so many are under way at
 * once that workers are left for others.
 */
#ifndef LATCHKEY_GATEWAY_UPSTREAM_H
#define LATCHKEY_GATEWAY_UPSTREAM_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define UPSTREAM_SECONDS 5

struct upstream;

/* Once, before threads start. `calls`: at most so many at once. ERR_INTERNAL. */
enum error upstream_new(str url, unsigned calls, struct upstream **out) MUST_CHECK;
void upstream_free(struct upstream *upstream);

/* What its whoami says. The texts live in the arena. */
struct upstream_user {
    int64_t id;
    str email, username, first_name, last_name;
    int64_t organization_id; /* 0: none */
    str organization_title;
    str organization_email; /* of its owner */
};

enum upstream_credential { UPSTREAM_COOKIE, UPSTREAM_BEARER };

/*
 * `value` is the cookie sessionid's value, or an access token: a secret.
 * ERR_UNAUTHENTICATED  nobody
 * ERR_BUSY             too many questions are under way
 * ERR_UNAVAILABLE      no answer in time, or one that makes no sense; the log says which
 */
enum error upstream_whoami(struct upstream *upstream, enum upstream_credential credential,
                           str value, struct arena *arena, struct upstream_user *out) MUST_CHECK;

#endif
