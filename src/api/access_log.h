/*
 * A line for each request, above the level info only; never a query, a header or a body.
 */
#ifndef LATCHKEY_API_ACCESS_LOG_H
#define LATCHKEY_API_ACCESS_LOG_H

#include "http/request.h"
#include "http/response.h"

/* `took` from the head's arrival to the end of the answer; `sent` false: the client went away. */
void access_log(const struct request *rq, const struct response *rs, usec took, bool sent);

#endif
