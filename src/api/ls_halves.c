#include "api/ls_halves.h"

#define HALF_FIRST 0xD800U
#define HALF_LOW 0xDC00U
#define HALF_LAST 0xDFFFU
#define STAND_IN_FIRST 0x10F000U
#define ESCAPE_BYTES 6 /* \uXXXX */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The value of the \uXXXX that `text` begins with; false: it does not. */
static bool escape_value(str text, unsigned *out)
{
    if (!str_starts(text, STR("\\u")) || text.len < ESCAPE_BYTES)
        return false;
    unsigned value = 0;
    for (size_t i = 2; i < ESCAPE_BYTES; i++) {
        int digit = hex_value(text.ptr[i]);
        if (digit < 0)
            return false;
        value = value * 16 + (unsigned)digit;
    }
    *out = value;
    return true;
}

/* How many bytes the escape at the front of `text` has (a pair is one); *half is set if it is half
 * a pair. A backslash stands in strings only, so that nothing else need be understood. */
static size_t escape_length(str text, unsigned *half)
{
    unsigned first, second;
    *half = 0;
    if (!escape_value(text, &first))
        return 2;
    if (first < HALF_FIRST || first > HALF_LAST)
        return ESCAPE_BYTES;
    if (first < HALF_LOW && escape_value(str_from_at(text, ESCAPE_BYTES), &second) &&
        second >= HALF_LOW && second <= HALF_LAST)
        return (size_t)2 * ESCAPE_BYTES;
    *half = first;
    return ESCAPE_BYTES;
}

/* Where the next half is, from `from` on; the text's length if there is none. */
static size_t find_half(str text, size_t from, unsigned *half)
{
    for (size_t i = from; i < text.len;) {
        if (text.ptr[i] != '\\') {
            i++;
            continue;
        }
        size_t len = escape_length(str_from_at(text, i), half);
        if (*half)
            return i;
        i += len;
    }
    return text.len;
}

static str stand_in(struct arena *arena, unsigned half)
{
    unsigned above = STAND_IN_FIRST + (half - HALF_FIRST) - 0x10000U;
    return arena_printf(arena, "\\u%04x\\u%04x", 0xD800U + (above >> 10),
                        0xDC00U + (above & 0x3FFU));
}

str halves_replace(struct arena *arena, str text, bool *has_halves)
{
    unsigned half;
    size_t at = find_half(text, 0, &half);
    *has_halves = at < text.len;
    if (!*has_halves)
        return text;

    char *copy = arena_bytes(arena, text.len * 2); /* each six bytes become twelve at most */
    size_t len = 0, from = 0;
    while (at < text.len) {
        str instead = stand_in(arena, half);
        memcpy(copy + len, text.ptr + from, at - from);
        len += at - from;
        memcpy(copy + len, instead.ptr, instead.len);
        len += instead.len;
        from = at + ESCAPE_BYTES;
        at = find_half(text, from, &half);
    }
    memcpy(copy + len, text.ptr + from, text.len - from);
    return str_of(copy, len + text.len - from);
}

unsigned halves_first(str text)
{
    /* U+10F000 to U+10F7FF are F4 8F 80 80 to F4 8F 9F BF */
    for (size_t i = 0; i + 3 < text.len; i++) {
        const unsigned char *b = (const unsigned char *)text.ptr + i;
        if (b[0] == 0xF4 && b[1] == 0x8F && b[2] >= 0x80 && b[2] <= 0x9F)
            return HALF_FIRST + (((unsigned)b[2] & 0x3F) << 6 | ((unsigned)b[3] & 0x3F));
    }
    return 0;
}
