/*
 * The keys that count at a moment: one that signs and all that verify. Immutable: a change of keys
 * is a new ring. Any number of threads may read it.
 */
#ifndef LATCHKEY_TOKEN_KEY_RING_H
#define LATCHKEY_TOKEN_KEY_RING_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "crypto/signature.h"

#define KEY_RING_MAX 16

struct key_ring;

/*
 * Takes the keys over, also when it fails. `current` is the index of the key that signs.
 * ERR_LIMIT      none, or more than KEY_RING_MAX
 * ERR_CONFLICT   two keys have one kid (the empty kid may be there more than once)
 * ERR_FORBIDDEN  the current key verifies only
 */
enum error key_ring_new(struct signing_key *const *keys, size_t count, size_t current,
                        struct key_ring **out) MUST_CHECK;
void key_ring_free(struct key_ring *ring);

/* Borrowed, as long as the ring lives. */
const struct signing_key *key_ring_current(const struct key_ring *ring);
size_t key_ring_count(const struct key_ring *ring);
const struct signing_key *key_ring_at(const struct key_ring *ring, size_t index);
/* The first with this kid, NULL if there is none. The empty kid finds Label Studio's key. */
const struct signing_key *key_ring_find(const struct key_ring *ring, str kid);

/* A JWK set (RFC 7517 5) with the public halves; HS256 keys have none and are left out. */
str key_ring_jwks(const struct key_ring *ring, struct arena *arena);

#endif
