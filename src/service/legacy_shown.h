/*
 * One's legacy token with what it did, for the own API: refused while the organization has the kind
 * switched off, unlike Label Studio's endpoints, which read and reset it even then.
 */
#ifndef LATCHKEY_SERVICE_LEGACY_SHOWN_H
#define LATCHKEY_SERVICE_LEGACY_SHOWN_H

#include "service/usage.h"

struct legacy_token {
    str text; /* a secret, in the arena */
    usec created_at;
    struct token_usage usage; /* of this one: an earlier one's uses are not in its last one */
};

/* Made when it is missing. ERR_KIND_OFF; the others as legacy_token_read. */
enum error legacy_token_show(struct worker *w, const struct principal *who, usec now,
                             struct arena *arena, struct legacy_token *out) MUST_CHECK;
/* The same with a new one in its place; the old one ends at once. */
enum error legacy_token_renew(struct worker *w, const struct principal *who, usec now,
                              struct arena *arena, struct legacy_token *out) MUST_CHECK;

#endif
