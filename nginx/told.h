/*
 * What the daemon told of a caller, as texts by name, and how they lie in the cache.
 *
 * No nginx in here, so that a test links it alone. The texts are borrowed from whoever filled them
 * in: the answer's headers, or the bytes of a kept decision.
 */
#ifndef LATCHKEY_NGINX_TOLD_H
#define LATCHKEY_NGINX_TOLD_H

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "decision/generation.h"

/* One for each header of the answer that is handed on, and each variable. */
enum told_field {
    TOLD_USER_ID,
    TOLD_EMAIL,
    TOLD_ORGANIZATION_ID,
    TOLD_ROLE,
    TOLD_SCOPE,
    TOLD_TOKEN_ID,
    TOLD_TOKEN_KIND,
    TOLD_AUTHORIZATION, /* a secret */
    TOLD_EXPIRES_IN,    /* seconds: of an answer; of a kept one see expires_at */
    TOLD_COUNT
};

struct told {
    str fields[TOLD_COUNT];
    usec expires_at;   /* of a token that ends soon; 0: it doesn't */
    int64_t token_key; /* what its uses count for; 0: they don't */
};

#define TOLD_BYTES_MAX 2048 /* packed; more is not kept */
#define TOLD_NUMBERS_BYTES 16

/* "X-Auth-User-Id", … */
str told_header(enum told_field field);
/* TOLD_COUNT: not one of them. */
enum told_field told_field_of(str header);

/* Seconds are of one moment: they are not kept, but the time that they lead to. */
void told_settle(struct told *told, usec now);

/* ERR_TOO_LARGE: over TOLD_BYTES_MAX. `to` has so much room. */
enum error told_pack(const struct told *told, char *to, size_t *len) MUST_CHECK;
/* The fields borrow from `bytes`. ERR_MALFORMED: not made by told_pack. */
enum error told_unpack(str bytes, struct told *out) MUST_CHECK;

/* The header X-Latchkey-Decision: what a kept answer rests on. */
struct told_decision {
    str page;   /* path of the generation page */
    usec until; /* first moment at which it is no longer good */
    struct basis basis;
    int64_t token_key; /* what uses count for; 0: they don't */
};
/*
 * "v1 page=PATH until=USEC basis=SLOT:VERSION,SLOT:VERSION,SLOT:VERSION token=KEY". ERR_MALFORMED.
 */
enum error told_decision_read(str header, struct told_decision *out) MUST_CHECK;

#endif
