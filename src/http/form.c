#include "http/form.h"

#include "base/encoding.h"

static enum error field_add(struct form *form, str name, str value, bool is_file)
{
    if (form->count == LIMIT_FORM_FIELDS || name.len > LIMIT_FIELD_NAME_BYTES)
        return ERR_TOO_LARGE;
    if (!str_is_utf8(name) || (!is_file && !str_is_utf8(value)))
        return ERR_MALFORMED;
    form->fields[form->count++] = (struct form_field){name, value, is_file};
    return OK;
}

static enum error pair_read(struct arena *arena, str pair, struct form *form)
{
    str name, value;
    if (!str_cut(pair, '=', &name, &value))
        value = STR("");
    enum error err = percent_decode(arena, name, PLUS_IS_BLANK, &name);
    if (!err)
        err = percent_decode(arena, value, PLUS_IS_BLANK, &value);
    if (!err)
        err = field_add(form, name, value, false);
    return err;
}

enum error form_parse(struct arena *arena, str text, struct form *out)
{
    out->count = 0;
    struct str_pieces pairs = str_pieces(text, '&');
    str pair;
    while (str_next_piece(&pairs, &pair)) {
        if (str_is_empty(pair))
            continue;
        enum error err = pair_read(arena, pair, out);
        if (err)
            return err;
    }
    return OK;
}

/* A parameter of a Content-Disposition (RFC 7578 4.2): the text between its quotes, or a token. */
static enum error disposition_value(struct arena *arena, str *rest, str *out)
{
    if (!str_starts(*rest, STR("\""))) {
        str value, after;
        str_cut(*rest, ';', &value, &after);
        *rest = str_from_at(*rest, value.len);
        *out = str_trim_blanks(value);
        return OK;
    }
    char *text = arena_bytes(arena, rest->len);
    size_t len = 0, i = 1;
    for (; i < rest->len && rest->ptr[i] != '"'; i++) {
        if (rest->ptr[i] == '\\' && ++i == rest->len)
            return ERR_MALFORMED;
        text[len++] = rest->ptr[i];
    }
    if (i == rest->len)
        return ERR_MALFORMED;
    *rest = str_from_at(*rest, i + 1);
    *out = str_of(text, len);
    return OK;
}

struct part {
    str name;
    bool has_name;
    bool is_file;
};

static enum error disposition_read(struct arena *arena, str value, struct part *part)
{
    str kind, rest;
    str_cut(value, ';', &kind, &rest);
    if (!str_equal_nocase(str_trim_blanks(kind), STR("form-data")))
        return ERR_MALFORMED;
    while (!str_is_empty(rest = str_trim_blanks(rest))) {
        str name, text;
        if (!str_cut(rest, '=', &name, &rest))
            return ERR_MALFORMED;
        enum error err = disposition_value(arena, &rest, &text);
        if (err)
            return err;
        name = str_trim_blanks(name);
        if (str_equal_nocase(name, STR("name"))) {
            if (part->has_name)
                return ERR_MALFORMED;
            part->name = text;
            part->has_name = true;
        } else if (str_equal_nocase(name, STR("filename")) ||
                   str_equal_nocase(name, STR("filename*"))) {
            part->is_file = true;
        }
        rest = str_trim_blanks(rest);
        if (str_is_empty(rest))
            break;
        if (!str_starts(rest, STR(";")))
            return ERR_MALFORMED;
        rest = str_from_at(rest, 1);
    }
    return OK;
}

static enum error part_header_read(struct arena *arena, str line, struct part *part)
{
    str name, value;
    if (!str_cut(line, ':', &name, &value))
        return ERR_MALFORMED;
    value = str_trim_blanks(value);
    if (str_equal_nocase(name, STR("Content-Disposition")))
        return disposition_read(arena, value, part);
    /* RFC 7578 4.7 deprecates it; reading base64 as text would be worse than refusing. */
    if (str_equal_nocase(name, STR("Content-Transfer-Encoding")) &&
        !str_equal_nocase(value, STR("7bit")) && !str_equal_nocase(value, STR("8bit")) &&
        !str_equal_nocase(value, STR("binary")))
        return ERR_MALFORMED;
    return OK;
}

static enum error part_read(struct arena *arena, str text, struct form *form)
{
    struct part part = {STR(""), false, false};
    size_t header_bytes = 0;
    for (;;) {
        str line, rest;
        if (!str_cut_at(text, STR("\r\n"), &line, &rest))
            return ERR_MALFORMED;
        text = rest;
        if (str_is_empty(line))
            break;
        header_bytes += line.len;
        if (header_bytes > LIMIT_PART_HEADER_BYTES)
            return ERR_TOO_LARGE;
        enum error err = part_header_read(arena, line, &part);
        if (err)
            return err;
    }
    return part.has_name ? field_add(form, part.name, text, part.is_file) : ERR_MALFORMED;
}

/* RFC 2046 5.1.1, without the blank that may stand inside. */
static bool boundary_is_good(str boundary)
{
    for (size_t i = 0; i < boundary.len; i++) {
        char c = boundary.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              str_has(STR("'()+_,-./:=?"), c)))
            return false;
    }
    return boundary.len > 0 && boundary.len <= LIMIT_BOUNDARY_BYTES;
}

enum error form_parse_multipart(struct arena *arena, str body, str boundary, struct form *out)
{
    out->count = 0;
    if (!boundary_is_good(boundary))
        return ERR_MALFORMED;
    str delimiter = ARENA_JOIN(arena, STR("\r\n--"), boundary);
    str before, rest;
    if (str_starts(body, str_from_at(delimiter, 2)))
        rest = str_from_at(body, delimiter.len - 2);
    else if (!str_cut_at(body, delimiter, &before, &rest))
        return ERR_MALFORMED;
    for (;;) {
        if (str_starts(rest, STR("--")))
            return OK; /* what follows the end is nobody's (RFC 2046 5.1.1) */
        if (!str_starts(rest, STR("\r\n")))
            return ERR_MALFORMED;
        str part;
        if (!str_cut_at(str_from_at(rest, 2), delimiter, &part, &rest))
            return ERR_MALFORMED;
        enum error err = part_read(arena, part, out);
        if (err)
            return err;
    }
}

bool form_get(const struct form *form, str name, str *out)
{
    for (size_t i = form->count; i > 0; i--) {
        const struct form_field *field = &form->fields[i - 1];
        if (!field->is_file && str_equal(field->name, name)) {
            *out = field->value;
            return true;
        }
    }
    return false;
}

size_t form_count(const struct form *form, str name)
{
    size_t count = 0;
    for (size_t i = 0; i < form->count; i++)
        count += str_equal(form->fields[i].name, name);
    return count;
}
