/*
 * /api/v1/tokens: one's own personal access tokens and API keys, by name.
 */
#ifndef LATCHKEY_API_TOKENS_H
#define LATCHKEY_API_TOKENS_H

#include "http/router.h"

/* What POST …/tokens does, for a user in the caller's reach. */
enum error tokens_create_for(struct worker *w, struct request *rq, struct response *rs,
                             int64_t user_id) MUST_CHECK;

slow_handler tokens_list; /* GET    …/tokens?kind=&state=&sort=&q=&limit=&cursor= */
slow_handler
    tokens_create; /* POST   …/tokens {name, kind, ttl_days or expires_at, scopes, allowed_ips} */
slow_handler tokens_show;   /* GET    …/tokens/{id} */
slow_handler tokens_patch;  /* PATCH  …/tokens/{id} {name, expires_at, scopes, allowed_ips} */
slow_handler tokens_delete; /* DELETE …/tokens/{id} */
slow_handler tokens_rotate; /* POST   …/tokens/{id}/rotate {grace_seconds} */

#endif
