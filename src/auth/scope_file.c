#include "auth/scope_file.h"

#include "auth/path_plain.h"
#include "base/file.h"

/* How a pattern ends. */
enum tail {
    TAIL_NONE,  /* with its last segment */
    TAIL_SLASH, /* with a slash behind it */
    TAIL_MAYBE, /* with or without */
    TAIL_REST,  /* anything behind a slash */
};

struct scope_shape {
    enum tail tail;
    size_t count;
    str segments[SCOPE_SEGMENTS_MAX]; /* decoded; empty: any */
};

struct scope_table {
    struct arena arena;
    size_t count;
    struct scope items[SCOPES_MAX]; /* sorted by name */
};

/* One file on its way into a table. */
struct reading {
    struct scope_table *table;
    struct arena *arena; /* for the problem */
    str *problem;
    size_t line;
};

static enum error refuse(const struct reading *r, str what)
{
    *r->problem = arena_printf(r->arena, "line %zu: %.*s", r->line, STR_ARG(what));
    return ERR_MALFORMED;
}

/* The end of a pattern's path, taken off. */
static enum tail take_tail(str *path)
{
    static const struct {
        str end;
        enum tail tail;
    } tails[] = {
        {STR_INIT("/**"), TAIL_REST},
        {STR_INIT("/..."), TAIL_REST},
        {STR_INIT("/?"), TAIL_MAYBE},
        {STR_INIT("/"), TAIL_SLASH},
    };
    for (size_t i = 0; i < COUNT_OF(tails); i++)
        if (str_ends(*path, tails[i].end)) {
            *path = str_slice(*path, 0, path->len - tails[i].end.len);
            return tails[i].tail;
        }
    return TAIL_NONE;
}

static enum error read_segment(const struct reading *r, str raw, struct scope_shape *shape)
{
    char room[PLAIN_SEGMENT_MAX];
    str text = STR("");
    if (shape->count == SCOPE_SEGMENTS_MAX)
        return refuse(r, STR("a pattern has at most 32 segments"));
    if (!str_equal(raw, STR("*"))) {
        if (str_has(raw, '*'))
            return refuse(r, arena_printf(r->arena,
                                          "in '%.*s' an asterisk stands beside other characters; * "
                                          "is one whole segment, ** the rest at the end",
                                          STR_ARG(raw)));
        if (!segment_decode(raw, room, &text))
            return refuse(r, arena_printf(r->arena,
                                          "'%.*s' is no segment that a path can have: no empty "
                                          "ones, no final point, escapes (%%C3) only where they "
                                          "are needed",
                                          STR_ARG(raw)));
        text = arena_copy(&r->table->arena, text);
    }
    shape->segments[shape->count++] = text;
    return OK;
}

static enum error read_path(const struct reading *r, str path, const struct scope_shape **out)
{
    struct scope_shape *shape = ARENA_NEW(&r->table->arena, struct scope_shape);
    if (!str_starts(path, STR("/")))
        return refuse(
            r, arena_printf(r->arena, "a path begins with a slash, not '%.*s'", STR_ARG(path)));
    str rest = path;
    shape->tail = take_tail(&rest);
    str segment;
    struct str_pieces pieces = str_pieces(str_from_at(rest, 1), '/');
    enum error err = OK;
    while (!err && !str_is_empty(rest) && str_next_piece(&pieces, &segment))
        err = read_segment(r, segment, shape);
    *out = shape;
    return err;
}

static enum error read_methods(const struct reading *r, str text, methods *out)
{
    str name;
    methods set = 0;
    struct str_pieces pieces = str_pieces(text, ',');
    while (str_next_piece(&pieces, &name)) {
        enum method method = method_of(name);
        if (method == METHOD_OTHER)
            return refuse(r, arena_printf(r->arena,
                                          "'%.*s' is no method; GET, HEAD, POST, PUT, PATCH, "
                                          "DELETE and OPTIONS are, with commas and no blanks "
                                          "between",
                                          STR_ARG(name)));
        if (methods_have(set, method))
            return refuse(r, arena_printf(r->arena, "%.*s is there twice", STR_ARG(name)));
        set |= 1U << method;
    }
    *out = set;
    return OK;
}

static struct scope *find_or_add(const struct reading *r, str name)
{
    struct scope_table *table = r->table;
    size_t at = 0;
    while (at < table->count && str_compare(table->items[at].name, name) < 0)
        at++;
    if (at < table->count && str_equal(table->items[at].name, name))
        return &table->items[at];
    if (table->count == SCOPES_MAX)
        return NULL;
    memmove(table->items + at + 1, table->items + at, (table->count - at) * sizeof(struct scope));
    table->items[at] = (struct scope){
        .name = arena_copy(&table->arena, name),
        .description = STR(""),
        .patterns = ARENA_ARRAY(&table->arena, struct scope_pattern, SCOPE_PATTERNS_MAX),
    };
    table->count++;
    return &table->items[at];
}

static enum error read_description(const struct reading *r, struct scope *scope, str quoted)
{
    str text = str_slice(quoted, 1, quoted.len < 2 ? 0 : quoted.len - 2);
    if (quoted.len < 2 || !str_ends(quoted, STR("\"")) || str_has(text, '"') ||
        str_has_control(text) || text.len > SCOPE_DESCRIPTION_MAX || str_is_empty(str_trim(text)))
        return refuse(r, STR("a description stands in double quotes, on one line, with at most 200 "
                             "bytes and no double quote within"));
    if (!str_is_empty(scope->description))
        return refuse(
            r, arena_printf(r->arena, "'%.*s' has a description already", STR_ARG(scope->name)));
    scope->description = arena_copy(&r->table->arena, text);
    return OK;
}

static enum error add_pattern(const struct reading *r, struct scope *scope, str value)
{
    size_t end = 0;
    while (end < value.len && value.ptr[end] != ' ' && value.ptr[end] != '\t')
        end++;
    str path = str_trim_blanks(str_from_at(value, end));
    struct scope_pattern pattern = {.path = arena_copy(&r->table->arena, path)};
    if (str_is_empty(path) || str_has(path, ' ') || str_has(path, '\t'))
        return refuse(r, STR("a line is NAME = METHOD[,METHOD] /path/pattern"));
    enum error err = read_methods(r, str_slice(value, 0, end), &pattern.methods);
    if (!err)
        err = read_path(r, path, &pattern.shape);
    if (err)
        return err;
    if (scope->pattern_count == SCOPE_PATTERNS_MAX)
        return refuse(r, STR("a name has at most 200 patterns"));
    for (size_t i = 0; i < scope->pattern_count; i++)
        if (str_equal(scope->patterns[i].path, path) &&
            (scope->patterns[i].methods & pattern.methods) != 0)
            return refuse(
                r, arena_printf(r->arena, "'%.*s' has this pattern already", STR_ARG(scope->name)));
    scope->patterns[scope->pattern_count++] = pattern;
    return OK;
}

static bool is_built_in(str name)
{
    return str_equal(name, STR(SCOPE_ALL)) || str_equal(name, STR(SCOPE_READ)) ||
           str_equal(name, STR(SCOPE_TOKENS));
}

static enum error read_line(const struct reading *r, str line)
{
    str name, value;
    if (str_is_empty(line) || str_starts(line, STR("#")))
        return OK;
    if (!str_cut(line, '=', &name, &value))
        return refuse(r, STR("a line is NAME = METHOD[,METHOD] /path/pattern"));
    name = str_trim(name);
    value = str_trim(value);
    if (!scope_name_is_good(name))
        return refuse(r, arena_printf(r->arena,
                                      "'%.*s' is no name; it has 1 to 64 of a-z, 0-9 and _ . : -",
                                      STR_ARG(name)));
    if (is_built_in(name))
        return refuse(
            r, arena_printf(r->arena, "'%.*s' is built in and cannot be redefined", STR_ARG(name)));
    struct scope *scope = find_or_add(r, name);
    if (!scope)
        return refuse(r, STR("a file has at most 200 names"));
    return str_starts(value, STR("\"")) ? read_description(r, scope, value)
                                        : add_pattern(r, scope, value);
}

/* A name that is only described permits nothing, which nobody means. */
static enum error check_whole(struct reading *r)
{
    for (size_t i = 0; i < r->table->count; i++)
        if (r->table->items[i].pattern_count == 0)
            return refuse(r, arena_printf(r->arena, "'%.*s' has a description and no pattern",
                                          STR_ARG(r->table->items[i].name)));
    return OK;
}

enum error scope_table_read(str text, struct arena *arena, str *problem, struct scope_table **out)
{
    struct reading r = {.arena = arena, .problem = problem, .line = 1};
    str line;
    if (text.len > SCOPE_FILE_BYTES_MAX)
        return refuse(&r, STR("the file has more than 256 KiB"));
    if (!str_is_utf8(text))
        return refuse(&r, STR("the file is not UTF-8"));
    r.table = calloc(1, sizeof(*r.table));
    if (!r.table)
        abort();
    enum error err = OK;
    struct str_pieces lines = str_pieces(text, '\n');
    for (; !err && str_next_piece(&lines, &line); r.line++)
        err = read_line(&r, str_trim(line));
    if (!err)
        err = check_whole(&r);
    if (err)
        scope_table_free(r.table);
    else
        *out = r.table;
    return err;
}

enum error scope_table_load(str path, struct arena *arena, str *problem, struct scope_table **out)
{
    str text;
    enum error err = file_read(path, SCOPE_FILE_BYTES_MAX, arena, problem, &text);
    if (err)
        return err;
    err = scope_table_read(text, arena, problem, out);
    if (err)
        *problem = ARENA_JOIN(arena, path, STR(", "), *problem);
    return err;
}

enum error scopes_load(struct scopes *scopes, str path, struct arena *arena, str *problem)
{
    struct scope_table *table;
    enum error err = scope_table_load(path, arena, problem, &table);
    if (!err)
        scopes_set(scopes, table);
    return err;
}

void scope_table_free(struct scope_table *table)
{
    if (!table)
        return;
    arena_release(&table->arena);
    free(table);
}

size_t scope_table_count(const struct scope_table *table)
{
    return table ? table->count : 0;
}

const struct scope *scope_table_at(const struct scope_table *table, size_t n)
{
    return &table->items[n];
}

const struct scope *scope_table_find(const struct scope_table *table, str name)
{
    for (size_t i = 0; table && i < table->count; i++)
        if (str_equal(table->items[i].name, name))
            return &table->items[i];
    return NULL;
}

static bool segment_fits(str wanted, str raw)
{
    char room[PLAIN_SEGMENT_MAX];
    str text;
    if (!segment_decode(raw, room, &text))
        return false;
    return str_is_empty(wanted) || str_equal(wanted, text);
}

static bool shape_fits(const struct scope_shape *shape, str raw_path)
{
    str piece;
    struct str_pieces pieces = str_pieces(str_from_at(raw_path, 1), '/');
    for (size_t i = 0; i < shape->count; i++)
        if (!str_next_piece(&pieces, &piece) || !segment_fits(shape->segments[i], piece))
            return false;
    switch (shape->tail) {
    case TAIL_NONE:
        return pieces.done;
    case TAIL_MAYBE:
        return pieces.done || str_is_empty(pieces.rest);
    case TAIL_SLASH:
        return !pieces.done && str_is_empty(pieces.rest);
    case TAIL_REST:
        return !pieces.done;
    }
    return false;
}

bool scope_matches(const struct scope *scope, enum method method, str raw_path)
{
    methods asked = 1U << method;
    if (method == METHOD_OTHER || !str_starts(raw_path, STR("/")))
        return false;
    if (method == METHOD_HEAD)
        asked |= METHODS_GET;
    for (size_t i = 0; i < scope->pattern_count; i++)
        if ((scope->patterns[i].methods & asked) != 0 &&
            shape_fits(scope->patterns[i].shape, raw_path))
            return true;
    return false;
}
