/*
 * Passwords at rest: argon2id with 64 MiB and 3 passes. Django's hashes are read too, so that an
 * imported user signs in with the old password.
 *
 * Every function here is slow (tens of milliseconds and more) and blocks: workers only. At most as
 * many hashes as there are cores run at once; the others wait in a short queue. The memory of a
 * hash goes back to the system when it is done.
 */
#ifndef LATCHKEY_CRYPTO_PASSWORD_H
#define LATCHKEY_CRYPTO_PASSWORD_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define PASSWORD_BYTES_MAX 4096 /* a longer password is refused, and never the right one */

/*
 * "$argon2id$v=19$m=65536,t=3,p=1$…" in the arena.
 * ERR_TOO_LARGE  longer than PASSWORD_BYTES_MAX
 * ERR_BUSY       the queue is full
 * ERR_INTERNAL   no memory for it
 */
enum error password_hash(struct arena *arena, str password, str *out) MUST_CHECK;

/*
 * Is it the password? `stored` is ours, or Django's "pbkdf2_sha256$…", "pbkdf2_sha1$…" or
 * "argon2$argon2id$…". `*outdated` (set with OK only): it should be hashed anew, for its form or
 * its cost is not today's.
 *
 * ERR_FORGED     it is not
 * ERR_MALFORMED  no password works: empty, "!…" (Django's unusable password), of an unknown form,
 * or dearer than anything that was ever made; this answer is quick ERR_BUSY, ERR_INTERNAL as above
 */
enum error password_check(str stored, str password, bool *outdated) MUST_CHECK;

/* Takes as long as a check of one of ours, and finds nothing: for when there is no such account. */
enum error password_waste(str password) MUST_CHECK;

#endif
