/*
 * Idempotency-Key on creations: who asks again with the same key and the same request gets the same
 * answer again, for 24 hours, and nothing is made twice. For routes with the flag ANSWERS_AGAIN.
 *
 * A key belongs to the user, and a request is the same only with the same credential (or what was
 * derived from the same token), method, address and body. Only good answers are kept, sealed, since
 * they hold secrets; what failed may be tried again with the same key. A process that dies between
 * the creation and the answer leaves the key in use for a minute; then the request runs again.
 */
#ifndef LATCHKEY_API_IDEMPOTENCY_H
#define LATCHKEY_API_IDEMPOTENCY_H

#include "http/router.h"

#define IDEMPOTENCY_KEY_MAX 255 /* visible ASCII characters */

/*
 * Runs the route's handler, or answers what it answered before. A signed-in caller with the header.
 * ERR_MALFORMED  no such key is taken
 * ERR_INVALID    (422) another request had the key
 * ERR_CONFLICT   the first one is still under way
 */
enum error idempotency_run(struct worker *w, struct request *rq, struct response *rs) MUST_CHECK;

#endif
