#include "base/encoding.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

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

str hex_encode(struct arena *arena, str bytes)
{
    char *text = arena_bytes(arena, bytes.len * 2 + 1);
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        text[2 * i] = hex_digits[byte >> 4];
        text[2 * i + 1] = hex_digits[byte & 15];
    }
    text[bytes.len * 2] = '\0';
    return (str){text, bytes.len * 2};
}

enum error hex_decode(struct arena *arena, str text, str *out)
{
    if (text.len % 2 != 0)
        return ERR_MALFORMED;
    char *bytes = arena_bytes(arena, text.len / 2 + 1);
    for (size_t i = 0; i < text.len / 2; i++) {
        char high = text.ptr[2 * i], low = text.ptr[2 * i + 1];
        if (hex_value(high) < 0 || hex_value(low) < 0 || (high >= 'A' && high <= 'F') ||
            (low >= 'A' && low <= 'F'))
            return ERR_MALFORMED;
        bytes[i] = (char)(hex_value(high) << 4 | hex_value(low));
    }
    *out = (str){bytes, text.len / 2};
    return OK;
}

static size_t encode64(char *to, str bytes, const char *digits)
{
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    size_t n = bytes.len, len = 0;
    for (; n >= 3; p += 3, n -= 3) {
        uint32_t group = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        to[len++] = digits[group >> 18];
        to[len++] = digits[group >> 12 & 63];
        to[len++] = digits[group >> 6 & 63];
        to[len++] = digits[group & 63];
    }
    if (n > 0) {
        uint32_t group = (uint32_t)p[0] << 16 | (n == 2 ? (uint32_t)p[1] << 8 : 0);
        to[len++] = digits[group >> 18];
        to[len++] = digits[group >> 12 & 63];
        if (n == 2)
            to[len++] = digits[group >> 6 & 63];
    }
    return len;
}

/* Value of each character plus one, 0 for those that are no digit. */
static const unsigned char base64url_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};

static int value64(unsigned char c, bool url)
{
    if (!url) {
        if (c == '+')
            return 62;
        if (c == '/')
            return 63;
        if (c == '-' || c == '_')
            return -1;
    }
    return base64url_values[c] - 1;
}

static enum error decode64(unsigned char *to, str text, bool url, size_t *len)
{
    if (text.len % 4 == 1)
        return ERR_MALFORMED;
    size_t n = 0;
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = value64((unsigned char)text.ptr[i], url);
        if (value < 0)
            return ERR_MALFORMED;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            to[n++] = (unsigned char)(bits >> held & 0xFF);
        }
    }
    if ((bits & ((1U << held) - 1)) != 0)
        return ERR_MALFORMED; /* a second text for the same bytes (RFC 4648 3.5) */
    *len = n;
    return OK;
}

size_t base64url_encode_into(char *to, str bytes)
{
    return encode64(to, bytes, base64url_digits);
}

str base64url_encode(struct arena *arena, str bytes)
{
    char *text = arena_bytes(arena, bytes.len / 3 * 4 + 5);
    size_t len = encode64(text, bytes, base64url_digits);
    text[len] = '\0';
    return (str){text, len};
}

enum error base64url_decode_into(unsigned char *to, str text, size_t *len)
{
    return decode64(to, text, true, len);
}

enum error base64url_decode(struct arena *arena, str text, str *out)
{
    char *bytes = arena_bytes(arena, text.len / 4 * 3 + 4);
    size_t len;
    enum error err = decode64((unsigned char *)bytes, text, true, &len);
    if (err)
        return err;
    *out = (str){bytes, len};
    return OK;
}

str base64_encode(struct arena *arena, str bytes)
{
    char *text = arena_bytes(arena, bytes.len / 3 * 4 + 5);
    size_t len = encode64(text, bytes, base64_digits);
    while (len % 4 != 0)
        text[len++] = '=';
    text[len] = '\0';
    return (str){text, len};
}

enum error base64_decode(struct arena *arena, str text, str *out)
{
    if (text.len % 4 != 0)
        return ERR_MALFORMED;
    for (int i = 0; i < 2 && text.len > 0 && text.ptr[text.len - 1] == '='; i++)
        text.len--;
    char *bytes = arena_bytes(arena, text.len / 4 * 3 + 4);
    size_t len;
    enum error err = decode64((unsigned char *)bytes, text, false, &len);
    if (err)
        return err;
    *out = (str){bytes, len};
    return OK;
}

enum error percent_decode(struct arena *arena, str text, enum percent_mode mode, str *out)
{
    char *bytes = arena_bytes(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            if (text.len - i < 3)
                return ERR_MALFORMED;
            int high = hex_value(text.ptr[i + 1]), low = hex_value(text.ptr[i + 2]);
            if (high < 0 || low < 0)
                return ERR_MALFORMED;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && mode == PLUS_IS_BLANK) {
            c = ' ';
        }
        bytes[len++] = c;
    }
    bytes[len] = '\0';
    *out = (str){bytes, len};
    return OK;
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

str percent_encode(struct arena *arena, str text, enum slash_mode mode)
{
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = arena_bytes(arena, text.len * 3 + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_unreserved(c) || (c == '/' && mode == KEEP_SLASH)) {
            encoded[len++] = c;
        } else {
            encoded[len++] = '%';
            encoded[len++] = digits[(unsigned char)c >> 4];
            encoded[len++] = digits[(unsigned char)c & 15];
        }
    }
    encoded[len] = '\0';
    return (str){encoded, len};
}

str html_escape(struct arena *arena, str text)
{
    char *escaped = arena_bytes(arena, text.len * 6 + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        str piece = (str){text.ptr + i, 1};
        switch (text.ptr[i]) {
        case '&':
            piece = STR("&amp;");
            break;
        case '<':
            piece = STR("&lt;");
            break;
        case '>':
            piece = STR("&gt;");
            break;
        case '"':
            piece = STR("&quot;");
            break;
        case '\'':
            piece = STR("&#x27;");
            break;
        }
        memcpy(escaped + len, piece.ptr, piece.len);
        len += piece.len;
    }
    escaped[len] = '\0';
    return (str){escaped, len};
}
