#include "http/networks.h"

#include <arpa/inet.h>

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

enum error networks_new(const str *texts, size_t count, struct arena *arena, str *problem,
                        struct networks **out)
{
    struct networks *networks =
        arena_alloc(arena, sizeof(*networks) + count * sizeof(networks->items[0]));
    for (size_t i = 0; i < count; i++) {
        if (read_network(arena, texts[i], &networks->items[i])) {
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

enum error peer_read(str text, struct arena *arena, struct peer *out)
{
    struct peer peer = {0};
    if (!read_address(arena, text, &peer.family, peer.address))
        return ERR_MALFORMED;
    *out = peer;
    return OK;
}
