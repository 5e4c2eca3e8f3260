/*
 * Bodies made by forms: application/x-www-form-urlencoded and multipart/form-data (RFC 7578), and
 * queries. Pure functions; all bounded by limits.h.
 */
#ifndef LATCHKEY_HTTP_FORM_H
#define LATCHKEY_HTTP_FORM_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "http/limits.h"

struct form_field {
    str name;
    str value;
    bool is_file; /* a multipart part with a filename */
};

struct form {
    struct form_field fields[LIMIT_FORM_FIELDS];
    size_t count;
};

/*
 * Texts live in `arena`. Names and values are UTF-8; "a" without '=' is a field with an empty
 * value; "a&&b" has two fields, a and b. ERR_MALFORMED  bad percent-encoding, not UTF-8
 * ERR_TOO_LARGE  too many fields, or a name too long
 */
enum error form_parse(struct arena *arena, str text, struct form *out) MUST_CHECK;

/*
 * `boundary` is the Content-Type's parameter. Values borrow from `body`.
 * ERR_MALFORMED  a part without a name, a missing end, a bad boundary, another transfer encoding,
 * not UTF-8 ERR_TOO_LARGE  too many fields, or a part's header too long
 */
enum error form_parse_multipart(struct arena *arena, str body, str boundary,
                                struct form *out) MUST_CHECK;

/* The last value of that name, as Django's; files are passed over. */
bool form_get(const struct form *form, str name, str *out);
/* How often it is there, files included. */
size_t form_count(const struct form *form, str name);

#endif
