/*
 * What a bound credential may do at Latchkey's own addresses. A browser's session, and a token that
 * may everything from anywhere, never come here.
 *
 *   who one is, and which scopes there are    any credential
 *   one's own tokens (/tokens, /api/token)    "tokens"; to look, "read" too
 *   safe methods                              "read", or a named set that has the request
 *   what shows another credential             "all"
 *   everything else                           "all"
 *
 * A named set, which is written for the API behind the proxy, never gives more than to look: else
 * a set with all of /api in it would make tokens.
 */
#ifndef LATCHKEY_API_POWERS_H
#define LATCHKEY_API_POWERS_H

#include "http/request.h"
#include "service/context.h"

/*
 * Scopes and address of rq->principal, whose guards are not 0, with the request's route known.
 * `w` NULL: the fast lane.
 * ERR_SCOPE    rq->state->scope_needed says what is missing, and its detail says it in words
 * ERR_ADDRESS
 * ERR_WOULD_BLOCK, and what the store says
 */
enum error powers_check(struct shared *shared, struct worker *w, struct request *rq) MUST_CHECK;

#endif
