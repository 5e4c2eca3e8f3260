#include "told.h"

#include <string.h>

static const str headers[] = {
    [TOLD_USER_ID] = STR_INIT("X-Auth-User-Id"),
    [TOLD_EMAIL] = STR_INIT("X-Auth-Email"),
    [TOLD_ORGANIZATION_ID] = STR_INIT("X-Auth-Organization-Id"),
    [TOLD_ROLE] = STR_INIT("X-Auth-Role"),
    [TOLD_SCOPE] = STR_INIT("X-Auth-Scope"),
    [TOLD_TOKEN_ID] = STR_INIT("X-Auth-Token-Id"),
    [TOLD_TOKEN_KIND] = STR_INIT("X-Auth-Token-Kind"),
    [TOLD_AUTHORIZATION] = STR_INIT("Authorization"),
    [TOLD_EXPIRES_IN] = STR_INIT("X-Auth-Token-Expires-In"),
};
_Static_assert(COUNT_OF(headers) == TOLD_COUNT, "every field has its header");

str told_header(enum told_field field)
{
    return headers[field];
}

enum told_field told_field_of(str header)
{
    for (size_t i = 0; i < COUNT_OF(headers); i++)
        if (str_equal_nocase(header, headers[i]))
            return (enum told_field)i;
    return TOLD_COUNT;
}

void told_settle(struct told *told, usec now)
{
    int64_t seconds;
    if (!str_to_i64(told->fields[TOLD_EXPIRES_IN], &seconds) && seconds >= 0 && seconds < INT32_MAX)
        told->expires_at = now + SECONDS(seconds);
    told->fields[TOLD_EXPIRES_IN] = STR("");
}

enum error told_pack(const struct told *told, char *to, size_t *len)
{
    const int64_t numbers[] = {told->expires_at, told->token_key};
    size_t used = sizeof(numbers);
    memcpy(to, numbers, sizeof(numbers));
    for (size_t i = 0; i < TOLD_COUNT; i++) {
        str field = told->fields[i];
        if (field.len > UINT16_MAX || used + 2 + field.len > TOLD_BYTES_MAX)
            return ERR_TOO_LARGE;
        uint16_t field_len = (uint16_t)field.len;
        memcpy(to + used, &field_len, sizeof(field_len));
        memcpy(to + used + 2, field.ptr, field.len);
        used += 2 + field.len;
    }
    *len = used;
    return OK;
}

_Static_assert(TOLD_NUMBERS_BYTES == 2 * sizeof(int64_t), "what told_pack begins with");

enum error told_unpack(str bytes, struct told *out)
{
    int64_t numbers[2];
    if (bytes.len < sizeof(numbers))
        return ERR_MALFORMED;
    memcpy(numbers, bytes.ptr, sizeof(numbers));
    out->expires_at = numbers[0];
    out->token_key = numbers[1];
    bytes = str_from_at(bytes, sizeof(numbers));
    for (size_t i = 0; i < TOLD_COUNT; i++) {
        uint16_t field_len;
        if (bytes.len < sizeof(field_len))
            return ERR_MALFORMED;
        memcpy(&field_len, bytes.ptr, sizeof(field_len));
        str rest = {bytes.ptr + sizeof(field_len), bytes.len - sizeof(field_len)};
        if (rest.len < field_len)
            return ERR_MALFORMED;
        out->fields[i] = (str){rest.ptr, field_len};
        bytes = (str){rest.ptr + field_len, rest.len - field_len};
    }
    return bytes.len == 0 ? OK : ERR_MALFORMED;
}

static enum error take(str *words, str name, str *value)
{
    str word, rest;
    (void)str_cut(*words, ' ', &word, &rest);
    if (!str_starts(word, name))
        return ERR_MALFORMED;
    *value = str_from_at(word, name.len);
    *words = rest;
    return str_is_empty(*value) ? ERR_MALFORMED : OK;
}

static enum error read_counter(str text, struct basis *basis, size_t n)
{
    str slot_text, version_text;
    int64_t slot, version;
    if (!str_cut(text, ':', &slot_text, &version_text) || str_to_i64(slot_text, &slot) ||
        str_to_i64(version_text, &version) || slot < 0 || slot >= GENERATION_COUNTERS ||
        version < 0)
        return ERR_MALFORMED;
    basis->slot[n] = (uint32_t)slot;
    basis->version[n] = (uint64_t)version;
    return OK;
}

static enum error read_basis(str text, struct basis *out)
{
    struct str_pieces pieces = str_pieces(text, ',');
    str piece;
    for (size_t n = 0; n < COUNT_OF(out->slot); n++)
        if (!str_next_piece(&pieces, &piece) || read_counter(piece, out, n))
            return ERR_MALFORMED;
    return str_next_piece(&pieces, &piece) ? ERR_MALFORMED : OK;
}

enum error told_decision_read(str header, struct told_decision *out)
{
    struct told_decision told = {.page = STR("")};
    str words = header, ignored, until, basis, token;
    if (str_equal(words, STR("v1")) || !str_starts(words, STR("v1 ")))
        return ERR_MALFORMED;
    (void)str_cut(words, ' ', &ignored, &words);
    enum error err = take(&words, STR("page="), &told.page);
    if (!err)
        err = take(&words, STR("until="), &until);
    if (!err)
        err = take(&words, STR("basis="), &basis);
    if (!err)
        err = take(&words, STR("token="), &token);
    if (!err && !str_is_empty(words))
        err = ERR_MALFORMED;
    if (!err)
        err = str_to_i64(until, &told.until);
    if (!err)
        err = str_to_i64(token, &told.token_key);
    if (!err)
        err = read_basis(basis, &told.basis);
    if (!err)
        *out = told;
    return err;
}
