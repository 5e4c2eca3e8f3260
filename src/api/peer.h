/*
 * Who is at the other end, and whether it is a proxy of ours whose word counts.
 */
#ifndef LATCHKEY_API_PEER_H
#define LATCHKEY_API_PEER_H

#include "http/request.h"
#include "service/context.h"

/* Sets state->peer_is_trusted and state->client_address. */
void peer_settle(const struct shared *shared, struct request *rq);

/* --trusted-proxies, read once. ERR_MALFORMED: `problem` names the network that cannot be read. */
struct networks;
enum error networks_new(const struct option_list *texts, struct arena *arena, str *problem,
                        struct networks **out) MUST_CHECK;
bool networks_have(const struct networks *networks, const struct peer *peer);

#endif
