/*
 * The master key: 32 random bytes in a file that only the daemon's user can read. Everything secret
 * at rest hangs on it: subkeys are derived from it, one a purpose (HKDF-SHA256, RFC 5869).
 */
#ifndef LATCHKEY_CRYPTO_MASTER_H
#define LATCHKEY_CRYPTO_MASTER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define MASTER_BYTES 32
#define SUBKEY_BYTES 32

/* A secret. */
struct master {
    unsigned char key[MASTER_BYTES];
};

enum master_mode {
    MASTER_MAKE,   /* makes the file where there is none */
    MASTER_EXPECT, /* it must be there */
};

/*
 * Reads the file, after a look at it: a regular file, of us or root, readable by nobody else
 * (root's group counts as root: so a systemd credential looks), exactly as long as it should be. A
 * new one is on the disk, folder and all, before this returns; of two who make it at once both get
 * the same. `problem` gets a sentence that says what is wrong and how to mend it.
 *
 * ERR_NOT_FOUND  MASTER_EXPECT, and there is none; or its folder is missing
 * ERR_FORBIDDEN  not to be read, or others may read it, or it belongs to somebody else
 * ERR_MALFORMED  not a regular file, or of another length
 * ERR_FULL, ERR_READ_ONLY, ERR_IO
 */
enum error master_open(str path, enum master_mode mode, struct arena *arena, str *problem,
                       struct master *out) MUST_CHECK;
void master_release(struct master *master); /* wipes */
/* Writes a key that came from elsewhere to a new file; as above. ERR_CONFLICT: there is one. */
enum error master_put(str path, const struct master *master, struct arena *arena,
                      str *problem) MUST_CHECK;

/* The subkey for one purpose; `label` names the purpose for ever. */
void master_subkey(const struct master *master, const char *label, unsigned char out[SUBKEY_BYTES]);

#endif
