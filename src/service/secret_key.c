#include "service/secret_key.h"

static enum error refuse(struct arena *arena, str name, const char *why, str *problem)
{
    *problem = arena_printf(arena,
                            "'%.*s' %s; give a file with SECRET_KEY alone, or the .env of Label "
                            "Studio's data folder",
                            STR_ARG(name), why);
    return ERR_INVALID;
}

static str without_carriage_return(str line)
{
    return str_ends(line, STR("\r")) ? str_slice(line, 0, line.len - 1) : line;
}

/* As Label Studio's loader does: 'x' and "x" are x. */
static str without_quotes(str value)
{
    bool is_quoted = value.len >= 2 && (value.ptr[0] == '\'' || value.ptr[0] == '"') &&
                     value.ptr[value.len - 1] == value.ptr[0];
    return is_quoted ? str_slice(value, 1, value.len - 2) : value;
}

/* The value of the last SECRET_KEY= line; false when there is none. */
static bool find_line(str text, str *out)
{
    bool is_found = false;
    struct str_pieces lines = str_pieces(text, '\n');
    str line;
    while (str_next_piece(&lines, &line)) {
        line = without_carriage_return(line);
        if (str_starts(line, STR("export ")))
            line = str_from_at(line, 7);
        str name, value;
        if (!str_cut(line, '=', &name, &value) || !str_equal(name, STR("SECRET_KEY")))
            continue;
        *out = without_quotes(value);
        is_found = true;
    }
    return is_found;
}

enum error secret_key_parse(str text, str name, struct arena *arena, str *problem, str *out)
{
    str key;
    if (!find_line(text, &key)) {
        key = str_ends(text, STR("\n")) ? str_slice(text, 0, text.len - 1) : text;
        key = without_carriage_return(key);
        if (str_has(key, '\n'))
            return refuse(arena, name,
                          "has several lines, and none begins with SECRET_KEY=", problem);
    }
    if (str_is_empty(key))
        return refuse(arena, name, "holds no key", problem);
    *out = key;
    return OK;
}

bool secret_key_is_doubtful(str key)
{
    return str_starts(key, STR("$"));
}
