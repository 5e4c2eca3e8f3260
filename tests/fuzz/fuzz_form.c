/* application/x-www-form-urlencoded. */
#include "fuzz/fuzz.h"

#include "http/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct form form;
    struct arena arena = {0};
    str value;
    if (form_parse(&arena, fuzz_text(data, size), &form) == OK) {
        promise(form.count <= LIMIT_FORM_FIELDS);
        for (size_t i = 0; i < form.count; i++) {
            promise(str_is_utf8(form.fields[i].name) && str_is_utf8(form.fields[i].value));
            promise(form_get(&form, form.fields[i].name, &value));
            promise(form_count(&form, form.fields[i].name) > 0);
        }
    }
    arena_release(&arena);
    return 0;
}
