/* multipart/form-data: the first line is the Content-Type, the rest the body. */
#include "fuzz/fuzz.h"

#include "http/form.h"
#include "http/media_type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct form form;
    struct arena arena = {0};
    struct media_type type;
    str line, body;
    if (str_cut(fuzz_text(data, size), '\n', &line, &body) &&
        media_type_parse(&arena, line, &type) == OK &&
        form_parse_multipart(&arena, body, type.boundary, &form) == OK) {
        promise(form.count <= LIMIT_FORM_FIELDS && type.boundary.len > 0);
        for (size_t i = 0; i < form.count; i++) {
            promise(str_is_utf8(form.fields[i].name));
            promise(form.fields[i].value.len <= body.len);
            promise(form_count(&form, form.fields[i].name) > 0);
        }
    }
    arena_release(&arena);
    return 0;
}
