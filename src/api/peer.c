#include "api/peer.h"

#include "api/state.h"
#include "http/networks.h"

/*
 * The rightmost address that is not a trusted proxy's own: what stands left of it, the client may
 * have written. One that does not parse counts as unknown.
 */
static str forwarded_for(const struct shared *shared, struct request *rq)
{
    str rest = rq->headers[HEADER_X_FORWARDED_FOR];
    str address = STR("");
    while (!str_is_empty(rest)) {
        str before, last;
        struct peer peer = {0};
        if (str_cut_last(rest, ',', &before, &last)) {
            rest = before;
        } else {
            last = rest;
            rest = STR("");
        }
        address = str_trim_blanks(last);
        if (peer_read(address, &peer))
            return STR("unknown");
        if (!networks_have(shared->trusted, &peer))
            break;
    }
    return address;
}

void peer_settle(const struct shared *shared, struct request *rq)
{
    struct request_state *state = rq->state;
    state->peer_is_trusted = rq->peer.is_unix || networks_have(shared->trusted, &rq->peer);
    state->client_address = STR("");
    if (state->peer_is_trusted && request_has(rq, HEADER_X_FORWARDED_FOR))
        state->client_address = forwarded_for(shared, rq);
    if (str_is_empty(state->client_address))
        state->client_address = peer_format(&rq->arena, &rq->peer);
    rq->client_address = state->client_address;
}
