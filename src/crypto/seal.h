/*
 * Sealing: XChaCha20-Poly1305 with a random nonce, for what rests in the database and must be read
 * again. The context says what the secret is and whose; what was sealed under another context does
 * not open. Any thread.
 */
#ifndef LATCHKEY_CRYPTO_SEAL_H
#define LATCHKEY_CRYPTO_SEAL_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define SEAL_KEY_BYTES 32
#define SEAL_EXTRA_BYTES (24 + 16) /* nonce and tag: how much longer than the plain text */

/* nonce, ciphertext, tag; in the arena. */
str seal(const unsigned char key[SEAL_KEY_BYTES], struct arena *arena, str plain, str context);
/*
 * The plain text is a secret and lives in the arena.
 * ERR_FORGED  sealed with another key or for another context, changed, or cut
 */
enum error unseal(const unsigned char key[SEAL_KEY_BYTES], struct arena *arena, str sealed,
                  str context, str *out) MUST_CHECK;

#endif
