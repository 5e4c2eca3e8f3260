#include "token/legacy.h"

#include "crypto/random.h"

#define RANDOM_BYTES 20

str legacy_new(struct arena *arena)
{
    return random_hex(arena, RANDOM_BYTES);
}

bool legacy_is_well_formed(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return text.len >= LEGACY_MIN && text.len <= LEGACY_MAX;
}
