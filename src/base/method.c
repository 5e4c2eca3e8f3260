#include "base/method.h"

static const str names[METHOD_COUNT] = {
    [METHOD_GET] = STR_INIT("GET"),         [METHOD_HEAD] = STR_INIT("HEAD"),
    [METHOD_POST] = STR_INIT("POST"),       [METHOD_PUT] = STR_INIT("PUT"),
    [METHOD_PATCH] = STR_INIT("PATCH"),     [METHOD_DELETE] = STR_INIT("DELETE"),
    [METHOD_OPTIONS] = STR_INIT("OPTIONS"), [METHOD_OTHER] = STR_INIT("OTHER"),
};

enum method method_of(str name)
{
    for (int i = 0; i < METHOD_OTHER; i++)
        if (str_equal(name, names[i]))
            return (enum method)i;
    return METHOD_OTHER;
}

str method_name(enum method method)
{
    return names[method];
}

bool method_is_safe(enum method method)
{
    return methods_have(METHODS_GET | METHODS_HEAD | METHODS_OPTIONS, method);
}

str methods_list(struct arena *arena, methods set)
{
    static const enum method order[] = {
        METHOD_GET,    METHOD_POST, METHOD_PUT,     METHOD_PATCH,
        METHOD_DELETE, METHOD_HEAD, METHOD_OPTIONS,
    };
    str pieces[2 * COUNT_OF(order)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        if (!methods_have(set, order[i]))
            continue;
        if (count > 0)
            pieces[count++] = STR(", ");
        pieces[count++] = names[order[i]];
    }
    return arena_join(arena, pieces, count);
}
