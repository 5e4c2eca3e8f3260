/*
 * What a stored password hash says, for this folder and its tests. Reading is quick and allocates
 * nothing; a hash that nobody could afford to compute is refused here.
 */
#ifndef LATCHKEY_CRYPTO_PASSWORD_STORED_H
#define LATCHKEY_CRYPTO_PASSWORD_STORED_H

#include "base/error.h"
#include "base/str.h"

#define ARGON2_MEMORY_KIB 65536
#define ARGON2_PASSES 3
#define ARGON2_LANES 1

#define ARGON2_MEMORY_KIB_MAX 262144
#define ARGON2_PASSES_MAX 16
#define ARGON2_LANES_MAX 16
#define PBKDF2_ITERATIONS_MAX 10000000
#define PBKDF2_SALT_MAX 256
#define PASSWORD_STORED_MAX 512

enum stored_form { STORED_ARGON2ID = 1, STORED_PBKDF2_SHA256, STORED_PBKDF2_SHA1 };

/* It borrows from the text that it was read from. */
struct stored_password {
    enum stored_form form;
    str phc;                  /* argon2id: "$argon2id$…" */
    bool is_todays;           /* argon2id: ours, with today's cost */
    int iterations;           /* PBKDF2 */
    str salt;                 /* PBKDF2 */
    unsigned char digest[32]; /* PBKDF2 */
    size_t digest_len;        /* 32 or 20 */
};

/* ERR_MALFORMED  no password works */
enum error stored_password_read(str text, struct stored_password *out) MUST_CHECK;

#endif
