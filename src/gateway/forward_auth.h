/*
 * Forward auth: a proxy asks about each request before it passes it on. Who is it, and may they?
 *
 *   200  who, in headers, and the Authorization that the upstream accepts; no body
 *   401  nobody; WWW-Authenticate says why (RFC 6750 3)
 *   403  the headers of the question are not the peer's to send
 *   400  the question cannot be read
 *
 * The answer to nginx never has a body: it keeps the connection of a subrequest only then.
 */
#ifndef LATCHKEY_GATEWAY_FORWARD_AUTH_H
#define LATCHKEY_GATEWAY_FORWARD_AUTH_H

#include "http/router.h"

fast_handler forward_auth;      /* any method of /auth and /auth/… */
slow_handler forward_auth_load; /* the same with a database */

/*
 * The server refused the question's head, for a credential came twice: 401 that says so. False: it
 * is no question of this kind.
 */
bool forward_auth_refuse_two(struct request *rq, struct response *rs);

#endif
