/*
 * Keys that sign tokens, and their signatures as JWS wants them (RFC 7515, RFC 7518, RFC 8037).
 * A key never changes once made: any number of threads may use it.
 */
#ifndef LATCHKEY_CRYPTO_SIGNATURE_H
#define LATCHKEY_CRYPTO_SIGNATURE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "crypto/mac.h"

enum jwt_algorithm {
    JWT_HS256 = 1, /* HMAC-SHA256: Label Studio's */
    JWT_EDDSA,     /* Ed25519 */
    JWT_ES256,     /* ECDSA, P-256 and SHA-256; the signature is R and S, 32 bytes each */
    JWT_RS256,     /* RSASSA-PKCS1-v1_5 with SHA-256, 2048 to 4096 bits */
};

/* "HS256", "EdDSA", "ES256", "RS256". */
str jwt_algorithm_name(enum jwt_algorithm algorithm);
/* ERR_UNSUPPORTED_TYPE  any other name; case matters */
enum error jwt_algorithm_find(str name, enum jwt_algorithm *out) MUST_CHECK;

#define SIGNATURE_MAX 512 /* bytes: RSA with 4096 bits */
#define KEY_ID_MAX 64     /* bytes */
#define SECRET_KEY_MAX 4096

struct evp_pkey_st;

struct signing_key {
    enum jwt_algorithm algorithm;
    str kid;                  /* within `text`; empty: a key taken over from Label Studio */
    bool verifies_only;       /* the private half is not here */
    struct mac_key mac;       /* HS256 */
    str secret;               /* HS256: within `text` */
    struct evp_pkey_st *pkey; /* the others: owned */
    size_t text_bytes;
    char text[]; /* kid and secret, wiped with the key */
};

struct signature {
    unsigned char bytes[SIGNATURE_MAX];
    size_t len;
};

/*
 * `kid`: visible ASCII without '"' and '\', up to KEY_ID_MAX bytes, or empty.
 * ERR_MALFORMED  a kid of another form
 * ERR_INTERNAL   the library failed; the log has its words
 */
enum error signing_key_generate(enum jwt_algorithm algorithm, str kid,
                                struct signing_key **out) MUST_CHECK;
/*
 * HS256: the secret's bytes, 1 to SECRET_KEY_MAX of them. The others: PKCS#8, DER.
 * ERR_MALFORMED  not a private key, one of another algorithm or curve, or RSA of a bad size
 */
enum error signing_key_import(enum jwt_algorithm algorithm, str kid, str private_form,
                              struct signing_key **out) MUST_CHECK;
/* SubjectPublicKeyInfo, DER; not for HS256. Such a key verifies only. Errors as import. */
enum error signing_key_import_public(enum jwt_algorithm algorithm, str kid, str public_form,
                                     struct signing_key **out) MUST_CHECK;
/* What import takes: a secret, to be sealed. ERR_FORBIDDEN: the key verifies only. */
enum error signing_key_export(const struct signing_key *key, struct arena *arena,
                              str *out) MUST_CHECK;
void signing_key_free(struct signing_key *key);

/* A JWK (RFC 7517) with kty, use, alg, kid and the public half; empty for HS256, which has none. */
str signing_key_jwk(const struct signing_key *key, struct arena *arena);

/* ERR_FORBIDDEN: the key verifies only; ERR_INTERNAL: the library failed, the log has its words. */
enum error signature_make(const struct signing_key *key, str data,
                          struct signature *out) MUST_CHECK;
/* ERR_FORGED: this key did not make it; signatures of another length included. */
enum error signature_check(const struct signing_key *key, str data, str signature) MUST_CHECK;

#endif
