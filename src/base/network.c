#include "base/network.h"

#include <arpa/inet.h>

#define TEXT_MAX 64 /* bytes; no address is longer */

static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};

/* What is not text for the library's door, and no address either. */
static bool copy_text(str text, char room[TEXT_MAX])
{
    if (text.len == 0 || text.len >= TEXT_MAX || str_has(text, '\0'))
        return false;
    memcpy(room, text.ptr, text.len);
    room[text.len] = '\0';
    return true;
}

/* `*is_mapped`: IPv4 within IPv6. */
static bool read_address(str text, struct ip_address *out, bool *is_mapped)
{
    char room[TEXT_MAX];
    struct ip_address address = {0};
    *is_mapped = false;
    if (!copy_text(text, room))
        return false;
    if (inet_pton(AF_INET, room, address.bytes) == 1) {
        address.family = 4;
    } else if (inet_pton(AF_INET6, room, address.bytes) == 1) {
        address.family = 6;
        if (memcmp(address.bytes, mapped, sizeof(mapped)) == 0) {
            *is_mapped = true;
            address.family = 4;
            memmove(address.bytes, address.bytes + sizeof(mapped), 4);
            memset(address.bytes + 4, 0, sizeof(address.bytes) - 4);
        }
    } else {
        return false;
    }
    *out = address;
    return true;
}

enum error ip_address_read(str text, struct ip_address *out)
{
    bool is_mapped;
    return read_address(text, out, &is_mapped) ? OK : ERR_MALFORMED;
}

str ip_address_text(const struct ip_address *address, struct arena *arena)
{
    char room[INET6_ADDRSTRLEN];
    if (address->family == 0 ||
        !inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, room, sizeof(room)))
        return STR("unknown");
    return arena_copy(arena, str_from(room));
}

static unsigned most_bits(const struct ip_address *address)
{
    return address->family == 4 ? 32 : 128;
}

enum error network_read(str text, struct network *out)
{
    str address, bits_text;
    bool is_mapped;
    struct network network = {0};
    bool has_bits = str_cut(text, '/', &address, &bits_text);
    if (!read_address(address, &network.address, &is_mapped))
        return ERR_MALFORMED;
    /* a length counts from the start of what was written: ::ffff:10.0.0.0/104 is 10.0.0.0/8 */
    int64_t before = is_mapped ? 96 : 0, most = most_bits(&network.address) + before, bits = most;
    if (has_bits && (str_to_i64(bits_text, &bits) || bits < before || bits > most ||
                     (bits_text.len > 1 && bits_text.ptr[0] == '0') || bits_text.ptr[0] == '-'))
        return ERR_MALFORMED;
    network.bits = (uint8_t)(bits - before);
    *out = network;
    return OK;
}

str network_text(const struct network *network, struct arena *arena)
{
    str address = ip_address_text(&network->address, arena);
    if (network->bits == most_bits(&network->address))
        return address;
    return arena_printf(arena, "%.*s/%u", STR_ARG(address), network->bits);
}

/* The first `bits` bits are the same. */
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    unsigned mask = 0xFF00U >> rest & 0xFFU;
    return rest == 0 || (a[whole] & mask) == (b[whole] & mask);
}

bool network_has(const struct network *network, const struct ip_address *address)
{
    return address->family != 0 && network->address.family == address->family &&
           same_bits(network->address.bytes, address->bytes, network->bits);
}

bool network_covers(const struct network *outer, const struct network *inner)
{
    return outer->bits <= inner->bits && network_has(outer, &inner->address);
}

struct network network_without_host_bits(const struct network *network)
{
    struct network plain = *network;
    for (unsigned bit = network->bits; bit < 8 * sizeof(plain.address.bytes); bit++)
        plain.address.bytes[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
    return plain;
}

bool network_has_host_bits(const struct network *network)
{
    struct network plain = network_without_host_bits(network);
    return memcmp(plain.address.bytes, network->address.bytes, sizeof(plain.address.bytes)) != 0;
}

str network_of_caller(str address, struct arena *arena)
{
    struct network network = {.bits = 64};
    if (ip_address_read(address, &network.address))
        return address;
    if (network.address.family == 4)
        return ip_address_text(&network.address, arena);
    network = network_without_host_bits(&network);
    return network_text(&network, arena);
}
