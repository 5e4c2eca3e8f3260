#include "http/gzip.h"

#include <assert.h>
#include <string.h>

#define TRAILER_BYTES ((size_t)8)
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
            crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
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
