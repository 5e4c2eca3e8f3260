/* The Cookie header. */
#include "fuzz/fuzz.h"

#include "http/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    str value;
    static const str names[] = {STR_INIT("sessionid"), STR_INIT("csrftoken"), STR_INIT("")};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (cookie_find(&arena, fuzz_text(data, size), names[i], &value))
            promise(value.len <= size);
    arena_release(&arena);
    return 0;
}
