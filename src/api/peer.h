/*
 * Who is at the other end, and whether it is a proxy of ours whose word counts.
 */
#ifndef LATCHKEY_API_PEER_H
#define LATCHKEY_API_PEER_H

#include "http/request.h"
#include "service/context.h"

/* Sets state->peer_is_trusted, state->client_address and rq->client_address. */
void peer_settle(const struct shared *shared, struct request *rq);

#endif
