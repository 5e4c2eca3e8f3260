/*
 * What the tests of JWTs work with: a ring of two keys, and tokens that say anything, well signed.
 */
#ifndef LATCHKEY_TESTS_UNIT_JWT_BENCH_H
#define LATCHKEY_TESTS_UNIT_JWT_BENCH_H

#include "unit/test.h"

#include "base/arena.h"
#include "base/encoding.h"
#include "token/key_ring.h"

#define SECRET "a secret of thirty-two bytes, ok"
#define GOOD_HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define GOOD_PAYLOAD                                                                               \
    "{\"token_type\":\"refresh\",\"exp\":8102752735,\"iat\":1795552735,"                           \
    "\"jti\":\"11b6f7d5cefd4fadbb21237a285f5c56\",\"user_id\":\"1\"}"

/* What a test works with: a ring with Label Studio's key, and one of ours. */
struct bench {
    struct arena arena;
    struct signing_key *label_studio, *ours; /* the ring's */
    struct key_ring *ring;
};

static inline void bench_init(struct bench *bench, str secret)
{
    *bench = (struct bench){0};
    assert_ok("key", signing_key_import(JWT_HS256, STR(""), secret, &bench->label_studio));
    assert_ok("key", signing_key_generate(JWT_ES256, STR("ours"), &bench->ours));
    struct signing_key *keys[] = {bench->label_studio, bench->ours};
    assert_ok("ring", key_ring_new(keys, COUNT_OF(keys), 0, &bench->ring));
}

static inline void bench_release(struct bench *bench)
{
    key_ring_free(bench->ring);
    arena_release(&bench->arena);
}

static inline str sign_parts(struct bench *bench, const struct signing_key *key, str header,
                             str payload)
{
    struct signature signature;
    str text = ARENA_JOIN(&bench->arena, header, STR("."), payload);
    assert_ok("sign", signature_make(key, text, &signature));
    return ARENA_JOIN(
        &bench->arena, text, STR("."),
        base64url_encode(&bench->arena, str_of((const char *)signature.bytes, signature.len)));
}

static inline str sign_json(struct bench *bench, const struct signing_key *key, str header,
                            str payload)
{
    return sign_parts(bench, key, base64url_encode(&bench->arena, header),
                      base64url_encode(&bench->arena, payload));
}

static inline str signed_payload(struct bench *bench, str payload)
{
    return sign_json(bench, bench->label_studio, STR(GOOD_HEADER), payload);
}

#endif
