/*
 * The keys that count at a moment: those that sign and all that verify. Immutable: a change of keys
 * is a new ring. Any number of threads may read it.
 *
 * Two keys may sign. PATs, and the access tokens for a Label Studio behind the proxy, are signed
 * with HS256 always: only we and that Label Studio read them, and it knows nothing else. Access
 * tokens for clients may be signed with a key whose public half others have.
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
/* The same; access tokens are signed with the key at the index `access`. Errors likewise. */
enum error key_ring_new_with(struct signing_key *const *keys, size_t count, size_t current,
                             size_t access, struct key_ring **out) MUST_CHECK;
void key_ring_free(struct key_ring *ring);

/* Borrowed, as long as the ring lives. What signs PATs … */
const struct signing_key *key_ring_current(const struct key_ring *ring);
/* … and what signs access tokens for clients. */
const struct signing_key *key_ring_access(const struct key_ring *ring);
/* What signs access tokens for a Label Studio: its own key if we have that, else the current. */
const struct signing_key *key_ring_upstream(const struct key_ring *ring);
size_t key_ring_count(const struct key_ring *ring);
const struct signing_key *key_ring_at(const struct key_ring *ring, size_t index);
/* The first with this kid, NULL if there is none. The empty kid finds Label Studio's key. */
const struct signing_key *key_ring_find(const struct key_ring *ring, str kid);

/* A JWK set (RFC 7517 5) with the public halves; HS256 keys have none and are left out. */
str key_ring_jwks(const struct key_ring *ring, struct arena *arena);

#endif
