/*
 * What a caller showed, for forward auth: as everywhere, and HTTP Basic (auth/basic.h) as the token
 * that it carries, `strict` or not.
 */
#ifndef LATCHKEY_GATEWAY_CREDENTIALS_H
#define LATCHKEY_GATEWAY_CREDENTIALS_H

#include "auth/authenticate.h"
#include "http/request.h"

/* A session's cookie only when no other credential came. ERR_MALFORMED: Basic that can't be read.
 */
enum error credentials_read(struct request *rq, struct presented *out) MUST_CHECK;

/* The nginx module asks with "X-Latchkey-Want: decision" that it may keep what it hears. */
bool wants_decision(const struct request *rq);

#endif
