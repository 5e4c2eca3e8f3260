/*
 * Claims from any JSON object. jansson says whether it is one and what its values are; a walk over
 * the text, which may then rely on its form, gives the members as they were written.
 */
#include "token/internal.h"

/* Brackets within each other, outside of texts; of a text that is no JSON, anything. */
static size_t json_depth(str text)
{
    size_t depth = 0, deepest = 0;
    bool in_text = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (in_text && c == '\\')
            i++;
        else if (c == '"')
            in_text = !in_text;
        else if (!in_text && (c == '{' || c == '['))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!in_text && (c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return deepest;
}

json_t *json_object_read(str text)
{
    json_error_t error;
    if (json_depth(text) > JSON_DEPTH_MAX)
        return NULL;
    json_t *root =
        json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
    if (json_is_object(root))
        return root;
    json_decref(root);
    return NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static str skip_blanks(str s)
{
    size_t n = 0;
    while (n < s.len && is_blank(s.ptr[n]))
        n++;
    return str_from_at(s, n);
}

/* Length of the text that `s` begins with, its quotes included. */
static size_t quoted_length(str s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == '"')
            return i + 1;
    }
    return s.len;
}

/* Length of the value that `s` begins with, up to the comma or bracket that ends it. */
static size_t value_length(str s)
{
    size_t depth = 0, i = 0;
    while (i < s.len) {
        char c = s.ptr[i];
        if (c == '"') {
            i += quoted_length(str_from_at(s, i));
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}'))
            break;
        if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        i++;
    }
    return i;
}

/* The members of a well-formed object, one by one, as written. */
struct member {
    str key; /* with its quotes */
    str value;
};

static bool next_member(str *rest, struct member *out)
{
    str s = skip_blanks(*rest);
    if (s.len == 0 || (s.ptr[0] != '{' && s.ptr[0] != ','))
        return false;
    s = skip_blanks(str_from_at(s, 1));
    if (s.len == 0 || s.ptr[0] != '"')
        return false; /* an empty object */
    out->key = str_slice(s, 0, quoted_length(s));
    s = skip_blanks(str_from_at(s, out->key.len));
    s = skip_blanks(str_from_at(s, 1)); /* the colon */
    size_t len = value_length(s);
    out->value = str_trim(str_slice(s, 0, len));
    *rest = str_from_at(s, len);
    return true;
}

/* NumericDate (RFC 7519 2) as Python's int() takes it. */
static int64_t whole_seconds(double value)
{
    if (value >= 9223372036854775807.0)
        return INT64_MAX;
    if (value <= -9223372036854775808.0)
        return INT64_MIN;
    return (int64_t)value;
}

static bool read_time(const json_t *value, int64_t *out)
{
    if (!json_is_real(value))
        return false;
    *out = whole_seconds(json_real_value(value));
    return true;
}

static bool read_text(json_t *value, struct arena *arena, str *out)
{
    if (!json_is_string(value))
        return false;
    *out = arena_copy(arena, str_of(json_string_value(value), json_string_length(value)));
    return true;
}

/* A positive whole number, in digits or as a text of digits. */
static bool read_user_id(json_t *value, str written, int64_t *out)
{
    int64_t number;
    str digits = json_is_string(value) ? str_of(json_string_value(value), json_string_length(value))
                                       : written;
    if (str_to_i64(digits, &number) || number <= 0)
        return false;
    *out = number;
    return true;
}

/* The form of a value; `usable` false leaves the claim's field as it was. */
static bool read_value(enum claim claim, json_t *value, const struct member *member,
                       struct arena *arena, struct claims *claims)
{
    int64_t seconds;
    str text;
    switch (claim) {
    case CLAIM_TOKEN_TYPE:
        return read_text(value, arena, &claims->token_type);
    case CLAIM_EXP:
        if (!read_time(value, &seconds) || seconds > EXP_MAX)
            return false;
        claims->exp = seconds;
        return true;
    case CLAIM_IAT:
        return read_time(value, &claims->iat);
    case CLAIM_NBF:
        return read_time(value, &claims->nbf);
    case CLAIM_JTI:
        if (!read_text(value, arena, &text) || text.len == 0 || text.len > JTI_MAX)
            return false;
        claims->jti = text;
        return true;
    case CLAIM_USER_ID:
        claims->user_id_json = member->value;
        return read_user_id(value, member->value, &claims->user_id);
    case CLAIM_SUB:
        return json_is_string(value);
    case CLAIM_SCOPE:
        return read_text(value, arena, &claims->scope);
    }
    return false;
}

static const struct {
    str name;
    enum claim claim;
    bool is_extra; /* copied with the unknown ones */
} known[] = {
    {STR_INIT("token_type"), CLAIM_TOKEN_TYPE, false},
    {STR_INIT("exp"), CLAIM_EXP, false},
    {STR_INIT("iat"), CLAIM_IAT, false},
    {STR_INIT("nbf"), CLAIM_NBF, true},
    {STR_INIT("jti"), CLAIM_JTI, false},
    {STR_INIT("user_id"), CLAIM_USER_ID, false},
    {STR_INIT("sub"), CLAIM_SUB, true},
    {STR_INIT("scope"), CLAIM_SCOPE, true},
};

/* True if the member belongs to `extra`. */
static bool read_member(str name, json_t *value, const struct member *member, struct arena *arena,
                        struct claims *claims)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (!str_equal(known[i].name, name))
            continue;
        claims->present |= (unsigned)known[i].claim;
        if (!read_value(known[i].claim, value, member, arena, claims))
            claims->unusable |= (unsigned)known[i].claim;
        return known[i].is_extra;
    }
    return true;
}

static void append(char *text, size_t *len, str s)
{
    memcpy(text + *len, s.ptr, s.len);
    *len += s.len;
}

enum error claims_read_json(str payload, struct arena *arena, struct claims *out)
{
    json_t *root = json_object_read(payload);
    if (!root)
        return ERR_MALFORMED;
    struct claims claims = {.token_type = STR(""),
                            .jti = STR(""),
                            .user_id_json = STR(""),
                            .scope = STR(""),
                            .extra = STR("")};
    char *extra = arena_bytes(arena, payload.len); /* each member has its comma or bracket there */
    size_t extra_len = 0;
    str rest = payload;
    struct member member;
    /* jansson keeps the members in the order of the text, none is there twice, so the two walks
     * meet member by member */
    void *at = json_object_iter(root);
    while (at && next_member(&rest, &member)) {
        str name = str_of(json_object_iter_key(at), json_object_iter_key_len(at));
        if (read_member(name, json_object_iter_value(at), &member, arena, &claims)) {
            append(extra, &extra_len, STR(","));
            append(extra, &extra_len, member.key);
            append(extra, &extra_len, STR(":"));
            append(extra, &extra_len, member.value);
        }
        at = json_object_iter_next(root, at);
    }
    json_decref(root);
    claims.extra = str_of(extra, extra_len);
    *out = claims;
    return OK;
}
