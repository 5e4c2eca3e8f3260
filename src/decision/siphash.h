/*
 * SipHash (Aumasson, Bernstein 2012): a keyed hash of 64 bits for tables whose keys come from
 * strangers. Who does not know the hash's key cannot make texts that meet in one place. SipHash-1-3
 * is enough for that, as its authors say for hash tables; 2-4 is here for its published vector.
 * XXH3 would be faster, but it promises nothing against such texts, and is one more dependency for
 * those who link this folder.
 */
#ifndef LATCHKEY_DECISION_SIPHASH_H
#define LATCHKEY_DECISION_SIPHASH_H

#include <endian.h>
#include <string.h>

#include "base/str.h"

struct siphash_key {
    uint64_t k[2];
};

static inline uint64_t siphash_rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void siphash_rounds(uint64_t v[4], int rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = siphash_rotate(v[1], 13) ^ v[0];
        v[3] = siphash_rotate(v[3], 16) ^ v[2];
        v[0] = siphash_rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = siphash_rotate(v[1], 17) ^ v[2];
        v[3] = siphash_rotate(v[3], 21) ^ v[0];
        v[2] = siphash_rotate(v[2], 32);
    }
}

static inline uint64_t siphash(const struct siphash_key *key, int rounds, int final_rounds, str s)
{
    uint64_t v[4] = {key->k[0] ^ 0x736f6d6570736575, key->k[1] ^ 0x646f72616e646f6d,
                     key->k[0] ^ 0x6c7967656e657261, key->k[1] ^ 0x7465646279746573};
    size_t at = 0;
    for (; s.len - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, s.ptr + at, 8);
        word = le64toh(word);
        v[3] ^= word;
        siphash_rounds(v, rounds);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)s.len << 56;
    for (size_t i = 0; at + i < s.len; i++)
        last |= (uint64_t)(unsigned char)s.ptr[at + i] << (8 * i);
    v[3] ^= last;
    siphash_rounds(v, rounds);
    v[0] ^= last;
    v[2] ^= 0xff;
    siphash_rounds(v, final_rounds);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
