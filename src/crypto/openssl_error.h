/*
 * OpenSSL's words, logged where it was called. For this folder only.
 */
#ifndef LATCHKEY_CRYPTO_OPENSSL_ERROR_H
#define LATCHKEY_CRYPTO_OPENSSL_ERROR_H

#include "base/error.h"

/* Logs that `doing` failed, with the newest of the library's reasons, and clears them. */
enum error openssl_failed(const char *doing);

#endif
