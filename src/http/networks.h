/*
 * Networks of peers, for "is that one of ours": --trusted-proxies, and lists of addresses.
 */
#ifndef LATCHKEY_HTTP_NETWORKS_H
#define LATCHKEY_HTTP_NETWORKS_H

#include "base/arena.h"
#include "base/error.h"
#include "http/request.h"

struct networks; /* immutable; any thread */

/*
 * From "10.0.0.0/8", "::1", …; lives in the arena.
 * ERR_MALFORMED  `problem` names the one that cannot be read
 */
enum error networks_new(const str *texts, size_t count, struct arena *arena, str *problem,
                        struct networks **out) MUST_CHECK;
/* NULL holds nobody. */
bool networks_have(const struct networks *networks, const struct peer *peer);

/* An address without a port. ERR_MALFORMED. */
enum error peer_read(str text, struct peer *out) MUST_CHECK;

#endif
