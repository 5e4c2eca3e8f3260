/*
 * Lists of scopes as text.
 */
#include "auth/scope.h"

#define NAMES_MAX 64

bool scope_name_is_good(str name)
{
    if (name.len == 0 || name.len > SCOPE_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_letter = c >= 'a' && c <= 'z', is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && c != '_' && c != '.' && c != ':' && c != '-')
            return false;
    }
    return true;
}

/* Into a sorted list without doubles; false: it is full. */
static bool put(str *names, size_t *count, str name)
{
    size_t at = 0;
    while (at < *count && str_compare(names[at], name) < 0)
        at++;
    if (at < *count && str_equal(names[at], name))
        return true;
    if (*count == NAMES_MAX)
        return false;
    memmove(names + at + 1, names + at, (*count - at) * sizeof(*names));
    names[at] = name;
    ++*count;
    return true;
}

static str join(const str *names, size_t count, struct arena *arena)
{
    str pieces[2 * NAMES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            pieces[n++] = STR(" ");
        pieces[n++] = names[i];
    }
    return arena_join(arena, pieces, n);
}

enum error scope_list_make(const str *names, size_t count, struct arena *arena, str *out)
{
    str sorted[NAMES_MAX] = {STR_INIT("")};
    size_t n = 0;
    bool has_all = false;
    for (size_t i = 0; i < count; i++) {
        if (!scope_name_is_good(names[i]) || !put(sorted, &n, names[i]))
            return ERR_MALFORMED;
        has_all = has_all || str_equal(names[i], STR(SCOPE_ALL));
    }
    str list = has_all ? STR(SCOPE_ALL) : join(sorted, n, arena);
    if (n == 0 || list.len > SCOPES_BYTES_MAX)
        return ERR_MALFORMED;
    *out = list;
    return OK;
}

enum error scope_list_read(str text, struct arena *arena, str *out)
{
    str names[NAMES_MAX], name;
    size_t count = 0;
    struct str_pieces pieces = str_pieces(text, ' ');
    while (str_next_piece(&pieces, &name)) {
        if (str_is_empty(name))
            continue;
        if (count == NAMES_MAX)
            return ERR_MALFORMED;
        names[count++] = name;
    }
    return scope_list_make(names, count, arena, out);
}

bool scope_list_has(str list, str name)
{
    str piece;
    struct str_pieces pieces = str_pieces(list, ' ');
    while (str_next_piece(&pieces, &piece))
        if (str_equal(piece, name))
            return true;
    return false;
}

bool scope_list_is_all(str list)
{
    return str_is_empty(list) || str_equal(list, STR(SCOPE_ALL));
}

bool scope_narrows(str from, str to)
{
    str name;
    if (scope_list_is_all(from))
        return true;
    if (scope_list_is_all(to))
        return false;
    struct str_pieces pieces = str_pieces(to, ' ');
    while (str_next_piece(&pieces, &name))
        if (!scope_list_has(from, name))
            return false;
    return true;
}

bool scope_list_both(str a, str b, struct arena *arena, str *out)
{
    if (scope_list_is_all(a) || str_equal(a, b)) {
        *out = scope_list_is_all(b) ? STR(SCOPE_ALL) : b;
        return true;
    }
    if (scope_list_is_all(b)) {
        *out = a;
        return true;
    }
    str names[NAMES_MAX], name;
    size_t count = 0;
    struct str_pieces pieces = str_pieces(a, ' ');
    while (str_next_piece(&pieces, &name))
        if (!str_is_empty(name) && scope_list_has(b, name) && !put(names, &count, name))
            return false;
    if (count == 0)
        return false;
    *out = join(names, count, arena);
    return true;
}
