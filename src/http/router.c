#include "http/router.h"

/*
 * Paths without parameters are in a hash table, and all of them in a tree whose nodes are segments.
 * Most requests end at the table; the tree answers the rest.
 */

enum { NONE = -1 };
enum { BARE, SLASHED }; /* how a path ends */

struct node {
    str segment;     /* of a literal node */
    int first_child; /* literal ones; the others follow by `next` */
    int next;
    int param;  /* the child for "{name}" */
    int end[2]; /* BARE and SLASHED: index of the path that ends here */
    int tail;   /* index of the path that goes on with "{name...}" */
};

/* All rows of one path. */
struct path {
    const struct route *rows[METHOD_COUNT];
    const struct route *first;
    methods allowed;
    str names[LIMIT_PATH_PARAMS];
    size_t name_count;
};

struct literal {
    str text;
    const struct path *path; /* NULL: an empty slot */
};

struct router {
    struct node *nodes;
    int node_count;
    struct path *paths;
    int path_count;
    struct literal *literals;
    size_t mask; /* slots minus one; their number is a power of two, and half of them are empty */
};

static size_t hash(str text)
{
    uint64_t h = text.len, word;
    for (; text.len >= sizeof(word); text = str_from_at(text, sizeof(word))) {
        memcpy(&word, text.ptr, sizeof(word));
        h = (h ^ word) * 0x9E3779B97F4A7C15U;
        h ^= h >> 29;
    }
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ (unsigned char)text.ptr[i]) * 0x100000001B3U;
    return (size_t)(h ^ h >> 32);
}

static const struct path *literal_find(const struct router *router, str text)
{
    for (size_t i = hash(text);; i++) {
        const struct literal *slot = &router->literals[i & router->mask];
        if (!slot->path || str_equal(slot->text, text))
            return slot->path;
    }
}

static void literal_add(struct router *router, str text, const struct path *path)
{
    if (literal_find(router, text))
        return;
    size_t i = hash(text);
    while (router->literals[i & router->mask].path)
        i++;
    router->literals[i & router->mask] = (struct literal){text, path};
}

static int node_new(struct router *router, str segment)
{
    router->nodes[router->node_count] =
        (struct node){segment, NONE, NONE, NONE, {NONE, NONE}, NONE};
    return router->node_count++;
}

static int literal_child(const struct router *router, int node, str segment)
{
    int child = router->nodes[node].first_child;
    while (child != NONE && !str_equal(router->nodes[child].segment, segment))
        child = router->nodes[child].next;
    return child;
}

/* The child for a segment of a pattern, made if it is not there. */
static int child_for(struct router *router, int node, str segment, bool is_param)
{
    int child = is_param ? router->nodes[node].param : literal_child(router, node, segment);
    if (child != NONE)
        return child;
    child = node_new(router, segment);
    if (is_param) {
        router->nodes[node].param = child;
    } else {
        router->nodes[child].next = router->nodes[node].first_child;
        router->nodes[node].first_child = child;
    }
    return child;
}

/* A pattern, walked down into the tree. */
struct pattern {
    int node;
    bool ends[2]; /* BARE, SLASHED */
    bool is_tail;
    str names[LIMIT_PATH_PARAMS];
    size_t name_count;
};

static bool name_add(struct pattern *pattern, str name)
{
    if (pattern->name_count == LIMIT_PATH_PARAMS || str_is_empty(name))
        return false;
    for (size_t i = 0; i < pattern->name_count; i++)
        if (str_equal(pattern->names[i], name))
            return false;
    pattern->names[pattern->name_count++] = name;
    return true;
}

/* One segment. False: badly written. */
static bool segment_read(struct router *router, struct pattern *pattern, str segment)
{
    bool is_param = str_starts(segment, STR("{")) && str_ends(segment, STR("}"));
    str name = is_param ? str_slice(segment, 1, segment.len - 2) : segment;
    pattern->is_tail = is_param && str_ends(name, STR("..."));
    if (pattern->is_tail)
        name.len -= 3;
    if (str_is_empty(name) || str_has(name, '{') || str_has(name, '}') || str_has(name, '?'))
        return false;
    if (is_param && !name_add(pattern, name))
        return false;
    if (!pattern->is_tail)
        pattern->node = child_for(router, pattern->node, segment, is_param);
    return true;
}

static bool pattern_read(struct router *router, str text, struct pattern *pattern)
{
    *pattern = (struct pattern){.node = 0};
    if (!str_starts(text, STR("/")))
        return false;
    pattern->ends[SLASHED] = str_ends(text, STR("/")) || str_ends(text, STR("/?"));
    pattern->ends[BARE] = !str_ends(text, STR("/"));
    if (str_ends(text, STR("/?")))
        text.len -= 2;
    else if (str_ends(text, STR("/")))
        text.len -= 1;
    if (str_is_empty(text))
        return !pattern->ends[BARE]; /* "/": the root has no bare form */
    struct str_pieces segments = str_pieces(str_from_at(text, 1), '/');
    str segment;
    while (str_next_piece(&segments, &segment))
        if (pattern->is_tail || !segment_read(router, pattern, segment))
            return false;
    return !pattern->is_tail || !pattern->ends[SLASHED];
}

/* Adds a row to the path that `*index` names, which is made if it is not there. */
static bool row_add(struct router *router, int *index, const struct pattern *pattern,
                    const struct route *row)
{
    if (*index == NONE)
        *index = router->path_count++;
    struct path *path = &router->paths[*index];
    if (!path->first) {
        path->first = row;
        memcpy(path->names, pattern->names, sizeof(path->names));
        path->name_count = pattern->name_count;
    }
    if ((path->allowed & row->methods) != 0)
        return false;
    for (size_t i = 0; i < pattern->name_count; i++)
        if (!str_equal(path->names[i], pattern->names[i]))
            return false; /* one path, two names for one thing */
    path->allowed |= row->methods;
    for (int method = 0; method < METHOD_COUNT; method++)
        if (methods_have(row->methods, (enum method)method))
            path->rows[method] = row;
    return true;
}

static bool route_add(struct router *router, const struct route *row)
{
    struct pattern pattern;
    str text = str_from(row->path);
    bool has_handler = (row->fast != NULL) != (row->slow != NULL);
    if (!pattern_read(router, text, &pattern) || row->methods == 0 || !has_handler ||
        (row->load && !row->fast))
        return false;
    struct node *node = &router->nodes[pattern.node];
    if (pattern.is_tail)
        return row_add(router, &node->tail, &pattern, row);
    for (int how = BARE; how <= SLASHED; how++)
        if (pattern.ends[how] && !row_add(router, &node->end[how], &pattern, row))
            return false;
    if (pattern.name_count > 0)
        return true;
    if (str_ends(text, STR("?")))
        text.len--;
    if (pattern.ends[SLASHED])
        literal_add(router, text, &router->paths[node->end[SLASHED]]);
    if (pattern.ends[BARE])
        literal_add(router, pattern.ends[SLASHED] ? str_slice(text, 0, text.len - 1) : text,
                    &router->paths[node->end[BARE]]);
    return true;
}

static size_t segments_of(const struct route *routes, size_t count)
{
    size_t segments = 0;
    for (size_t i = 0; i < count; i++)
        for (const char *c = routes[i].path; *c; c++)
            segments += *c == '/';
    return segments;
}

enum error router_new(const struct route *routes, size_t count, const char **problem,
                      struct router **out)
{
    size_t slots = 16;
    while (slots < 4 * count)
        slots *= 2;
    struct router *router = calloc(1, sizeof(*router));
    if (!router)
        return ERR_INTERNAL;
    router->nodes = calloc(segments_of(routes, count) + 1, sizeof(*router->nodes));
    router->paths = calloc(2 * count + 1, sizeof(*router->paths));
    router->literals = calloc(slots, sizeof(*router->literals));
    router->mask = slots - 1;
    if (!router->nodes || !router->paths || !router->literals) {
        router_free(router);
        return ERR_INTERNAL;
    }
    node_new(router, STR("")); /* the root */
    for (size_t i = 0; i < count; i++) {
        if (!route_add(router, &routes[i])) {
            *problem = routes[i].path;
            router_free(router);
            return ERR_INVALID;
        }
    }
    *out = router;
    return OK;
}

void router_free(struct router *router)
{
    if (!router)
        return;
    free(router->nodes);
    free(router->paths);
    free(router->literals);
    free(router);
}

/* The values of the parameters met on the way down. */
struct values {
    str items[LIMIT_PATH_PARAMS];
    size_t count;
};

static const struct path *path_at(const struct router *router, int index)
{
    return index == NONE ? NULL : &router->paths[index];
}

static const struct path *walk(const struct router *router, int at, str rest,
                               struct values *values);

/* Goes on below `child`, which has taken a segment, or ends there. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the longest pattern of the table */
static const struct path *descend(const struct router *router, int child, bool is_last, str rest,
                                  struct values *values)
{
    if (child == NONE)
        return NULL;
    return is_last ? path_at(router, router->nodes[child].end[BARE])
                   : walk(router, child, rest, values);
}

/* `rest` is what follows the slash behind the node. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the longest pattern of the table */
static const struct path *walk(const struct router *router, int at, str rest, struct values *values)
{
    const struct node *node = &router->nodes[at];
    const struct path *found = NULL;
    if (str_is_empty(rest)) {
        found = path_at(router, node->end[SLASHED]);
    } else {
        str segment, after;
        bool is_last = !str_cut(rest, '/', &segment, &after);
        found = descend(router, literal_child(router, at, segment), is_last, after, values);
        if (!found && node->param != NONE && !str_is_empty(segment)) {
            size_t count = values->count;
            values->items[values->count++] = segment;
            found = descend(router, node->param, is_last, after, values);
            if (!found)
                values->count = count;
        }
    }
    if (!found && node->tail != NONE) {
        found = path_at(router, node->tail);
        values->items[values->count++] = rest;
    }
    return found;
}

void router_find(const struct router *router, str path, enum method method, struct match *out)
{
    out->params.count = 0;
    const struct path *found = literal_find(router, path);
    if (!found && str_starts(path, STR("/"))) {
        struct values values = {.count = 0};
        found = walk(router, 0, str_from_at(path, 1), &values);
        for (size_t i = 0; found && i < found->name_count; i++)
            out->params.items[i] = (struct path_param){found->names[i], values.items[i]};
        out->params.count = found ? found->name_count : 0;
    }
    out->sibling = found ? found->first : NULL;
    out->allowed = found ? found->allowed : 0;
    out->route = found ? found->rows[method] : NULL;
    if (found && !out->route && method == METHOD_HEAD)
        out->route = found->rows[METHOD_GET];
}
