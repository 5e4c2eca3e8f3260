#include "token/api_key.h"

#include "crypto/random.h"

#define RANDOM_CHARACTERS 40
#define CHECK_CHARACTERS 6

#define BASE62 "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

_Static_assert(sizeof(API_KEY_PREFIX) - 1 + RANDOM_CHARACTERS + CHECK_CHARACTERS == API_KEY_BYTES,
               "a key's length");

/* CRC-32 of IEEE 802.3, bit by bit: 40 bytes are not worth a table. */
static uint32_t crc32(str text)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < text.len; i++) {
        crc ^= (unsigned char)text.ptr[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

static void checksum(str random, char out[CHECK_CHARACTERS])
{
    uint32_t left = crc32(random);
    for (size_t i = CHECK_CHARACTERS; i-- > 0; left /= 62)
        out[i] = BASE62[left % 62];
}

str api_key_new(struct arena *arena)
{
    char check[CHECK_CHARACTERS];
    str random = random_text(arena, STR(BASE62), RANDOM_CHARACTERS);
    checksum(random, check);
    return ARENA_JOIN(arena, STR(API_KEY_PREFIX), random, str_of(check, sizeof(check)));
}

bool api_key_is_well_formed(str text)
{
    if (text.len != API_KEY_BYTES || !str_starts(text, STR(API_KEY_PREFIX)))
        return false;
    str random = str_slice(text, sizeof(API_KEY_PREFIX) - 1, RANDOM_CHARACTERS);
    for (size_t i = 0; i < random.len; i++)
        if (!str_has(STR(BASE62), random.ptr[i]))
            return false;
    char check[CHECK_CHARACTERS];
    checksum(random, check);
    return str_ends(text, str_of(check, sizeof(check)));
}

str api_key_hint(str text)
{
    return str_slice(text, 0, API_KEY_HINT_BYTES);
}
