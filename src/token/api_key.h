/*
 * API keys: "lk_", 40 random base62 characters, and 6 of checksum: the CRC-32 (IEEE) of those 40,
 * in base62 (0-9A-Za-z, most significant first, padded with '0'). The checksum tells a mistyped or
 * invented key from a real one without a look into the store; it proves nothing.
 */
#ifndef LATCHKEY_TOKEN_API_KEY_H
#define LATCHKEY_TOKEN_API_KEY_H

#include "base/arena.h"
#include "base/str.h"

#define API_KEY_PREFIX "lk_"
#define API_KEY_BYTES 49
#define API_KEY_HINT_BYTES 8 /* the first ones, kept and shown to tell keys apart */

/* A secret, in the arena. */
str api_key_new(struct arena *arena);
/* Prefix, length, characters and checksum. */
bool api_key_is_well_formed(str text);
str api_key_hint(str text);

#endif
