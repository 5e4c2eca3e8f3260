/*
 * Content-Type and Accept (RFC 9110 8.3, 12.5.1).
 */
#ifndef LATCHKEY_HTTP_MEDIA_TYPE_H
#define LATCHKEY_HTTP_MEDIA_TYPE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct media_type {
    str type;     /* "application", lower case */
    str subtype;  /* "json", lower case */
    str charset;  /* parameter, empty if absent */
    str boundary; /* parameter, empty if absent */
};

/* ERR_MALFORMED  not type/subtype with well-formed parameters, or one of ours twice */
enum error media_type_parse(struct arena *arena, str header, struct media_type *out) MUST_CHECK;
/* media_type_is(&t, STR("application/json")) */
bool media_type_is(const struct media_type *type, str full);

/*
 * How much an Accept header wants a type: 0 (not at all) to 1000. The most specific range that
 * matches decides. An absent or empty header admits everything; a range that cannot be read is
 * passed over. Parameters other than q are ignored.
 */
unsigned accept_quality(str accept, str full);
/* The offered type that is wanted most, the first of equals; `count` if none is admitted. */
size_t accept_choose(str accept, const str *offered, size_t count);

#endif
