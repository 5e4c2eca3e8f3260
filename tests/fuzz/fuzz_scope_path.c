/*
 * Any bytes as a path that scopes are asked about. What a set lets pass has one reading: however
 * often it is decoded, cut at a semicolon or its slashes are merged, it stays below the pattern.
 */
#include "fuzz/fuzz.h"

#include "auth/scope_file.h"

static const str file = STR_INIT("s = GET /open/**\n"
                                 "s = GET /one/*\n");

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* As a careless reader does it: what is no escape stays. */
static str decode(str s, struct arena *arena)
{
    char *out = arena_bytes(arena, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool is_escape =
            s.ptr[i] == '%' && i + 2 < s.len && hex(s.ptr[i + 1]) >= 0 && hex(s.ptr[i + 2]) >= 0;
        out[len++] = is_escape ? (char)(hex(s.ptr[i + 1]) << 4 | hex(s.ptr[i + 2])) : s.ptr[i];
        i += is_escape ? 2 : 0;
    }
    return str_of(out, len);
}

static void check_reading(str path)
{
    promise(str_starts(path, STR("/open/")) || str_starts(path, STR("/one/")));
    promise(!str_contains(path, STR("//")) && !str_contains(path, STR("/../")) &&
            !str_contains(path, STR("/./")) && !str_ends(path, STR("/..")) &&
            !str_ends(path, STR("/.")) && !str_has(path, '\\') && !str_has(path, ';') &&
            !str_has(path, '\0') && !str_has(path, '?') && !str_has(path, '#'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scopes *scopes;
    struct arena arena = {0};
    str problem;
    if (!scopes) {
        struct scope_table *table;
        scopes = scopes_new();
        promise(scope_table_read(file, &arena, &problem, &table) == OK);
        scopes_set(scopes, table);
    }
    str path = fuzz_text(data, size);
    const struct scope_question question = {
        .has_method = true, .method = METHOD_GET, .raw_path = path, .base = STR("")};
    if (scopes_permit(scopes, STR("s"), &question) == SCOPE_YES) {
        promise(path_is_plain(path));
        str once = decode(path, &arena), twice = decode(once, &arena);
        check_reading(path);
        check_reading(once);
        promise(str_equal(once, twice) && str_is_utf8(once));
        size_t slashes = 0;
        for (size_t i = 0; i < once.len; i++)
            slashes += once.ptr[i] == '/';
        promise(str_starts(once, STR("/open/")) || slashes == 2);
    }
    arena_release(&arena);
    return 0;
}
