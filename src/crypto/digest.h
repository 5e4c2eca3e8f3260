/*
 * SHA-256 (FIPS 180-4). Any thread.
 */
#ifndef LATCHKEY_CRYPTO_DIGEST_H
#define LATCHKEY_CRYPTO_DIGEST_H

#include "base/str.h"

#define DIGEST_BYTES 32

void sha256(str data, unsigned char out[DIGEST_BYTES]);

#endif
