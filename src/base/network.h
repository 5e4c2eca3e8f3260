/*
 * Internet addresses, and networks of them: "is this one of ours". Plain values, any thread.
 *
 * An IPv4 address that is written within IPv6 (::ffff:192.0.2.1, RFC 4291 2.5.5.2) is the IPv4
 * address, everywhere: a client must not be another one for the way its socket was opened.
 */
#ifndef LATCHKEY_BASE_NETWORK_H
#define LATCHKEY_BASE_NETWORK_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct ip_address {
    uint8_t family;    /* 4 or 6; 0: no address, which is in no network */
    uint8_t bytes[16]; /* network order; IPv4 in the first four */
};

struct network {
    struct ip_address address;
    uint8_t bits; /* of the address that count: 0 to 32, or to 128 */
};

/* Without a port, a zone or brackets. ERR_MALFORMED; `out` is untouched then. */
enum error ip_address_read(str text, struct ip_address *out) MUST_CHECK;
str ip_address_text(const struct ip_address *address, struct arena *arena);

/*
 * "10.0.0.0/8", "2001:db8::/32", or an address alone. Bits behind the network's length are taken as
 * they are: see network_has_host_bits. ERR_MALFORMED.
 */
enum error network_read(str text, struct network *out) MUST_CHECK;
/* "10.0.0.0/8"; an address alone has no length. */
str network_text(const struct network *network, struct arena *arena);
bool network_has(const struct network *network, const struct ip_address *address);
/* Every address of `inner` is in `outer`. */
bool network_covers(const struct network *outer, const struct network *inner);
/* "10.1.2.3/8": a mistake, or a network that somebody believes to be smaller. */
bool network_has_host_bits(const struct network *network);
/* The same network without them. */
struct network network_without_host_bits(const struct network *network);
/*
 * Whom to count when tries are counted: an IPv4 address; of IPv6 its /64, all of which is in one
 * hand (RFC 6177). What is no address stays as it is.
 */
str network_of_caller(str address, struct arena *arena);

#endif
