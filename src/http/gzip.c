#include "http/gzip.h"

#include <assert.h>
#include <string.h>

#define TRAILER_BYTES ((size_t)8)
#define HEAD_BYTES ((size_t)10)
#define PIECE_HEAD_BYTES ((size_t)12)
#define CRC_POLYNOMIAL 0xEDB88320U   /* reflected, as all of them here */
#define CRC_ONE 0x80000000U          /* x to the 0 */
#define BLOCK_HEAD_BYTES ((size_t)5) /* of one that is stored (RFC 1951 3.2.4) */

static uint32_t read_u32(const char *from)
{
    uint32_t value = 0;
    for (int i = 4; i-- > 0;)
        value = value << 8 | (unsigned char)from[i];
    return value;
}

static char *write_number(char *to, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++, value >>= 8)
        *to++ = (char)(value & 0xFF);
    return to;
}

/* Goes on from the CRC-32 of what came before; bit by bit, as an end is short. */
static uint32_t crc32_more(uint32_t crc, str text)
{
    crc = ~crc;
    for (size_t i = 0; i < text.len; i++) {
        crc ^= (unsigned char)text.ptr[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
    }
    return ~crc;
}

/* Of polynomials over GF(2), modulo that of the CRC. */
static uint32_t multiply(uint32_t a, uint32_t b)
{
    uint32_t product = 0;
    for (uint32_t bit = CRC_ONE; bit != 0; bit >>= 1) {
        if (a & bit)
            product ^= b;
        b = (b >> 1) ^ (b & 1 ? CRC_POLYNOMIAL : 0);
    }
    return product;
}

/* Of two texts one after the other: the first one's is moved on by the second one's bytes. */
static uint32_t crc32_both(uint32_t first, uint32_t second, uint32_t second_bytes)
{
    uint32_t power = CRC_ONE >> 8; /* x to the 8: one byte */
    for (uint32_t n = second_bytes; n > 0; n >>= 1) {
        if (n & 1)
            first = multiply(first, power);
        power = multiply(power, power);
    }
    return first ^ second;
}

/* A gzip on its way. */
struct packer {
    char *at;
    uint32_t crc, length;
};

static void add_stored(struct packer *p, str text, bool is_last)
{
    assert(text.len <= GZIP_END_MAX);
    *p->at++ = is_last ? 1 : 0;
    p->at = write_number(p->at, (uint32_t)text.len, 2);
    p->at = write_number(p->at, ~(uint32_t)text.len, 2);
    memcpy(p->at, text.ptr, text.len);
    p->at += text.len;
    p->crc = crc32_more(p->crc, text);
    p->length += (uint32_t)text.len;
}

/* Takes a piece off the front. */
static void add_piece(struct packer *p, str *pieces)
{
    uint32_t packed = read_u32(pieces->ptr), crc = read_u32(pieces->ptr + 4);
    uint32_t length = read_u32(pieces->ptr + 8);
    assert(pieces->len - PIECE_HEAD_BYTES >= packed);
    memcpy(p->at, pieces->ptr + PIECE_HEAD_BYTES, packed);
    p->at += packed;
    p->crc = crc32_both(p->crc, crc, length);
    p->length += length;
    *pieces = str_from_at(*pieces, PIECE_HEAD_BYTES + packed);
}

str gzip_between(struct arena *arena, str begin, str pieces, str between, str end)
{
    /* RFC 1952 2.3: no name, no time */
    static const char head[] = "\x1f\x8b\x08\0\0\0\0\0\x02\xff";
    size_t count = 0;
    for (str rest = pieces; rest.len > 0; count++)
        rest = str_from_at(rest, PIECE_HEAD_BYTES + read_u32(rest.ptr));
    char *whole = arena_bytes(arena, HEAD_BYTES + BLOCK_HEAD_BYTES + begin.len + pieces.len +
                                         count * (BLOCK_HEAD_BYTES + between.len) +
                                         BLOCK_HEAD_BYTES + end.len + TRAILER_BYTES);
    memcpy(whole, head, HEAD_BYTES);
    struct packer p = {.at = whole + HEAD_BYTES};
    add_stored(&p, begin, false);
    for (bool is_first = true; pieces.len > 0; is_first = false) {
        if (!is_first)
            add_stored(&p, between, false);
        add_piece(&p, &pieces);
    }
    add_stored(&p, end, true);
    p.at = write_number(p.at, p.crc, 4);
    p.at = write_number(p.at, p.length, 4);
    return str_of(whole, (size_t)(p.at - whole));
}

str gzip_finish(struct arena *arena, str begun, str end)
{
    assert(begun.len >= TRAILER_BYTES && end.len <= GZIP_END_MAX);
    size_t packed = begun.len - TRAILER_BYTES;
    uint32_t crc = read_u32(begun.ptr + packed), length = read_u32(begun.ptr + packed + 4);
    size_t total = packed + BLOCK_HEAD_BYTES + end.len + TRAILER_BYTES;
    char *whole = arena_bytes(arena, total), *at = whole + packed;
    memcpy(whole, begun.ptr, packed);
    *at++ = 1; /* the last block, stored */
    at = write_number(at, (uint32_t)end.len, 2);
    at = write_number(at, ~(uint32_t)end.len, 2);
    memcpy(at, end.ptr, end.len);
    at = write_number(at + end.len, crc32_more(crc, end), 4);
    (void)write_number(at, length + (uint32_t)end.len, 4);
    return str_of(whole, total);
}
