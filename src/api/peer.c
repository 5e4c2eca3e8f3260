#include "api/peer.h"

#include <arpa/inet.h>

#include "api/state.h"

struct network {
    enum peer_family family;
    uint8_t address[16];
    unsigned bits;
};

struct networks {
    size_t count;
    struct network items[];
};

static bool read_address(struct arena *arena, str text, enum peer_family *family,
                         uint8_t address[16])
{
    const char *cstr = arena_cstr(arena, text);
    if (inet_pton(AF_INET, cstr, address) == 1)
        *family = PEER_IPV4;
    else if (inet_pton(AF_INET6, cstr, address) == 1)
        *family = PEER_IPV6;
    else
        return false;
    return true;
}

static enum error read_network(struct arena *arena, str text, struct network *out)
{
    str address, bits_text;
    bool has_bits = str_cut(text, '/', &address, &bits_text);
    struct network network = {0};
    if (!read_address(arena, address, &network.family, network.address))
        return ERR_MALFORMED;
    int64_t most = network.family == PEER_IPV4 ? 32 : 128;
    int64_t bits = most;
    if (has_bits && (str_to_i64(bits_text, &bits) || bits < 0 || bits > most))
        return ERR_MALFORMED;
    network.bits = (unsigned)bits;
    *out = network;
    return OK;
}

enum error networks_new(const struct option_list *texts, struct arena *arena, str *problem,
                        struct networks **out)
{
    struct networks *networks =
        arena_alloc(arena, sizeof(*networks) + texts->count * sizeof(networks->items[0]));
    for (size_t i = 0; i < texts->count; i++) {
        if (read_network(arena, texts->items[i], &networks->items[i])) {
            *problem = arena_printf(arena,
                                    "--trusted-proxies: '%.*s' is no network; write it as "
                                    "10.0.0.0/8 or ::1",
                                    STR_ARG(texts->items[i]));
            return ERR_MALFORMED;
        }
        networks->count++;
    }
    *out = networks;
    return OK;
}

static bool has(const struct network *network, const struct peer *peer)
{
    if (network->family != peer->family)
        return false;
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(network->address, peer->address, whole) != 0)
        return false;
    unsigned mask = 0xFF00U >> rest & 0xFFU;
    return rest == 0 || (network->address[whole] & mask) == (peer->address[whole] & mask);
}

bool networks_have(const struct networks *networks, const struct peer *peer)
{
    for (size_t i = 0; networks && i < networks->count; i++)
        if (has(&networks->items[i], peer))
            return true;
    return false;
}

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
        if (!read_address(&rq->arena, address, &peer.family, peer.address))
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
}
