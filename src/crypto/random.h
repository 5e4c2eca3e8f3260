/*
 * Random bytes from the kernel, and the start of the libraries behind this folder.
 * Any thread. They never fail: a process without randomness stops.
 */
#ifndef LATCHKEY_CRYPTO_RANDOM_H
#define LATCHKEY_CRYPTO_RANDOM_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Once, before anything else here and before threads start. ERR_INTERNAL: a library is unusable. */
enum error crypto_start(void) MUST_CHECK;

void random_bytes(void *to, size_t bytes);
/* `bytes` random bytes as lower-case hexadecimal, hence twice as many characters. */
str random_hex(struct arena *arena, size_t bytes);
/* `length` characters, each of them any of `alphabet` (1 to 256 bytes) with the same chance. */
str random_text(struct arena *arena, str alphabet, size_t length);

#endif
