#include "crypto/mac.h"

#include "crypto/digest.h"
#include "crypto/sha256.h"

#define BLOCK_BYTES 64u

/* The hash's state after one block: the key, padded with zeros and mixed with `mask` (RFC 2104 2).
 */
static void state_after_key(str key, unsigned char mask, uint32_t out[8])
{
    unsigned char block[BLOCK_BYTES];
    SHA256_CTX ctx;
    memset(block, mask, sizeof(block));
    for (size_t i = 0; i < key.len; i++)
        block[i] = (unsigned char)((unsigned char)key.ptr[i] ^ mask);
    SHA256_Init(&ctx);
    SHA256_Update(&ctx, block, sizeof(block));
    memcpy(out, ctx.h, sizeof(ctx.h));
    wipe(&ctx, sizeof(ctx));
    wipe(block, sizeof(block));
}

void mac_key_init(struct mac_key *mac_key, str key)
{
    unsigned char digest[DIGEST_BYTES];
    if (key.len > BLOCK_BYTES) {
        sha256(key, digest);
        key = str_of((const char *)digest, sizeof(digest));
    }
    state_after_key(key, 0x36, mac_key->inner);
    state_after_key(key, 0x5c, mac_key->outer);
    wipe(digest, sizeof(digest));
}

void mac_key_release(struct mac_key *mac_key)
{
    wipe(mac_key, sizeof(*mac_key));
}

/* Goes on from a state in which one block has been hashed. */
static void hash_from(const uint32_t state[8], const void *data, size_t len,
                      unsigned char out[MAC_BYTES])
{
    SHA256_CTX ctx;
    SHA256_Init(&ctx);
    memcpy(ctx.h, state, sizeof(ctx.h));
    ctx.Nl = BLOCK_BYTES * 8; /* bits so far */
    SHA256_Update(&ctx, data, len);
    SHA256_Final(out, &ctx); /* and clears what it has buffered */
}

void mac_compute(const struct mac_key *mac_key, str data, unsigned char out[MAC_BYTES])
{
    unsigned char inner[MAC_BYTES];
    hash_from(mac_key->inner, data.ptr, data.len, inner);
    hash_from(mac_key->outer, inner, sizeof(inner), out);
}

bool mac_holds(const struct mac_key *mac_key, str data, str mac)
{
    unsigned char wanted[MAC_BYTES];
    mac_compute(mac_key, data, wanted);
    bool holds = equal_secret(str_of((const char *)wanted, sizeof(wanted)), mac);
    wipe(wanted, sizeof(wanted));
    return holds;
}
