#include "http/media_type.h"

#include "http/limits.h"

/* RFC 9110 5.6.2. */
static bool is_token_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           str_has(STR("!#$%&'*+-.^_`|~"), c);
}

static bool is_token(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_token_char(s.ptr[i]))
            return false;
    return s.len > 0;
}

static str lower_case(struct arena *arena, str s)
{
    char *text = arena_bytes(arena, s.len + 1);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        text[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    text[s.len] = '\0';
    return str_of(text, s.len);
}

/*
 * Takes the first piece before `sep` from `rest`, a quoted-string (RFC 9110 5.6.4) counting as one
 * thing whatever is in it. False when there is nothing left.
 */
static bool next_unquoted(str *rest, bool *done, char sep, str *piece)
{
    if (*done)
        return false;
    bool quoted = false;
    size_t i = 0;
    for (; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == sep && !quoted)
            break;
    }
    if (i > rest->len)
        i = rest->len; /* it ended with a backslash */
    *piece = str_slice(*rest, 0, i);
    *done = i == rest->len;
    *rest = str_from_at(*rest, i + 1);
    return true;
}

/* A token or a quoted-string; its text. */
static enum error parameter_value(struct arena *arena, str text, str *out)
{
    if (!str_starts(text, STR("\""))) {
        *out = text;
        return is_token(text) ? OK : ERR_MALFORMED;
    }
    char *value = arena_bytes(arena, text.len + 1);
    size_t len = 0, i = 1;
    for (; i < text.len && text.ptr[i] != '"'; i++) {
        if (text.ptr[i] == '\\' && ++i == text.len)
            return ERR_MALFORMED;
        value[len++] = text.ptr[i];
    }
    if (i + 1 != text.len)
        return ERR_MALFORMED; /* not closed, or something behind it */
    value[len] = '\0';
    *out = str_of(value, len);
    return OK;
}

static enum error parameter_read(struct arena *arena, str text, struct media_type *type)
{
    str name, value;
    if (!str_cut(text, '=', &name, &value) || !is_token(name))
        return ERR_MALFORMED;
    enum error err = parameter_value(arena, value, &value);
    if (err)
        return err;
    str *to = str_equal_nocase(name, STR("charset"))    ? &type->charset
              : str_equal_nocase(name, STR("boundary")) ? &type->boundary
                                                        : NULL;
    if (!to)
        return OK;
    if (!str_is_empty(*to) || str_is_empty(value))
        return ERR_MALFORMED;
    *to = value;
    return OK;
}

enum error media_type_parse(struct arena *arena, str header, struct media_type *out)
{
    struct media_type type = {STR(""), STR(""), STR(""), STR("")};
    str piece, first, second;
    bool done = false;
    if (!next_unquoted(&header, &done, ';', &piece) ||
        !str_cut(str_trim_blanks(piece), '/', &first, &second) || !is_token(first) ||
        !is_token(second))
        return ERR_MALFORMED;
    type.type = lower_case(arena, first);
    type.subtype = lower_case(arena, second);
    while (next_unquoted(&header, &done, ';', &piece)) {
        piece = str_trim_blanks(piece);
        if (str_is_empty(piece))
            continue; /* "a/b;" is allowed (RFC 9110 5.6.6) */
        enum error err = parameter_read(arena, piece, &type);
        if (err)
            return err;
    }
    *out = type;
    return OK;
}

bool media_type_is(const struct media_type *type, str full)
{
    str first, second;
    return str_cut(full, '/', &first, &second) && str_equal(type->type, first) &&
           str_equal(type->subtype, second);
}

/* RFC 9110 12.4.2: "0.8" is 800. False: not a weight. */
static bool quality_read(str text, unsigned *out)
{
    if (str_is_empty(text) || text.len > 5 || (text.ptr[0] != '0' && text.ptr[0] != '1'))
        return false;
    if (text.len > 1 && text.ptr[1] != '.')
        return false;
    unsigned value = text.ptr[0] == '1' ? 1000 : 0, unit = 100;
    for (size_t i = 2; i < text.len; i++, unit /= 10) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value += unit * (unsigned)(text.ptr[i] - '0');
    }
    if (value > 1000)
        return false;
    *out = value;
    return true;
}

/* How closely a range names the type: 0 not at all, 1 by any, 2 by its first half, 3 whole. */
static int closeness(str range, str full)
{
    if (str_equal_nocase(range, full))
        return 3;
    str type, subtype, wanted, rest;
    if (!str_cut(range, '/', &type, &subtype) || !str_equal(subtype, STR("*")) ||
        !str_cut(full, '/', &wanted, &rest))
        return 0;
    if (str_equal(type, STR("*")))
        return 1;
    return str_equal_nocase(type, wanted) ? 2 : 0;
}

/* One range with its parameters. False: cannot be read, or says nothing about `full`. */
static bool range_read(str text, str full, int *close, unsigned *quality)
{
    str piece;
    bool done = false;
    if (!next_unquoted(&text, &done, ';', &piece))
        return false;
    *close = closeness(str_trim_blanks(piece), full);
    *quality = 1000;
    while (next_unquoted(&text, &done, ';', &piece)) {
        str name, value;
        if (str_cut(str_trim_blanks(piece), '=', &name, &value) &&
            str_equal_nocase(name, STR("q")) && !quality_read(value, quality))
            return false;
    }
    return *close > 0;
}

unsigned accept_quality(str accept, str full)
{
    if (str_is_empty(str_trim_blanks(accept)))
        return 1000;
    int best = 0;
    unsigned quality = 0;
    str piece;
    bool done = false;
    for (size_t n = 0; n < LIMIT_ACCEPT_RANGES && next_unquoted(&accept, &done, ',', &piece); n++) {
        int close;
        unsigned q;
        if (!range_read(piece, full, &close, &q) || close < best)
            continue;
        if (close > best || q > quality)
            quality = q;
        best = close;
    }
    return quality;
}

size_t accept_choose(str accept, const str *offered, size_t count)
{
    size_t best = count;
    unsigned most = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned quality = accept_quality(accept, offered[i]);
        if (quality > most) {
            most = quality;
            best = i;
        }
    }
    return best;
}
