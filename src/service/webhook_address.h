/*
 * Where a webhook may lead. Whoever may add one must not be able to make this server ask its own
 * neighbours (server-side request forgery): an address counts as public only if the whole internet
 * reaches it. That is looked at when a connection is opened, so that no name can be made to point
 * elsewhere between the look and the use.
 */
#ifndef LATCHKEY_SERVICE_WEBHOOK_ADDRESS_H
#define LATCHKEY_SERVICE_WEBHOOK_ADDRESS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/network.h"
#include "base/str.h"

#define WEBHOOK_URL_MAX 2048

/*
 * Not loopback, private (RFC 1918, RFC 4193), link-local (where clouds keep their metadata),
 * carrier-grade NAT (RFC 6598), multicast, documentation, benchmarking, reserved; nor an IPv6 form
 * of such an IPv4 address (mapped, 6to4, NAT64).
 */
bool address_is_public(const struct ip_address *address);

/*
 * Whether it can be a webhook's URL: https (with `allow_private` http too), a host, no user and
 * password, no fragment, and no address or name that is never public.
 * ERR_INVALID  `problem` says what is wrong, as a sentence
 */
enum error webhook_url_check(str url, bool allow_private, struct arena *arena,
                             str *problem) MUST_CHECK;

/*
 * A webhook's URL as others than its administrators may read it, in the audit log and what is sent
 * of it: "https://example.com/hook?key=…". Values of the query may be secrets.
 */
str webhook_url_shown(str url, struct arena *arena);

#endif
