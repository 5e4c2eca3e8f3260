#include "crypto/hkdf.h"

#include <assert.h>

#include "crypto/mac.h"

#define INFO_MAX 512

void hkdf(str key, str salt, str info, unsigned char out[HKDF_BYTES])
{
    assert(info.len < INFO_MAX); /* a purpose's name, from our own code */
    struct mac_key mac;
    unsigned char extracted[MAC_BYTES];
    mac_key_init(&mac, salt); /* an absent salt is a block of zeros, and so is an empty key */
    mac_compute(&mac, key, extracted);
    mac_key_release(&mac);

    char block[INFO_MAX + 1];
    memcpy(block, info.ptr, info.len);
    block[info.len] = 1; /* the first block's number, RFC 5869 2.3 */
    mac_key_init(&mac, str_of((const char *)extracted, sizeof(extracted)));
    mac_compute(&mac, str_of(block, info.len + 1), out);
    mac_key_release(&mac);
    wipe(extracted, sizeof(extracted));
}
