#include "api/json.h"

#include <malloc.h>

#include "http/media_type.h"

#define HUGE_NUMBER "1e300" /* no longer than the shortest that is too large, 1e309 */
#define HUGE_NUMBERS_MAX 16 /* of one body: each is one more reading */

/* The library's texts may be secrets (a token in a body): what it gives back is wiped first. */
static void wiping_free(void *memory)
{
    if (memory)
        wipe(memory, malloc_usable_size(memory));
    free(memory);
}

/* Before main, so that the daemon, the commands and the tests need not know of it: the seed of the
 * library's hash tables is read from the kernel here and not in the fast lane. */
static void __attribute__((constructor)) start_jansson(void)
{
    json_set_alloc_funcs(malloc, wiping_free);
    json_object_seed(0);
}

void json_release(json_t **value)
{
    json_decref(*value);
    *value = NULL;
}

/* Line and column count from 1, characters from 0, as Python counts them. */
static str place_of(str text, size_t at, struct arena *arena, const char *what)
{
    size_t line = 1, column = 1, characters = 0;
    for (size_t i = 0; i < at && i < text.len; i++) {
        if (((unsigned char)text.ptr[i] & 0xC0) == 0x80)
            continue; /* inside a character */
        characters++;
        column++;
        if (text.ptr[i] == '\n') {
            line++;
            column = 1;
        }
    }
    return arena_printf(arena, "%s: line %zu column %zu (char %zu)", what, line, column,
                        characters);
}

/* Where the value nests deeper than we follow; the text's length if it does not. */
static size_t find_too_deep(str text)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > LIMIT_JSON_DEPTH)
                return i;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return text.len;
}

/* In our words: the library's own quote the text, which may be a secret. */
static const char *words_of(enum json_error_code code)
{
    switch ((int)code) {
    case json_error_premature_end_of_input:
        return "Unexpected end";
    case json_error_end_of_input_expected:
        return "Extra data";
    case json_error_duplicate_key:
        return "A name comes twice in one object";
    case json_error_invalid_utf8:
        return "Not UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "A name with a null character";
    case json_error_numeric_overflow:
        return "A number that is too large";
    default: /* the library may learn new ones */
        return "Invalid syntax";
    }
}

static json_t *load(str text, size_t more, json_error_t *error)
{
    const size_t how = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    return json_loadb(text.ptr, text.len, how | more, error);
}

static size_t place_in(str text, const json_error_t *error)
{
    size_t at = error->position > 0 ? (size_t)error->position : 0;
    return at < text.len ? at : text.len;
}

static enum error explain(str text, const json_error_t *error, struct arena *arena, str *problem)
{
    *problem = place_of(text, place_in(text, error), arena, words_of(json_error_code(error)));
    return ERR_MALFORMED;
}

static enum error check_depth(str text, struct arena *arena, str *problem)
{
    size_t too_deep = find_too_deep(text);
    if (too_deep == text.len)
        return OK;
    *problem = place_of(text, too_deep, arena, "Nested too deep");
    return ERR_MALFORMED;
}

enum error json_read(str text, struct arena *arena, str *problem, json_t **out)
{
    enum error err = check_depth(text, arena, problem);
    if (err)
        return err;
    json_error_t error;
    json_t *value = load(text, 0, &error);
    if (!value && json_error_code(&error) == json_error_numeric_overflow) /* a long integer */
        value = load(text, JSON_DECODE_INT_AS_REAL, &error);
    if (!value)
        return explain(text, &error, arena, problem);
    *out = value;
    return OK;
}

/* Puts HUGE_NUMBER where the number is that ends at `end`, which was too large for the library. */
static void put_huge_number(char *text, size_t end)
{
    size_t begin = end;
    while (begin > 0 && str_has(STR("0123456789+-.eE"), text[begin - 1]))
        begin--;
    for (size_t i = begin; i < end; i++)
        text[i] = i - begin < STR(HUGE_NUMBER).len ? HUGE_NUMBER[i - begin] : ' ';
}

/* The name, as written in the text, whose closing quote stands before `end`. */
static str name_before(str text, size_t end)
{
    size_t begin = end > 0 ? end - 1 : 0;
    for (bool is_escaped = true; begin > 0 && is_escaped;) {
        while (begin > 0 && text.ptr[--begin] != '"') {
        }
        is_escaped = false;
        for (size_t i = begin; i > 0 && text.ptr[i - 1] == '\\'; i--)
            is_escaped = !is_escaped;
    }
    return str_slice(text, begin, end - begin);
}

static enum error refuse_twice(struct request *rq, str text, const json_error_t *error)
{
    json_error_t ignored;
    str written = name_before(text, place_in(text, error));
    CLEANUP(json_release) json_t *name = load(written, 0, &ignored);
    return fail_field(rq, arena_copy(&rq->arena, json_text(name)),
                      STR("Must be there once, not twice."));
}

/* As json_read, but numbers beyond the library's are HUGE_NUMBER, which no member takes: so that
 * it is named like each that is out of its range. */
static enum error read_body(struct request *rq, json_t **out)
{
    str problem = STR(""), text = rq->body;
    json_error_t error = {0};
    json_t *value = NULL;
    enum error err = check_depth(text, &rq->arena, &problem);
    for (size_t i = 0; !err && !value && i < HUGE_NUMBERS_MAX; i++) {
        value = load(text, 0, &error);
        if (value || json_error_code(&error) != json_error_numeric_overflow)
            break;
        char *copy = arena_bytes(&rq->arena, text.len);
        memcpy(copy, text.ptr, text.len);
        put_huge_number(copy, place_in(text, &error));
        text = str_of(copy, text.len);
    }
    if (!err && !value && json_error_code(&error) == json_error_duplicate_key)
        return refuse_twice(rq, text, &error);
    if (!err && !value)
        err = explain(text, &error, &rq->arena, &problem);
    if (err)
        return fail(rq, err,
                    ARENA_JOIN(&rq->arena, STR("The body is not JSON. "), problem, STR(".")));
    *out = value;
    return OK;
}

enum error body_read_value(struct request *rq, json_t **out)
{
    arena_mark_secret(&rq->arena);
    if (rq->body.len == 0) {
        *out = json_null();
        return OK;
    }
    struct media_type type;
    if (media_type_parse(&rq->arena, rq->headers[HEADER_CONTENT_TYPE], &type) ||
        !media_type_is(&type, STR("application/json")))
        return ERR_UNSUPPORTED_TYPE;
    return read_body(rq, out);
}

enum error body_read_object(struct request *rq, json_t **out)
{
    CLEANUP(json_release) json_t *value = NULL;
    enum error err = body_read_value(rq, &value);
    if (err)
        return err;
    if (rq->body.len == 0) {
        *out = json_object();
        return OK;
    }
    if (!json_is_object(value))
        return fail_field(rq, STR(""), STR("The body must be a JSON object."));
    *out = json_incref(value);
    return OK;
}

enum error body_refuse_unknown(struct request *rq, const json_t *object, const str *known,
                               size_t count)
{
    const char *name;
    json_t *value;
    enum error err = OK;
    /* the library iterates over what it may change; nothing is changed here */
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        size_t i = 0;
        while (i < count && !str_equal(known[i], str_from(name)))
            i++;
        if (i == count)
            err = fail_field(rq, arena_copy(&rq->arena, str_from(name)),
                             STR("There is no such field."));
    }
    return err;
}

str json_text(const json_t *string)
{
    return json_is_string(string) ? str_of(json_string_value(string), json_string_length(string))
                                  : STR("");
}

static _Noreturn void out_of_memory(void)
{
    abort();
}

/* For text that came past us, by an import: what is not UTF-8 is shown as '?'. */
static json_t *mended(str s)
{
    char *copy = malloc(s.len + 1);
    if (!copy)
        out_of_memory();
    for (size_t i = 0; i < s.len; i++)
        copy[i] = (unsigned char)s.ptr[i] < 0x80 ? s.ptr[i] : '?';
    json_t *value = json_stringn_nocheck(copy, s.len);
    wiping_free(copy);
    return value;
}

json_t *json_from_str(str s)
{
    json_t *value = str_is_utf8(s) ? json_stringn_nocheck(s.ptr, s.len) : mended(s);
    if (!value)
        out_of_memory();
    return value;
}

json_t *json_from_time(struct arena *arena, usec t)
{
    return t == 0 || t == USEC_NEVER ? json_null() : json_from_str(time_format(arena, t));
}

void json_add(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new_nocheck(object, name, value) != 0)
        out_of_memory();
}

str json_write(struct arena *arena, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(value);
    if (!text)
        out_of_memory();
    str copy = arena_copy(arena, str_from(text)); /* no NUL inside: it is written as \u0000 */
    wiping_free(text);
    return copy;
}

/* Needs no escape in JSON, and no white space to be dropped. */
static bool is_plain(str text)
{
    return text.len > 0 && str_is_visible(text) && !str_has(text, '"') && !str_has(text, '\\');
}

str json_write_text(struct arena *arena, str name, str text)
{
    if (is_plain(text))
        return ARENA_JOIN(arena, STR("{\""), name, STR("\":\""), text, STR("\"}"));
    json_t *object = json_object();
    json_add(object, arena_cstr(arena, name), json_from_str(text));
    return json_write(arena, object);
}

/* Takes `wanted` and the white space before it off the front; false: it is not there. */
static bool take(str *rest, str wanted)
{
    while (rest->len > 0 && str_has(STR(" \t\r\n"), rest->ptr[0]))
        *rest = str_from_at(*rest, 1);
    bool is_there = str_starts(*rest, wanted);
    if (is_there)
        *rest = str_from_at(*rest, wanted.len);
    return is_there;
}

bool json_read_text(str json, str name, str *out)
{
    str rest = json, text, end;
    if (!take(&rest, STR("{")) || !take(&rest, STR("\"")) || !str_starts(rest, name))
        return false;
    rest = str_from_at(rest, name.len);
    if (!str_starts(rest, STR("\"")))
        return false;
    rest = str_from_at(rest, 1);
    if (!take(&rest, STR(":")) || !take(&rest, STR("\"")) || !str_cut(rest, '"', &text, &end) ||
        !is_plain(text) || !take(&end, STR("}")) || !take(&end, STR("")) || end.len > 0)
        return false;
    *out = text;
    return true;
}

enum error reply_json_value(struct response *rs, int status, json_t *value)
{
    return reply_json(rs, status, json_write(rs->arena, value));
}
