/*
 * HMAC-SHA256 (RFC 2104, RFC 4231) with a key that is prepared once: what the key alone decides is
 * computed at the start, so that a MAC costs two blocks of hashing beyond its data.
 */
#ifndef LATCHKEY_CRYPTO_MAC_H
#define LATCHKEY_CRYPTO_MAC_H

#include "base/str.h"

#define MAC_BYTES 32

/* A secret. All zero is no key: it must not be used. Never changes after mac_key_init. */
struct mac_key {
    uint32_t inner[8]; /* the hash's state after the key's inner block */
    uint32_t outer[8]; /* … and after its outer block */
};

/* A key of any length, the empty one too. The struct owns nothing but the secret. */
void mac_key_init(struct mac_key *mac_key, str key);
void mac_key_release(struct mac_key *mac_key); /* wipes */

/* Any number of threads may share a key. */
void mac_compute(const struct mac_key *mac_key, str data, unsigned char out[MAC_BYTES]);
/* In a time that depends on the lengths only. */
bool mac_holds(const struct mac_key *mac_key, str data, str mac);

#endif
