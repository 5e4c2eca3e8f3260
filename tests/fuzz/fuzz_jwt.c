/*
 * Any bytes, as a token and as the claims of a token that is well signed. Beyond not crashing:
 * - the quick reader of claims and the one for any JSON agree wherever the quick one says yes;
 * - what was read can be signed and read again, and says the same;
 * - nothing that nobody signed ever verifies.
 */
#include <assert.h>

#include "base/encoding.h"
#include "crypto/random.h"
#include "token/access.h"
#include "token/api_key.h"
#include "token/form.h"
#include "token/internal.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct key_ring *ring;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    char secret[32];
    struct signing_key *key;
    assert(crypto_start() == OK);
    random_bytes(secret, sizeof(secret)); /* nobody can guess it, the fuzzer neither */
    assert(signing_key_import(JWT_HS256, STR(""), str_of(secret, sizeof(secret)), &key) == OK);
    assert(key_ring_new(&key, 1, 0, &ring) == OK);
    return 0;
}

static void assert_same(const struct claims *a, const struct claims *b)
{
    assert(a->present == b->present && a->unusable == b->unusable);
    assert(a->exp == b->exp && a->iat == b->iat && a->nbf == b->nbf && a->user_id == b->user_id);
    assert(str_equal(a->token_type, b->token_type) && str_equal(a->jti, b->jti));
    assert(str_equal(a->user_id_json, b->user_id_json) && str_equal(a->scope, b->scope));
    assert(str_equal(a->extra, b->extra));
}

static void read_both_ways(str payload, struct arena *arena)
{
    struct claims quick, json;
    if (!claims_read_quick(payload, &quick))
        return;
    assert(claims_read_json(payload, arena, &json) == OK);
    assert_same(&quick, &json);
}

/* The claims, written in our order, are a JSON object again, and with the same claims. */
static void write_again(const struct claims *claims, struct arena *arena)
{
    str token;
    struct claims again;
    if (claims->unusable != 0 || jwt_sign(claims, key_ring_current(ring), arena, &token) != OK)
        return;
    assert(jwt_verify(token, ring, arena, &again) == OK);
    assert_same(claims, &again);
}

static void check_all(const struct claims *claims)
{
    const struct token_clock clock = {.now = SECONDS(1795552735)};
    str missing = STR("");
    enum error err = claims_check(claims, TOKEN_ACCESS, &clock, &missing);
    assert((err == ERR_MISSING_CLAIM) == !str_is_empty(missing));
    if (!err)
        assert(claims_have(claims, CLAIM_EXP) && claims_have(claims, CLAIM_JTI) &&
               claims->user_id > 0 && claims->exp > 1795552735);
}

static void verify_signed(str payload, struct arena *arena)
{
    struct claims claims, direct;
    struct signature signature;
    str text = ARENA_JOIN(arena, ring->headers[0], STR("."), base64url_encode(arena, payload));
    assert(signature_make(ring->keys[0], text, &signature) == OK);
    str token =
        ARENA_JOIN(arena, text, STR("."),
                   base64url_encode(arena, str_of((const char *)signature.bytes, signature.len)));
    enum error err = jwt_verify(token, ring, arena, &claims);
    if (token.len > JWT_MAX_BYTES) {
        assert(err == ERR_MALFORMED);
        return;
    }
    assert(err == claims_read(payload, arena, &direct));
    if (err)
        return;
    assert_same(&claims, &direct);
    check_all(&claims);
    write_again(&claims, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct claims claims;
    struct jwt_header header;
    str input = str_of((const char *)data, size);
    assert(jwt_verify(input, ring, &arena, &claims) != OK);
    if (jwt_peek_unverified(input, &arena, &claims) == OK)
        check_all(&claims);
    (void)!jwt_header_read(base64url_encode(&arena, input), &arena, &header);
    (void)jwt_unsigned_part(input);
    (void)credential_form(input);
    (void)api_key_is_well_formed(input);
    (void)access_parent_key(input);
    read_both_ways(input, &arena);
    verify_signed(input, &arena);
    arena_release(&arena);
    return 0;
}
