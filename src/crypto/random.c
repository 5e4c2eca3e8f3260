#include "crypto/random.h"

#include <assert.h>
#include <sodium.h>

#include "base/encoding.h"

enum error crypto_start(void)
{
    return sodium_init() < 0 ? ERR_INTERNAL : OK; /* 1: it was started before */
}

void random_bytes(void *to, size_t bytes)
{
    randombytes_buf(to, bytes);
}

str random_hex(struct arena *arena, size_t bytes)
{
    char *raw = arena_bytes(arena, bytes);
    random_bytes(raw, bytes);
    str text = hex_encode(arena, str_of(raw, bytes));
    wipe(raw, bytes);
    return text;
}

str random_text(struct arena *arena, str alphabet, size_t length)
{
    assert(alphabet.len > 0 && alphabet.len <= 256);
    char *text = arena_bytes(arena, length);
    for (size_t i = 0; i < length; i++)
        text[i] = alphabet.ptr[randombytes_uniform((uint32_t)alphabet.len)];
    return str_of(text, length);
}
