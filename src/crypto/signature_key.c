#include "crypto/signature.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/encoding.h"
#include "crypto/openssl_error.h"
#include "crypto/random.h"

#define SECRET_BYTES 32 /* of a generated HS256 key, as long as the MAC (RFC 7518 3.2) */
#define RSA_BITS 3072
#define RSA_BITS_MIN 2048 /* RFC 7518 3.3 */
#define RSA_BITS_MAX 4096
#define P256_BYTES 32
#define ED25519_BYTES 32

static const str names[] = {
    [JWT_HS256] = STR_INIT("HS256"),
    [JWT_EDDSA] = STR_INIT("EdDSA"),
    [JWT_ES256] = STR_INIT("ES256"),
    [JWT_RS256] = STR_INIT("RS256"),
};

str jwt_algorithm_name(enum jwt_algorithm algorithm)
{
    return names[algorithm];
}

enum error jwt_algorithm_find(str name, enum jwt_algorithm *out)
{
    for (enum jwt_algorithm a = JWT_HS256; a <= JWT_RS256; a++)
        if (str_equal(names[a], name)) {
            *out = a;
            return OK;
        }
    return ERR_UNSUPPORTED_TYPE;
}

static bool is_kid(str kid)
{
    for (size_t i = 0; i < kid.len; i++)
        if (kid.ptr[i] <= ' ' || kid.ptr[i] > '~' || kid.ptr[i] == '"' || kid.ptr[i] == '\\')
            return false;
    return kid.len <= KEY_ID_MAX;
}

/* Takes `pkey` over. */
static struct signing_key *key_new(enum jwt_algorithm algorithm, str kid, str secret,
                                   EVP_PKEY *pkey)
{
    struct signing_key *key = calloc(1, sizeof(*key) + kid.len + secret.len);
    if (!key)
        abort(); /* as an arena does: a process that is truly out of memory stops */
    memcpy(key->text, kid.ptr, kid.len);
    memcpy(key->text + kid.len, secret.ptr, secret.len);
    key->algorithm = algorithm;
    key->kid = str_of(key->text, kid.len);
    key->secret = str_of(key->text + kid.len, secret.len);
    key->text_bytes = kid.len + secret.len;
    key->pkey = pkey;
    return key;
}

static struct signing_key *secret_key_new(str kid, str secret)
{
    struct signing_key *key = key_new(JWT_HS256, kid, secret, NULL);
    mac_key_init(&key->mac, secret);
    return key;
}

void signing_key_free(struct signing_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    wipe(key, sizeof(*key) + key->text_bytes);
    free(key);
}

static EVP_PKEY *generate(enum jwt_algorithm algorithm)
{
    switch (algorithm) {
    case JWT_EDDSA:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case JWT_ES256:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    case JWT_RS256:
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS);
    case JWT_HS256:
        break;
    }
    return NULL;
}

enum error signing_key_generate(enum jwt_algorithm algorithm, str kid, struct signing_key **out)
{
    if (!is_kid(kid))
        return ERR_MALFORMED;
    if (algorithm == JWT_HS256) {
        char secret[SECRET_BYTES];
        random_bytes(secret, sizeof(secret));
        *out = secret_key_new(kid, str_of(secret, sizeof(secret)));
        wipe(secret, sizeof(secret));
        return OK;
    }
    EVP_PKEY *pkey = generate(algorithm);
    if (!pkey)
        return openssl_failed("making a key");
    *out = key_new(algorithm, kid, STR(""), pkey);
    return OK;
}

/* The algorithm comes from the key (RFC 8725 3.1): this is where that is made sure of. */
static bool suits(EVP_PKEY *pkey, enum jwt_algorithm algorithm)
{
    char curve[32] = "";
    int bits = EVP_PKEY_get_bits(pkey);
    switch (algorithm) {
    case JWT_EDDSA:
        return EVP_PKEY_is_a(pkey, "ED25519");
    case JWT_ES256:
        return EVP_PKEY_is_a(pkey, "EC") &&
               EVP_PKEY_get_group_name(pkey, curve, sizeof(curve), NULL) == 1 &&
               str_equal(str_from(curve), STR("prime256v1"));
    case JWT_RS256:
        return EVP_PKEY_is_a(pkey, "RSA") && bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
    case JWT_HS256:
        break;
    }
    return false;
}

static bool is_sound(EVP_PKEY *pkey)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
    bool sound = ctx && EVP_PKEY_public_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return sound;
}

/* Takes `pkey` over; NULL: what was read is no key. */
static enum error adopt(enum jwt_algorithm algorithm, str kid, EVP_PKEY *pkey,
                        struct signing_key **out)
{
    bool good = pkey && suits(pkey, algorithm) && is_sound(pkey);
    ERR_clear_error();
    if (!good) {
        EVP_PKEY_free(pkey);
        return ERR_MALFORMED;
    }
    *out = key_new(algorithm, kid, STR(""), pkey);
    return OK;
}

enum error signing_key_import(enum jwt_algorithm algorithm, str kid, str private_form,
                              struct signing_key **out)
{
    if (!is_kid(kid))
        return ERR_MALFORMED;
    if (algorithm == JWT_HS256) {
        if (private_form.len == 0 || private_form.len > SECRET_KEY_MAX)
            return ERR_MALFORMED;
        *out = secret_key_new(kid, private_form);
        return OK;
    }
    const unsigned char *start = (const unsigned char *)private_form.ptr, *end = start;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &end, (long)private_form.len);
    EVP_PKEY *pkey = NULL;
    if (info && end == start + private_form.len)
        pkey = EVP_PKCS82PKEY(info);
    PKCS8_PRIV_KEY_INFO_free(info);
    return adopt(algorithm, kid, pkey, out);
}

enum error signing_key_import_public(enum jwt_algorithm algorithm, str kid, str public_form,
                                     struct signing_key **out)
{
    if (!is_kid(kid) || algorithm == JWT_HS256)
        return ERR_MALFORMED;
    const unsigned char *start = (const unsigned char *)public_form.ptr, *end = start;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &end, (long)public_form.len);
    if (pkey && end != start + public_form.len) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    enum error err = adopt(algorithm, kid, pkey, out);
    if (!err)
        (*out)->verifies_only = true;
    return err;
}

enum error signing_key_export(const struct signing_key *key, struct arena *arena, str *out)
{
    if (key->verifies_only)
        return ERR_FORBIDDEN;
    if (key->algorithm == JWT_HS256) {
        *out = arena_copy(arena, key->secret);
        return OK;
    }
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pkey);
    int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
    PKCS8_PRIV_KEY_INFO_free(info);
    if (len <= 0)
        return openssl_failed("writing a private key");
    *out = arena_copy(arena, str_of((const char *)der, (size_t)len));
    OPENSSL_clear_free(der, (size_t)len);
    return OK;
}

/* One of the key's numbers as base64url, padded to `width` bytes; 0: as long as it is. */
static str number(const struct signing_key *key, const char *name, int width, struct arena *arena)
{
    unsigned char bytes[SIGNATURE_MAX];
    BIGNUM *n = NULL;
    str text = STR("");
    if (EVP_PKEY_get_bn_param(key->pkey, name, &n) == 1) {
        int len = BN_bn2binpad(n, bytes, width > 0 ? width : BN_num_bytes(n));
        if (len > 0)
            text = base64url_encode(arena, str_of((const char *)bytes, (size_t)len));
    }
    BN_free(n);
    return text;
}

static str public_point(const struct signing_key *key, struct arena *arena)
{
    unsigned char point[ED25519_BYTES];
    size_t len = sizeof(point);
    if (EVP_PKEY_get_raw_public_key(key->pkey, point, &len) != 1)
        return STR("");
    return base64url_encode(arena, str_of((const char *)point, len));
}

/* The members that hold the public half (RFC 7518 6.2 and 6.3, RFC 8037 2). */
static str public_members(const struct signing_key *key, struct arena *arena)
{
    switch (key->algorithm) {
    case JWT_EDDSA:
        return arena_printf(arena, "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%.*s\"",
                            STR_ARG(public_point(key, arena)));
    case JWT_ES256:
        return arena_printf(arena, "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%.*s\",\"y\":\"%.*s\"",
                            STR_ARG(number(key, OSSL_PKEY_PARAM_EC_PUB_X, P256_BYTES, arena)),
                            STR_ARG(number(key, OSSL_PKEY_PARAM_EC_PUB_Y, P256_BYTES, arena)));
    case JWT_RS256:
        return arena_printf(arena, "\"kty\":\"RSA\",\"n\":\"%.*s\",\"e\":\"%.*s\"",
                            STR_ARG(number(key, OSSL_PKEY_PARAM_RSA_N, 0, arena)),
                            STR_ARG(number(key, OSSL_PKEY_PARAM_RSA_E, 0, arena)));
    case JWT_HS256:
        break;
    }
    return STR("");
}

str signing_key_jwk(const struct signing_key *key, struct arena *arena)
{
    if (key->algorithm == JWT_HS256)
        return STR("");
    str kid = str_is_empty(key->kid) ? STR("")
                                     : arena_printf(arena, ",\"kid\":\"%.*s\"", STR_ARG(key->kid));
    return arena_printf(arena, "{%.*s,\"use\":\"sig\",\"alg\":\"%.*s\"%.*s}",
                        STR_ARG(public_members(key, arena)),
                        STR_ARG(jwt_algorithm_name(key->algorithm)), STR_ARG(kid));
}
