/*
 * Whether there is one way to read a path.
 */
#include "auth/path_plain.h"

#include "auth/scope.h"

/* Sent as they are (RFC 3986 2.3); escaped, a path has two spellings. */
static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* What else may stand in a segment (3.3) but for the semicolon, from which some servers cut off. */
static bool is_harmless(unsigned char c)
{
    return c != '\0' && str_has(STR("!$&'()*+,=:@"), (char)c);
}

/* Behind an escape: what one reader more would take for structure. */
static bool is_structure(unsigned char c)
{
    return c < ' ' || c == 0x7F || str_has(STR("/\\%;?#"), (char)c);
}

/*
 * Characters that some readers fold (Unicode's NFKC, a code page's best fit) to a slash, backslash,
 * point, percent, semicolon, question or number sign; and those that show nothing, which some file
 * systems leave out.
 */
static const struct {
    uint32_t from, to;
} look_alikes[] = {
    {0x0080, 0x00A0}, {0x00AD, 0x00AD},   {0x037E, 0x037E},   {0x061C, 0x061C}, {0x180E, 0x180E},
    {0x2000, 0x200F}, {0x2024, 0x202F},   {0x2044, 0x2044},   {0x2047, 0x2049}, {0x205F, 0x206F},
    {0x2100, 0x2101}, {0x2105, 0x2106},   {0x2215, 0x2216},   {0x2488, 0x249B}, {0x29F5, 0x29F5},
    {0x29F8, 0x29F9}, {0x3000, 0x3000},   {0x33C2, 0x33C2},   {0x33C7, 0x33C7}, {0x33D8, 0x33D8},
    {0xFE10, 0xFE1F}, {0xFE30, 0xFE30},   {0xFE50, 0xFE6F},   {0xFEFF, 0xFEFF}, {0xFF03, 0xFF03},
    {0xFF05, 0xFF05}, {0xFF0E, 0xFF0F},   {0xFF1B, 0xFF1B},   {0xFF1F, 0xFF1F}, {0xFF3C, 0xFF3C},
    {0xFFF9, 0xFFFF}, {0x1F100, 0x1F100}, {0xE0000, 0xE0FFF},
};

static bool is_look_alike(uint32_t c)
{
    for (size_t i = 0; i < COUNT_OF(look_alikes); i++)
        if (c >= look_alikes[i].from && c <= look_alikes[i].to)
            return true;
    return false;
}

/* Of well-formed UTF-8, the character that `s` begins with, and its bytes. */
static uint32_t first_character(str s, size_t *bytes)
{
    unsigned char c = (unsigned char)s.ptr[0];
    *bytes = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    uint32_t value = *bytes == 1 ? c : c & (0x7FU >> *bytes);
    for (size_t i = 1; i < *bytes; i++)
        value = value << 6 | ((unsigned char)s.ptr[i] & 0x3FU);
    return value;
}

static bool has_look_alikes(str text)
{
    size_t bytes;
    for (size_t at = 0; at < text.len; at += bytes)
        if (is_look_alike(first_character(str_from_at(text, at), &bytes)))
            return true;
    return false;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The escape that `s` begins with; -1: it is none. */
static int escaped_byte(str s)
{
    if (s.len < 3 || hex_value(s.ptr[1]) < 0 || hex_value(s.ptr[2]) < 0)
        return -1;
    return hex_value(s.ptr[1]) << 4 | hex_value(s.ptr[2]);
}

bool segment_decode(str raw, char room[PLAIN_SEGMENT_MAX], str *out)
{
    size_t len = 0;
    if (raw.len > 3 * PLAIN_SEGMENT_MAX)
        return false;
    for (size_t at = 0; at < raw.len; at++) {
        unsigned char c = (unsigned char)raw.ptr[at];
        if (c == '%') {
            int byte = escaped_byte(str_from_at(raw, at));
            if (byte < 0 || is_structure((unsigned char)byte) || is_unreserved((unsigned char)byte))
                return false;
            c = (unsigned char)byte;
            at += 2;
        } else if (!is_unreserved(c) && !is_harmless(c)) {
            return false;
        }
        if (len == PLAIN_SEGMENT_MAX)
            return false;
        room[len++] = (char)c;
    }
    str text = str_of(room, len);
    if (str_is_empty(text) || str_ends(text, STR(".")) || str_ends(text, STR(" ")) ||
        str_starts(text, STR(" ")) || !str_is_utf8(text) || has_look_alikes(text))
        return false; /* "." and ".." end in a point too */
    *out = text;
    return true;
}

bool path_is_plain(str raw_path)
{
    char room[PLAIN_SEGMENT_MAX];
    str segment, text;
    if (!str_starts(raw_path, STR("/")))
        return false;
    struct str_pieces pieces = str_pieces(str_from_at(raw_path, 1), '/');
    while (str_next_piece(&pieces, &segment)) {
        bool is_final_slash = str_is_empty(segment) && pieces.done;
        if (!is_final_slash && !segment_decode(segment, room, &text))
            return false;
    }
    return true;
}
