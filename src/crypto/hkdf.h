/*
 * HKDF-SHA256 (RFC 5869): a key from a key, one block of output. Any thread; it cannot fail.
 */
#ifndef LATCHKEY_CRYPTO_HKDF_H
#define LATCHKEY_CRYPTO_HKDF_H

#include "base/str.h"

#define HKDF_BYTES 32

void hkdf(str key, str salt, str info, unsigned char out[HKDF_BYTES]);

#endif
