#include "http/tls.h"
#include "http/internal.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#define CHAIN_MAX 16

/* What a handshake needs. Handshakes borrow it, so that old ones stay until the server is freed. */
struct identity {
    struct identity *older;
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned chain_length;
    gnutls_privkey_t key;
};

struct tls {
    char *cert_file;
    char *key_file;
    _Atomic(struct identity *) current;
};

static void identity_free(struct identity *identity)
{
    for (unsigned i = 0; i < identity->chain_length; i++)
        gnutls_pcert_deinit(&identity->chain[i]);
    if (identity->key)
        gnutls_privkey_deinit(identity->key);
    free(identity);
}

static enum error failed(const char *file, const char *what, int why, struct arena *arena,
                         str *problem)
{
    *problem = arena_printf(arena, "%s: %s (%s).", file, what, gnutls_strerror(why));
    return why == GNUTLS_E_FILE_ERROR ? ERR_NOT_FOUND : ERR_INVALID;
}

static enum error chain_read(struct identity *identity, const char *file, struct arena *arena,
                             str *problem)
{
    unsigned count = CHAIN_MAX;
    int why = gnutls_pcert_list_import_x509_file(identity->chain, &count, file, GNUTLS_X509_FMT_PEM,
                                                 NULL, NULL, 0);
    if (why < 0)
        return failed(file, "no certificate could be read", why, arena, problem);
    identity->chain_length = count;
    return OK;
}

static enum error key_read(struct identity *identity, const char *file, struct arena *arena,
                           str *problem)
{
    gnutls_datum_t pem = {NULL, 0};
    int why = gnutls_load_file(file, &pem);
    if (why < 0)
        return failed(file, "the key could not be read", why, arena, problem);
    why = gnutls_privkey_init(&identity->key);
    if (why >= 0)
        why = gnutls_privkey_import_x509_raw(identity->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    wipe(pem.data, pem.size);
    gnutls_free(pem.data);
    return why < 0 ? failed(file, "holds no key that can be used", why, arena, problem) : OK;
}

/* True if the key is the certificate's. */
static bool belong_together(const struct identity *identity)
{
    unsigned char ours[64], its[64];
    size_t ours_len = sizeof(ours), its_len = sizeof(its);
    gnutls_pubkey_t pub;
    if (gnutls_pubkey_init(&pub) < 0)
        return false;
    bool same = gnutls_pubkey_import_privkey(pub, identity->key, 0, 0) >= 0 &&
                gnutls_pubkey_get_key_id(pub, 0, ours, &ours_len) >= 0 &&
                gnutls_pubkey_get_key_id(identity->chain[0].pubkey, 0, its, &its_len) >= 0 &&
                ours_len == its_len && memcmp(ours, its, its_len) == 0;
    gnutls_pubkey_deinit(pub);
    return same;
}

enum error tls_reload(struct tls *tls, struct arena *arena, str *problem)
{
    struct identity *identity = calloc(1, sizeof(*identity));
    if (!identity)
        return ERR_INTERNAL;
    enum error err = chain_read(identity, tls->cert_file, arena, problem);
    if (!err)
        err = key_read(identity, tls->key_file, arena, problem);
    if (!err && !belong_together(identity)) {
        *problem = arena_printf(arena, "The key in %s is not that of the certificate in %s.",
                                tls->key_file, tls->cert_file);
        err = ERR_INVALID;
    }
    if (err) {
        identity_free(identity);
        return err;
    }
    identity->older = atomic_load(&tls->current);
    atomic_store(&tls->current, identity);
    return OK;
}

enum error tls_new(const char *cert_file, const char *key_file, struct arena *arena, str *problem,
                   struct tls **out)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    if (!tls)
        return ERR_INTERNAL;
    tls->cert_file = strdup(cert_file);
    tls->key_file = strdup(key_file);
    enum error err =
        tls->cert_file && tls->key_file ? tls_reload(tls, arena, problem) : ERR_INTERNAL;
    if (err)
        tls_free(tls);
    else
        *out = tls;
    return err;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    for (struct identity *identity = atomic_load(&tls->current), *older; identity;
         identity = older) {
        older = identity->older;
        identity_free(identity);
    }
    free(tls->cert_file);
    free(tls->key_file);
    free(tls);
}

int tls_choose(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
               const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
               gnutls_pcert_st **chain, unsigned *chain_length, gnutls_privkey_t *key)
{
    (void)authorities;
    (void)authority_count;
    (void)algorithms;
    (void)algorithm_count;
    /* The library keeps its own connection there, for its callbacks of the same kind. */
    struct MHD_Connection *mhd = gnutls_session_get_ptr(session);
    struct identity *identity = atomic_load(&connection_of(mhd)->server->tls->current);
    *chain = identity->chain;
    *chain_length = identity->chain_length;
    *key = identity->key;
    return 0;
}
