/* Accept and Content-Type. */
#include "fuzz/fuzz.h"

#include "http/media_type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct media_type type;
    str text = fuzz_text(data, size);
    const str offered[] = {STR("application/json"), STR("text/html")};
    size_t chosen = accept_choose(text, offered, COUNT_OF(offered));
    unsigned most = 0;
    for (size_t i = 0; i < COUNT_OF(offered); i++) {
        unsigned quality = accept_quality(text, offered[i]);
        promise(quality <= 1000);
        most = quality > most ? quality : most;
    }
    promise(chosen <= COUNT_OF(offered) && (chosen == COUNT_OF(offered)) == (most == 0));
    if (media_type_parse(&arena, text, &type) == OK)
        promise(type.type.len > 0 && type.subtype.len > 0);
    arena_release(&arena);
    return 0;
}
