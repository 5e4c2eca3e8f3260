#include "token/jwt.h"

#include "base/encoding.h"
#include "token/internal.h"

#define NUMBER_MAX 20 /* characters of an int64_t */

/* A token's three parts, and what is signed: the first two with their dot. */
struct parts {
    str header, payload, signature;
    str signed_text;
};

static enum error split(str token, struct parts *out)
{
    str rest;
    if (token.len > JWT_MAX_BYTES || !str_cut(token, '.', &out->header, &rest) ||
        !str_cut(rest, '.', &out->payload, &out->signature) || str_has(out->signature, '.'))
        return ERR_MALFORMED;
    out->signed_text = str_slice(token, 0, out->header.len + 1 + out->payload.len);
    return OK;
}

/* By keys whose own header the token bears: how our own tokens are found without reading JSON. */
static enum error check_by_bytes(const struct parts *parts, const struct key_ring *ring,
                                 str signature, bool *known)
{
    enum error err = ERR_FORGED;
    for (size_t i = 0; i < ring->count && err == ERR_FORGED; i++)
        if (str_equal(ring->headers[i], parts->header)) {
            *known = true;
            err = signature_check(ring->keys[i], parts->signed_text, signature);
        }
    return err;
}

static enum error check_by_header(const struct parts *parts, const struct key_ring *ring,
                                  str signature, struct arena *arena)
{
    struct jwt_header header;
    enum error err = jwt_header_read(parts->header, arena, &header);
    if (err)
        return err;
    /* an unknown kid counts as none: Label Studio ignores it */
    str kid = key_ring_find(ring, header.kid) ? header.kid : STR("");
    err = ERR_FORGED;
    for (size_t i = 0; i < ring->count && err == ERR_FORGED; i++) {
        const struct signing_key *key = ring->keys[i];
        if (str_equal(key->kid, kid) && str_equal(jwt_algorithm_name(key->algorithm), header.alg))
            err = signature_check(key, parts->signed_text, signature);
    }
    return err;
}

static enum error check_signature(const struct parts *parts, const struct key_ring *ring,
                                  struct arena *arena)
{
    unsigned char bytes[SIGNATURE_MAX];
    size_t len;
    if (parts->signature.len > (SIGNATURE_MAX * 4 + 2) / 3 ||
        base64url_decode_into(bytes, parts->signature, &len))
        return ERR_MALFORMED;
    str signature = str_of((const char *)bytes, len);
    bool known = false;
    enum error err = check_by_bytes(parts, ring, signature, &known);
    return known ? err : check_by_header(parts, ring, signature, arena);
}

static enum error read_payload(str part, struct arena *arena, struct claims *out)
{
    str payload;
    enum error err = base64url_decode(arena, part, &payload);
    return err ? err : claims_read(payload, arena, out);
}

enum error jwt_verify(str token, const struct key_ring *keys, struct arena *arena,
                      struct claims *out)
{
    struct parts parts;
    enum error err = split(token, &parts);
    if (!err)
        err = check_signature(&parts, keys, arena);
    return err ? err : read_payload(parts.payload, arena, out);
}

enum error jwt_peek_unverified(str text, struct arena *arena, struct claims *out)
{
    struct parts parts;
    str header_part, rest, payload_part;
    struct jwt_header header;
    if (text.len > JWT_MAX_BYTES || !str_cut(text, '.', &header_part, &rest))
        return ERR_MALFORMED;
    payload_part = rest;
    if (str_has(rest, '.')) {
        if (split(text, &parts))
            return ERR_MALFORMED;
        payload_part = parts.payload;
    }
    enum error err = jwt_header_read(header_part, arena, &header);
    return err ? err : read_payload(payload_part, arena, out);
}

str jwt_unsigned_part(str token)
{
    str header, rest, payload, signature;
    if (!str_cut(token, '.', &header, &rest))
        return STR("");
    str_cut(rest, '.', &payload, &signature);
    return str_slice(token, 0, header.len + 1 + payload.len);
}

static void put(char *text, size_t *len, str s)
{
    if (s.len > 0) /* a field that was never set has no pointer either */
        memcpy(text + *len, s.ptr, s.len);
    *len += s.len;
}

static void put_number(char *text, size_t *len, int64_t number)
{
    char digits[NUMBER_MAX];
    size_t at = sizeof(digits);
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0)
        digits[--at] = '-';
    put(text, len, str_of(digits + at, sizeof(digits) - at));
}

static bool needs_no_escapes(const struct claims *claims)
{
    return is_plain_text(claims->token_type) && is_plain_text(claims->jti);
}

/* The payload; only the claims that are there are written, always in this order. */
static str payload_write(const struct claims *claims, struct arena *arena)
{
    char *text = arena_bytes(arena, 128 + claims->token_type.len + claims->jti.len +
                                        claims->user_id_json.len + claims->extra.len);
    size_t len = 0;
    if (claims_have(claims, CLAIM_TOKEN_TYPE)) {
        put(text, &len, STR(",\"token_type\":\""));
        put(text, &len, claims->token_type);
        put(text, &len, STR("\""));
    }
    if (claims_have(claims, CLAIM_EXP)) {
        put(text, &len, STR(",\"exp\":"));
        put_number(text, &len, claims->exp);
    }
    if (claims_have(claims, CLAIM_IAT)) {
        put(text, &len, STR(",\"iat\":"));
        put_number(text, &len, claims->iat);
    }
    if (claims_have(claims, CLAIM_JTI)) {
        put(text, &len, STR(",\"jti\":\""));
        put(text, &len, claims->jti);
        put(text, &len, STR("\""));
    }
    if (claims_have(claims, CLAIM_USER_ID)) {
        put(text, &len, STR(",\"user_id\":"));
        put(text, &len, claims->user_id_json);
        if (str_is_empty(claims->user_id_json)) {
            put(text, &len, STR("\""));
            put_number(text, &len, claims->user_id);
            put(text, &len, STR("\""));
        }
    }
    put(text, &len, claims->extra);
    put(text, &len, STR("}"));
    if (len == 1) { /* no claim at all, and no comma in whose place the bracket comes */
        text[len++] = '}';
    }
    text[0] = '{';
    return str_of(text, len);
}

/* header.payload, with `room` for what comes after it. */
static enum error write_unsigned(const struct claims *claims, enum jwt_algorithm algorithm, str kid,
                                 size_t room, struct arena *arena, char **text, size_t *len)
{
    if (!needs_no_escapes(claims) || claims->extra.len > JWT_MAX_BYTES ||
        claims->user_id_json.len > JWT_MAX_BYTES)
        return ERR_MALFORMED;
    str header = jwt_header_write(algorithm, kid, arena);
    str payload = payload_write(claims, arena);
    *text = arena_bytes(arena, header.len + 1 + payload.len / 3 * 4 + 4 + room);
    *len = 0;
    put(*text, len, header);
    put(*text, len, STR("."));
    *len += base64url_encode_into(*text + *len, payload);
    return *len + room > JWT_MAX_BYTES ? ERR_MALFORMED : OK;
}

enum error jwt_write_unsigned(const struct claims *claims, enum jwt_algorithm algorithm, str kid,
                              struct arena *arena, str *out)
{
    char *text;
    size_t len;
    enum error err = write_unsigned(claims, algorithm, kid, 0, arena, &text, &len);
    if (!err)
        *out = str_of(text, len);
    return err;
}

enum error jwt_sign(const struct claims *claims, const struct signing_key *key, struct arena *arena,
                    str *out)
{
    const size_t room = 1 + (SIGNATURE_MAX + 2) / 3 * 4;
    char *text;
    size_t len;
    struct signature signature;
    enum error err = write_unsigned(claims, key->algorithm, key->kid, room, arena, &text, &len);
    if (!err)
        err = signature_make(key, str_of(text, len), &signature);
    if (err)
        return err;
    text[len++] = '.';
    len += base64url_encode_into(text + len, str_of((const char *)signature.bytes, signature.len));
    *out = str_of(text, len);
    return OK;
}
