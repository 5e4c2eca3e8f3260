/*
 * For this folder only: OpenSSL's SHA256_* functions.
 *
 * They are deprecated in favour of EVP, and wanted all the same: they work on plain memory, so that
 * a prepared key is a constant that threads share without copying contexts. A MAC of 250 bytes
 * takes 260 ns here, 345 ns with EVP_MD_CTX_copy_ex and a context kept for it, 2200 ns with HMAC().
 */
#ifndef LATCHKEY_CRYPTO_SHA256_H
#define LATCHKEY_CRYPTO_SHA256_H

#define OPENSSL_SUPPRESS_DEPRECATED /* for the reason above */
#include <openssl/sha.h>

#endif
