/*
 * The keys that sign tokens: made or taken over, sealed in the database, loaded at the start and
 * again whenever somebody has changed them.
 */
#ifndef LATCHKEY_SERVICE_KEYS_H
#define LATCHKEY_SERVICE_KEYS_H

#include "service/context.h"

#define SECRET_KEY_BYTES_MAX 4096

/*
 * Loads the ring into shared->keys and shared->auth.keys. Where the database has no key that signs
 * PATs, one is made; `secret` (empty: none) is Label Studio's SECRET_KEY, taken over as keys_adopt
 * does. Once a process, before its threads start; keys_close gives everything back.
 * ERR_CONFLICT  another SECRET_KEY was taken over before, or this one was retired; `problem` says
 * so ERR_FORGED    a sealed key does not open: the master key is another one
 */
enum error keys_load(struct shared *shared, struct db *db, str secret, usec now,
                     struct arena *arena, str *problem) MUST_CHECK;
void keys_close(struct shared *shared);

/*
 * At the beginning of a request: a ring that another process's change has made old is replaced.
 * Costs a look at the page when there was none. `db` NULL: the fast lane. Any thread. What borrows
 * from the ring before stays good for an hour.
 * ERR_WOULD_BLOCK  only there: the keys must be read
 */
enum error keys_refresh(struct shared *shared, struct db *db) MUST_CHECK;

/*
 * Inside a transaction: takes Label Studio's SECRET_KEY over as the key that signs PATs; the one
 * that signed until now goes on verifying. Again with the same key: nothing happens.
 * ERR_CONFLICT, ERR_INVALID (empty or too long), with `problem`
 */
enum error keys_adopt(const struct shared *shared, struct db *txn_db, str secret, usec now,
                      struct arena *arena, str *problem) MUST_CHECK;

/* The public halves as a JWK set (RFC 7517 5); HS256 keys have none. */
str keys_public_set(const struct shared *shared, struct arena *arena);

/* The key in a file as --secret-key-file has it, see secret_key.h. ERR_INVALID: none in it. */
enum error secret_key_read(str path, struct arena *arena, str *problem, str *out) MUST_CHECK;

/* The context under which a key is sealed: its kid. */
str key_seal_context(str kid, struct arena *arena);

#endif
