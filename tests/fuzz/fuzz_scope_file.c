/*
 * Any bytes as a scopes file. What is accepted has names that could be in a list, none of the
 * built-in ones, and a pattern under each; what is refused says in which line.
 */
#include "fuzz/fuzz.h"

#include "auth/scope_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct scope_table *table;
    str problem = STR(""), list;
    if (scope_table_read(fuzz_text(data, size), &arena, &problem, &table)) {
        promise(str_starts(problem, STR("line ")));
    } else {
        for (size_t i = 0; i < scope_table_count(table); i++) {
            const struct scope *scope = scope_table_at(table, i);
            promise(scope_list_make(&scope->name, 1, &arena, &list) == OK);
            promise(!scope_list_is_all(scope->name) && !str_equal(scope->name, STR(SCOPE_READ)) &&
                    !str_equal(scope->name, STR(SCOPE_TOKENS)));
            promise(scope->pattern_count > 0);
            promise(scope_table_find(table, scope->name) == scope);
            promise(!scope_matches(scope, METHOD_OTHER, STR("/")));
        }
        scope_table_free(table);
    }
    arena_release(&arena);
    return 0;
}
