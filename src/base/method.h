/*
 * HTTP methods, and sets of them.
 */
#ifndef LATCHKEY_BASE_METHOD_H
#define LATCHKEY_BASE_METHOD_H

#include "base/arena.h"
#include "base/str.h"

enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER, /* any other token; the request has its name */
    METHOD_COUNT
};

/* A set is the union of these. */
typedef unsigned methods;
#define METHODS_GET (1U << METHOD_GET)
#define METHODS_HEAD (1U << METHOD_HEAD)
#define METHODS_POST (1U << METHOD_POST)
#define METHODS_PUT (1U << METHOD_PUT)
#define METHODS_PATCH (1U << METHOD_PATCH)
#define METHODS_DELETE (1U << METHOD_DELETE)
#define METHODS_OPTIONS (1U << METHOD_OPTIONS)
#define METHODS_OTHER (1U << METHOD_OTHER)
#define METHODS_ANY ((1U << METHOD_COUNT) - 1)

/* Methods are case-sensitive (RFC 9110 9.1): "get" is METHOD_OTHER. */
enum method method_of(str name);
/* "GET"; "OTHER" for METHOD_OTHER. */
str method_name(enum method method);
/* GET, HEAD, OPTIONS (RFC 9110 9.2.1); anything unknown is not. */
bool method_is_safe(enum method method);
static inline bool methods_have(methods set, enum method method)
{
    return (set >> method & 1U) != 0;
}
/* "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS" as far as in the set, in the order of Django. */
str methods_list(struct arena *arena, methods set);

#endif
