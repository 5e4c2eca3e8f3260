#include "crypto/seal.h"

#include <sodium.h>

#include "crypto/random.h"

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "the key's size");
_Static_assert(SEAL_EXTRA_BYTES == NONCE_BYTES + TAG_BYTES, "what sealing adds");

str seal(const unsigned char key[SEAL_KEY_BYTES], struct arena *arena, str plain, str context)
{
    unsigned char *sealed = (unsigned char *)arena_bytes(arena, plain.len + SEAL_EXTRA_BYTES);
    unsigned long long len = 0;
    random_bytes(sealed, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed + NONCE_BYTES, &len, (const unsigned char *)plain.ptr, plain.len,
        (const unsigned char *)context.ptr, context.len, NULL, sealed, key);
    return str_of((const char *)sealed, NONCE_BYTES + (size_t)len);
}

enum error unseal(const unsigned char key[SEAL_KEY_BYTES], struct arena *arena, str sealed,
                  str context, str *out)
{
    if (sealed.len < SEAL_EXTRA_BYTES)
        return ERR_FORGED;
    const unsigned char *bytes = (const unsigned char *)sealed.ptr;
    unsigned char *plain = (unsigned char *)arena_bytes(arena, sealed.len - SEAL_EXTRA_BYTES + 1);
    unsigned long long len = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            plain, &len, NULL, bytes + NONCE_BYTES, sealed.len - NONCE_BYTES,
            (const unsigned char *)context.ptr, context.len, bytes, key) != 0)
        return ERR_FORGED;
    *out = str_of((const char *)plain, (size_t)len);
    return OK;
}
