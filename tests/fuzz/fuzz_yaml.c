/*
 * The file of `latchkey apply`: what is read must be JSON that can be written; a refusal must say
 * what is wrong.
 */
#include <assert.h>
#include <stdlib.h>

#include "cli/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    str problem = STR("");
    json_t *value = NULL;
    switch ((int)yaml_read(str_of((const char *)data, size), &arena, &problem, &value)) {
    case OK: {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        assert(text);
        free(text);
        break;
    }
    case ERR_MALFORMED:
        assert(problem.len > 0 && !value);
        break;
    default:
        assert(false);
    }
    json_decref(value);
    arena_release(&arena);
    return 0;
}
