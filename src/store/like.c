#include "store/like.h"

str like_containing(struct arena *arena, str text)
{
    if (str_is_empty(text))
        return STR("");
    char *pattern = arena_bytes(arena, 2 * text.len + 2);
    size_t len = 0;
    pattern[len++] = '%';
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '%' || text.ptr[i] == '_' || text.ptr[i] == '!')
            pattern[len++] = '!';
        pattern[len++] = text.ptr[i];
    }
    pattern[len++] = '%';
    return str_of(pattern, len);
}
