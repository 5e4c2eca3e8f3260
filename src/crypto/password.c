#include "crypto/password.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sched.h>
#include <sodium.h>

#include "base/log.h"
#include "crypto/password_stored.h"

#define WAITING_PER_CORE 8

/*
 * Hashes at work and waiting in this process. A process's cores and memory are what is shared here,
 * hence one gate for all of it, however many stores and servers it has.
 */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int running; /* under lock */
    int waiting; /* under lock */
} gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static int cores(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
        return 1; /* more than CPU_SETSIZE of them; one is safe */
    int count = CPU_COUNT(&allowed);
    return count > 0 ? count : 1;
}

static enum error gate_enter(void)
{
    int most = cores();
    enum error err = OK;
    pthread_mutex_lock(&gate.lock);
    if (gate.running >= most) {
        if (gate.waiting >= most * WAITING_PER_CORE) {
            err = ERR_BUSY;
        } else {
            gate.waiting++;
            while (gate.running >= most)
                pthread_cond_wait(&gate.freed, &gate.lock);
            gate.waiting--;
        }
    }
    if (!err)
        gate.running++;
    pthread_mutex_unlock(&gate.lock);
    return err;
}

static void gate_leave(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.running--;
    pthread_cond_signal(&gate.freed);
    pthread_mutex_unlock(&gate.lock);
}

/* libsodium maps an argon2's memory by itself and unmaps it when it is done. */
#define ARGON2_MEMORY_BYTES ((size_t)ARGON2_MEMORY_KIB * 1024)

enum error password_hash(struct arena *arena, str password, str *out)
{
    if (password.len > PASSWORD_BYTES_MAX)
        return ERR_TOO_LARGE;
    char text[crypto_pwhash_STRBYTES];
    enum error err = gate_enter();
    if (err)
        return err;
    int failed = crypto_pwhash_str_alg(text, password.ptr, password.len, ARGON2_PASSES,
                                       ARGON2_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13);
    gate_leave();
    if (failed) {
        log_error("a password could not be hashed: there are no 64 MiB of memory for it");
        return ERR_INTERNAL;
    }
    *out = arena_copy(arena, str_from(text));
    return OK;
}

static enum error check_argon2id(const struct stored_password *stored, str password)
{
    char text[crypto_pwhash_STRBYTES] = {0};
    memcpy(text, stored->phc.ptr, stored->phc.len); /* shorter than STRBYTES: it was read before */
    errno = 0;
    if (crypto_pwhash_str_verify(text, password.ptr, password.len) == 0)
        return OK;
    if (errno == EINVAL) /* libsodium's word for another password */
        return ERR_FORGED;
    if (errno == 0) /* nor is it a hash that it can read */
        return ERR_MALFORMED;
    log_error("a password could not be checked: there is no memory for it");
    return ERR_INTERNAL;
}

static enum error check_pbkdf2(const struct stored_password *stored, str password)
{
    const EVP_MD *md = stored->form == STORED_PBKDF2_SHA1 ? EVP_sha1() : EVP_sha256();
    unsigned char digest[sizeof(stored->digest)];
    if (PKCS5_PBKDF2_HMAC(password.ptr, (int)password.len, (const unsigned char *)stored->salt.ptr,
                          (int)stored->salt.len, stored->iterations, md, (int)stored->digest_len,
                          digest) != 1) {
        log_error("OpenSSL cannot compute PBKDF2");
        return ERR_INTERNAL;
    }
    bool equal = sodium_memcmp(digest, stored->digest, stored->digest_len) == 0;
    wipe(digest, sizeof(digest));
    return equal ? OK : ERR_FORGED;
}

enum error password_check(str stored_text, str password, bool *outdated)
{
    struct stored_password stored;
    enum error err = stored_password_read(stored_text, &stored);
    if (!err && password.len > PASSWORD_BYTES_MAX)
        err = ERR_FORGED;
    if (!err)
        err = gate_enter();
    if (err)
        return err;
    err = stored.form == STORED_ARGON2ID ? check_argon2id(&stored, password)
                                         : check_pbkdf2(&stored, password);
    gate_leave();
    if (!err)
        *outdated = !stored.is_todays;
    return err;
}

enum error password_waste(str password)
{
    static const unsigned char salt[crypto_pwhash_SALTBYTES] = {0};
    unsigned char digest[32];
    password = str_slice(password, 0, PASSWORD_BYTES_MAX);
    enum error err = gate_enter();
    if (err)
        return err;
    int failed = crypto_pwhash(digest, sizeof(digest), password.ptr, password.len, salt,
                               ARGON2_PASSES, ARGON2_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13);
    gate_leave();
    wipe(digest, sizeof(digest));
    return failed ? ERR_INTERNAL : OK;
}
