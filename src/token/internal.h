/*
 * What the files of this folder share. Nobody else includes it but their tests.
 */
#ifndef LATCHKEY_TOKEN_INTERNAL_H
#define LATCHKEY_TOKEN_INTERNAL_H

#include <jansson.h>

#include "token/claims.h"
#include "token/key_ring.h"

struct key_ring {
    size_t count;
    size_t current;                         /* signs PATs */
    size_t access;                          /* signs access tokens */
    struct signing_key *keys[KEY_RING_MAX]; /* owned */
    str headers[KEY_RING_MAX]; /* what jwt_header_write makes of each key; in `arena` */
    struct arena arena;
};

#define EXP_MAX INT64_C(253402300799) /* the last second of the year 9999, Python's last too */

/* Depth of arrays and objects in a header or a payload. */
#define JSON_DEPTH_MAX 8

/*
 * A JSON object (RFC 8259) that names no member twice, at any depth; NULL if it is none, or deeper
 * than JSON_DEPTH_MAX. To be given back with json_decref. Every number comes as a real.
 */
json_t *json_object_read(str text);

/* The first part of a token signed with such a key: {"alg":…,"kid":…,"typ":"JWT"} in base64url. */
str jwt_header_write(enum jwt_algorithm algorithm, str kid, struct arena *arena);

/* What a header says; texts live in the arena. */
struct jwt_header {
    str alg;
    str kid; /* empty: none */
};
/* ERR_MALFORMED  no JSON object, no alg, a kid that is no text, crit, or b64 other than true */
enum error jwt_header_read(str part, struct arena *arena, struct jwt_header *out) MUST_CHECK;

/* Claims from the JSON text of a payload; texts live in the arena or are parts of `payload`. */
enum error claims_read(str payload, struct arena *arena, struct claims *out) MUST_CHECK;
/* The two ways that claims_read has: a text in exactly our own form, and any JSON object. Where the
 * first says true, the second says the same. */
bool claims_read_quick(str payload, struct claims *out);
enum error claims_read_json(str payload, struct arena *arena, struct claims *out) MUST_CHECK;

/* Visible ASCII that JSON needs no escapes for. */
bool is_plain_text(str s);

/* A claim's seconds as usec, within the years 1 to 9999. */
usec usec_of_claim(int64_t seconds);

#endif
