#include "http/networks.h"

#include "base/network.h"

struct networks {
    size_t count;
    struct network items[];
};

enum error networks_new(const str *texts, size_t count, struct arena *arena, str *problem,
                        struct networks **out)
{
    struct networks *networks =
        arena_alloc(arena, sizeof(*networks) + count * sizeof(networks->items[0]));
    for (size_t i = 0; i < count; i++) {
        if (network_read(texts[i], &networks->items[i])) {
            *problem = arena_printf(arena,
                                    "'%.*s' is no network; write it as "
                                    "10.0.0.0/8 or ::1",
                                    STR_ARG(texts[i]));
            return ERR_MALFORMED;
        }
        networks->count++;
    }
    *out = networks;
    return OK;
}

static struct ip_address address_of(const struct peer *peer)
{
    struct ip_address address = {.family = peer->family == PEER_IPV4   ? 4
                                           : peer->family == PEER_IPV6 ? 6
                                                                       : 0};
    memcpy(address.bytes, peer->address, sizeof(address.bytes));
    return address;
}

bool networks_have(const struct networks *networks, const struct peer *peer)
{
    if (!networks || networks->count == 0)
        return false;
    struct ip_address address = address_of(peer);
    for (size_t i = 0; i < networks->count; i++)
        if (network_has(&networks->items[i], &address))
            return true;
    return false;
}

enum error peer_read(str text, struct peer *out)
{
    struct ip_address address;
    enum error err = ip_address_read(text, &address);
    if (err)
        return err;
    struct peer peer = {.family = address.family == 4 ? PEER_IPV4 : PEER_IPV6};
    memcpy(peer.address, address.bytes, sizeof(peer.address));
    *out = peer;
    return OK;
}
