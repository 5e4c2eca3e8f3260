/*
 * What every fuzz target includes. A target reads bytes as a client would send them; it must not
 * crash, and what it accepts must keep the parser's promises. A broken promise is an abort.
 */
#ifndef LATCHKEY_TESTS_FUZZ_FUZZ_H
#define LATCHKEY_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline str fuzz_text(const uint8_t *data, size_t size)
{
    return str_of((const char *)data, size);
}

static inline void promise(bool kept)
{
    if (!kept)
        abort();
}

#endif
