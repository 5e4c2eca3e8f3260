#include "crypto/signature.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/log.h"
#include "crypto/openssl_error.h"

#define P256_BYTES 32   /* of R, and of S */
#define P256_DER_MAX 72 /* bytes of the two as ASN.1 */
#define ED25519_BYTES 64

enum error openssl_failed(const char *doing)
{
    char reason[256];
    ERR_error_string_n(ERR_peek_last_error(), reason, sizeof(reason));
    ERR_clear_error();
    log_error("OpenSSL: %s failed: %s", doing, reason);
    return ERR_INTERNAL;
}

static void md_ctx_free(EVP_MD_CTX **ctx)
{
    EVP_MD_CTX_free(*ctx);
}

static void ecdsa_free(ECDSA_SIG **sig)
{
    ECDSA_SIG_free(*sig);
}

/* Ed25519 hashes by itself (RFC 8032), the others take SHA-256. */
static const EVP_MD *digest_of(enum jwt_algorithm algorithm)
{
    return algorithm == JWT_EDDSA ? NULL : EVP_sha256();
}

/* ASN.1 to R and S side by side (RFC 7518 3.4). */
static enum error ecdsa_to_raw(const unsigned char *der, size_t der_len, struct signature *out)
{
    CLEANUP(ecdsa_free) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
    if (!sig || BN_bn2binpad(ECDSA_SIG_get0_r(sig), out->bytes, P256_BYTES) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), out->bytes + P256_BYTES, P256_BYTES) < 0)
        return openssl_failed("reading an ECDSA signature");
    out->len = (size_t)2 * P256_BYTES;
    return OK;
}

static enum error ecdsa_from_raw(str raw, unsigned char der[P256_DER_MAX], size_t *der_len)
{
    const unsigned char *bytes = (const unsigned char *)raw.ptr;
    CLEANUP(ecdsa_free) ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(bytes, P256_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(bytes + P256_BYTES, P256_BYTES, NULL);
    if (!sig || !r || !s || ECDSA_SIG_set0(sig, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return openssl_failed("writing an ECDSA signature");
    }
    unsigned char *end = der;
    int len = i2d_ECDSA_SIG(sig, &end); /* two integers of at most 33 bytes fit */
    if (len <= 0)
        return openssl_failed("writing an ECDSA signature");
    *der_len = (size_t)len;
    return OK;
}

enum error signature_make(const struct signing_key *key, str data, struct signature *out)
{
    if (key->verifies_only)
        return ERR_FORBIDDEN;
    if (key->algorithm == JWT_HS256) {
        mac_compute(&key->mac, data, out->bytes);
        out->len = MAC_BYTES;
        return OK;
    }
    CLEANUP(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char bytes[SIGNATURE_MAX];
    size_t len = sizeof(bytes);
    if (!ctx || EVP_DigestSignInit(ctx, NULL, digest_of(key->algorithm), NULL, key->pkey) != 1 ||
        EVP_DigestSign(ctx, bytes, &len, (const unsigned char *)data.ptr, data.len) != 1)
        return openssl_failed("signing");
    if (key->algorithm == JWT_ES256)
        return ecdsa_to_raw(bytes, len, out);
    memcpy(out->bytes, bytes, len);
    out->len = len;
    return OK;
}

static bool has_right_length(const struct signing_key *key, size_t len)
{
    switch (key->algorithm) {
    case JWT_HS256:
        return len == MAC_BYTES;
    case JWT_EDDSA:
        return len == ED25519_BYTES;
    case JWT_ES256:
        return len == (size_t)2 * P256_BYTES;
    case JWT_RS256:
        return len == (size_t)EVP_PKEY_get_size(key->pkey);
    }
    return false;
}

enum error signature_check(const struct signing_key *key, str data, str signature)
{
    if (!has_right_length(key, signature.len))
        return ERR_FORGED;
    if (key->algorithm == JWT_HS256)
        return mac_holds(&key->mac, data, signature) ? OK : ERR_FORGED;

    const unsigned char *bytes = (const unsigned char *)signature.ptr;
    size_t len = signature.len;
    unsigned char der[P256_DER_MAX];
    if (key->algorithm == JWT_ES256) {
        enum error err = ecdsa_from_raw(signature, der, &len);
        if (err)
            return err;
        bytes = der;
    }
    CLEANUP(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestVerifyInit(ctx, NULL, digest_of(key->algorithm), NULL, key->pkey) != 1)
        return openssl_failed("preparing a check of a signature");
    if (EVP_DigestVerify(ctx, bytes, len, (const unsigned char *)data.ptr, data.len) == 1)
        return OK;
    ERR_clear_error(); /* what is wrong with it is of no interest */
    return ERR_FORGED;
}
