#include "vectors/vectors.h"

#include <assert.h>

#include "base/embedded.h"
#include "base/encoding.h"

extern const struct embedded vectors[];
extern const size_t vectors_count;

str vector_file(const char *name)
{
    for (size_t i = 0; i < vectors_count; i++)
        if (str_equal(str_from(vectors[i].name), str_from(name)))
            return str_of(vectors[i].data, vectors[i].len);
    fprintf(stderr, "there are no vectors '%s'\n", name);
    abort();
}

void vectors_each(const char *name, vector_case *check)
{
    str text = vector_file(name);
    json_t *root = json_loadb(text.ptr, text.len, 0, NULL), *group, *test;
    size_t i, j;
    assert(root);
    json_array_foreach(json_object_get(root, "testGroups"), i, group)
    {
        json_array_foreach(json_object_get(group, "tests"), j, test)
        {
            struct arena arena = {0};
            check(group, test, &arena);
            arena_release(&arena);
        }
    }
    json_decref(root);
}

str vector_text(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    assert(json_is_string(value));
    return str_of(json_string_value(value), json_string_length(value));
}

str bytes_of_hex(const char *hex, struct arena *arena)
{
    str bytes;
    enum error err = hex_decode(arena, str_from(hex), &bytes);
    assert(!err);
    return bytes;
}

str vector_bytes(json_t *object, const char *name, struct arena *arena)
{
    return bytes_of_hex(vector_text(object, name).ptr, arena);
}

bool vector_is_valid(json_t *test)
{
    return str_equal(vector_text(test, "result"), STR("valid"));
}

bool vector_is_open(json_t *test)
{
    return str_equal(vector_text(test, "result"), STR("acceptable"));
}

int vector_number(json_t *test)
{
    return (int)json_integer_value(json_object_get(test, "tcId"));
}
