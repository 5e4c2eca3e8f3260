#include "http/cookie.h"

#include "http/limits.h"

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/*
 * Python's http.cookies._unquote, which Django uses: in a value between quotes, \ooo is a byte and
 * any other \c is c.
 */
static str unquote(struct arena *arena, str value)
{
    if (value.len < 2 || !str_starts(value, STR("\"")) || !str_ends(value, STR("\"")))
        return value;
    value = str_slice(value, 1, value.len - 2);
    if (!str_has(value, '\\'))
        return value;
    char *text = arena_bytes(arena, value.len);
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        const char *next = value.ptr + i + 1;
        size_t left = value.len - i - 1;
        if (c == '\\' && left >= 3 && next[0] <= '3' && is_octal(next[0]) && is_octal(next[1]) &&
            is_octal(next[2])) {
            c = (char)((next[0] - '0') << 6 | (next[1] - '0') << 3 | (next[2] - '0'));
            i += 3;
        } else if (c == '\\' && left >= 1) {
            c = next[0];
            i += 1;
        }
        text[len++] = c;
    }
    return str_of(text, len);
}

bool cookie_find(struct arena *arena, str header, str name, str *out)
{
    struct str_pieces pairs = str_pieces(header, ';');
    str pair, value = STR("");
    bool found = false;
    for (size_t n = 0; n < LIMIT_COOKIES && str_next_piece(&pairs, &pair); n++) {
        str key, rest;
        if (!str_cut(pair, '=', &key, &rest)) {
            rest = pair;
            key = STR("");
        }
        if (str_equal(str_trim(key), name)) {
            value = str_trim(rest);
            found = true;
        }
    }
    if (found)
        *out = unquote(arena, value);
    return found;
}
