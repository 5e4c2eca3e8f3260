#include "base/str.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

str str_from(const char *nul_terminated)
{
    return nul_terminated ? (str){nul_terminated, strlen(nul_terminated)} : STR("");
}

str str_of(const char *ptr, size_t len)
{
    return ptr ? (str){ptr, len} : STR("");
}

bool str_is_empty(str s)
{
    return s.len == 0;
}

bool str_equal(str a, str b)
{
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

bool str_equal_nocase(str a, str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

int str_compare(str a, str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.ptr, b.ptr, shorter);
    if (order != 0)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

bool str_starts(str s, str prefix)
{
    return s.len >= prefix.len && memcmp(s.ptr, prefix.ptr, prefix.len) == 0;
}

bool str_starts_nocase(str s, str prefix)
{
    return s.len >= prefix.len && str_equal_nocase(str_of(s.ptr, prefix.len), prefix);
}

bool str_ends(str s, str suffix)
{
    return s.len >= suffix.len && memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0;
}

bool str_contains(str s, str part)
{
    return part.len == 0 || memmem(s.ptr, s.len, part.ptr, part.len) != NULL;
}

bool str_has(str s, char c)
{
    return memchr(s.ptr, c, s.len) != NULL;
}

/*
 * Eight bytes at a time, for every header field and every token goes through these. A result's top
 * bits say whether there is such a byte; those above the first one may err.
 */
#define EACH(byte) (0x0101010101010101U * (byte))

static uint64_t word_at(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/* `limit` up to 0x80. */
static uint64_t bytes_below(uint64_t word, unsigned limit)
{
    return (word - EACH(limit)) & ~word;
}

bool str_has_control(str s)
{
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t word = word_at(s.ptr + i);
        if ((bytes_below(word, 0x20) | bytes_below(word ^ EACH(0x7F), 1)) & EACH(0x80))
            return true;
    }
    for (; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7F)
            return true;
    return false;
}

bool str_is_visible(str s)
{
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t word = word_at(s.ptr + i);
        if ((bytes_below(word, 0x21) | (word + EACH(1)) | word) & EACH(0x80))
            return false;
    }
    for (; i < s.len; i++)
        if (s.ptr[i] < 0x21 || s.ptr[i] > 0x7E)
            return false;
    return true;
}

str str_from_at(str s, size_t from)
{
    return from < s.len ? (str){s.ptr + from, s.len - from} : STR("");
}

str str_slice(str s, size_t from, size_t n)
{
    str tail = str_from_at(s, from);
    return (str){tail.ptr, tail.len < n ? tail.len : n};
}

static str trim(str s, const char *set)
{
    while (s.len > 0 && strchr(set, s.ptr[0]) && s.ptr[0] != '\0')
        s = (str){s.ptr + 1, s.len - 1};
    while (s.len > 0 && strchr(set, s.ptr[s.len - 1]) && s.ptr[s.len - 1] != '\0')
        s.len--;
    return s;
}

str str_trim(str s)
{
    return trim(s, " \t\r\n\f\v");
}

str str_trim_blanks(str s)
{
    return trim(s, " \t");
}

bool str_cut(str s, char sep, str *before, str *after)
{
    const char *at = memchr(s.ptr, sep, s.len);
    if (!at) {
        *before = s;
        *after = STR("");
        return false;
    }
    *before = (str){s.ptr, (size_t)(at - s.ptr)};
    *after = (str){at + 1, s.len - before->len - 1};
    return true;
}

bool str_cut_last(str s, char sep, str *before, str *after)
{
    const char *at = memrchr(s.ptr, sep, s.len);
    if (!at) {
        *before = s;
        *after = STR("");
        return false;
    }
    *before = (str){s.ptr, (size_t)(at - s.ptr)};
    *after = (str){at + 1, s.len - before->len - 1};
    return true;
}

bool str_cut_at(str s, str sep, str *before, str *after)
{
    const char *at = memmem(s.ptr, s.len, sep.ptr, sep.len);
    if (!at)
        return false;
    size_t len = (size_t)(at - s.ptr);
    *before = (str){s.ptr, len};
    *after = (str){at + sep.len, s.len - len - sep.len};
    return true;
}

struct str_pieces str_pieces(str s, char sep)
{
    return (struct str_pieces){.rest = s, .sep = sep, .done = false};
}

bool str_next_piece(struct str_pieces *pieces, str *piece)
{
    if (pieces->done)
        return false;
    str after;
    pieces->done = !str_cut(pieces->rest, pieces->sep, piece, &after);
    pieces->rest = after;
    return true;
}

enum error str_to_i64(str s, int64_t *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    str digits = negative ? str_from_at(s, 1) : s;
    if (digits.len == 0)
        return ERR_MALFORMED;
    int64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        if (c < '0' || c > '9')
            return ERR_MALFORMED;
        int digit = c - '0';
        /* counted below zero, where there is one value more */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return ERR_MALFORMED;
    }
    if (!negative && value == INT64_MIN)
        return ERR_MALFORMED;
    *out = negative ? value : -value;
    return OK;
}

/* Bytes of the well-formed sequence at the start of `s`, 0 if there is none. Unicode 15, table 3-7.
 */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
    unsigned char c = p[0];
    if (c < 0x80)
        return 1;
    size_t len = c >= 0xC2 && c <= 0xDF   ? 2
                 : (c & 0xF0) == 0xE0     ? 3
                 : c >= 0xF0 && c <= 0xF4 ? 4
                                          : 0;
    if (len == 0 || n < len)
        return 0;
    unsigned char low = 0x80, high = 0xBF;
    if (c == 0xE0)
        low = 0xA0;
    if (c == 0xED)
        high = 0x9F;
    if (c == 0xF0)
        low = 0x90;
    if (c == 0xF4)
        high = 0x8F;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

bool str_is_utf8(str s)
{
    for (size_t i = 0; i < s.len;) {
        size_t len = utf8_sequence((const unsigned char *)s.ptr + i, s.len - i);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

size_t str_utf8_length(str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return count;
}

bool equal_secret(str a, str b)
{
    if (a.len != b.len)
        return false;
    volatile unsigned char differ = 0;
    for (size_t i = 0; i < a.len; i++)
        differ = (unsigned char)(differ | ((unsigned char)a.ptr[i] ^ (unsigned char)b.ptr[i]));
    return differ == 0;
}

void wipe(void *memory, size_t bytes)
{
    if (bytes > 0)
        explicit_bzero(memory, bytes);
}
