#include "cli/yaml.h"

#include <yaml.h>

/* A document on its way to a value. */
struct reading {
    yaml_document_t *document;
    bool *seen; /* by node: a second time means an alias */
    struct arena *arena;
    str *problem;
};

static enum error wrong(struct reading *r, const yaml_mark_t *where, const char *what)
{
    *r->problem = arena_printf(r->arena, "line %zu: %s", where->line + 1, what);
    return ERR_MALFORMED;
}

static str text_of(const yaml_node_t *node)
{
    return str_of((const char *)node->data.scalar.value, node->data.scalar.length);
}

/* The core schema's notion of a plain scalar (YAML 1.2.2, 10.3.2), without fractions. */
static json_t *plain_value(str text)
{
    int64_t number;
    if (str_is_empty(text) || str_equal(text, STR("~")) || str_equal(text, STR("null")))
        return json_null();
    if (str_equal(text, STR("true")))
        return json_true();
    if (str_equal(text, STR("false")))
        return json_false();
    if (str_to_i64(text, &number) == OK)
        return json_integer(number);
    return json_stringn(text.ptr, text.len);
}

static enum error read_node(struct reading *r, int index, size_t depth, json_t **out);

static enum error read_scalar(struct reading *r, const yaml_node_t *node, json_t **out)
{
    str text = text_of(node);
    if (!str_is_utf8(text) || str_has(text, '\0'))
        return wrong(r, &node->start_mark, "a text is not UTF-8, or has a NUL in it");
    *out = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? plain_value(text)
                                                              : json_stringn(text.ptr, text.len);
    return OK;
}

static enum error read_sequence(struct reading *r, const yaml_node_t *node, size_t depth,
                                json_t **out)
{
    json_t *array = json_array();
    enum error err = OK;
    const yaml_node_item_t *item = node->data.sequence.items.start;
    for (; !err && item < node->data.sequence.items.top; item++) {
        json_t *value = NULL;
        err = read_node(r, *item, depth + 1, &value);
        if (!err)
            json_array_append_new(array, value);
    }
    if (err)
        json_decref(array);
    else
        *out = array;
    return err;
}

static enum error add_member(struct reading *r, json_t *object, const yaml_node_pair_t *pair,
                             size_t depth)
{
    json_t *value = NULL;
    const yaml_node_t *key = yaml_document_get_node(r->document, pair->key);
    if (key->type != YAML_SCALAR_NODE)
        return wrong(r, &key->start_mark, "a key must be a word");
    str name = text_of(key);
    if (!str_is_utf8(name) || str_has(name, '\0'))
        return wrong(r, &key->start_mark, "a key is not UTF-8, or has a NUL in it");
    const char *text = arena_cstr(r->arena, name);
    if (json_object_get(object, text))
        return wrong(r, &key->start_mark, "this key comes a second time");
    r->seen[pair->key] = true;
    enum error err = read_node(r, pair->value, depth + 1, &value);
    return err ? err : json_object_set_new(object, text, value) ? ERR_INTERNAL : OK;
}

static enum error read_mapping(struct reading *r, const yaml_node_t *node, size_t depth,
                               json_t **out)
{
    json_t *object = json_object();
    enum error err = OK;
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; !err && pair < node->data.mapping.pairs.top; pair++)
        err = add_member(r, object, pair, depth);
    if (err)
        json_decref(object);
    else
        *out = object;
    return err;
}

/* True for what the parser gives every node that has no tag of its own. */
static bool has_plain_tag(const yaml_node_t *node)
{
    static const str plain[] = {STR_INIT(YAML_STR_TAG), STR_INIT(YAML_SEQ_TAG),
                                STR_INIT(YAML_MAP_TAG)};
    for (size_t i = 0; node->tag && i < COUNT_OF(plain); i++)
        if (str_equal(str_from((const char *)node->tag), plain[i]))
            return true;
    return !node->tag;
}

static enum error read_node(struct reading *r, int index, size_t depth, json_t **out)
{
    const yaml_node_t *node = yaml_document_get_node(r->document, index);
    if (r->seen[index])
        return wrong(r, &node->start_mark, "anchors and aliases are not taken; write it out");
    r->seen[index] = true;
    if (!has_plain_tag(node))
        return wrong(r, &node->start_mark, "tags are not taken");
    if (depth > YAML_DEPTH_MAX)
        return wrong(r, &node->start_mark, "this is nested too deep");
    switch (node->type) {
    case YAML_SCALAR_NODE:
        return read_scalar(r, node, out);
    case YAML_SEQUENCE_NODE:
        return read_sequence(r, node, depth, out);
    case YAML_MAPPING_NODE:
        return read_mapping(r, node, depth, out);
    case YAML_NO_NODE:
        break;
    }
    return wrong(r, &node->start_mark, "this cannot be read");
}

static enum error parser_complains(const yaml_parser_t *parser, struct arena *arena, str *problem)
{
    *problem = arena_printf(arena, "line %zu: %s", parser->problem_mark.line + 1,
                            parser->problem ? parser->problem : "this is not YAML");
    return ERR_MALFORMED;
}

static enum error read_document(yaml_document_t *document, struct arena *arena, str *problem,
                                json_t **out)
{
    struct reading r = {.document = document, .arena = arena, .problem = problem};
    size_t nodes = (size_t)(document->nodes.top - document->nodes.start);
    if (nodes == 0) {
        *out = json_null();
        return OK;
    }
    r.seen = ARENA_ARRAY(arena, bool, nodes + 1); /* numbered from 1 */
    return read_node(&r, 1, 1, out);
}

static enum error expect_end(yaml_parser_t *parser, struct arena *arena, str *problem)
{
    yaml_document_t document;
    if (!yaml_parser_load(parser, &document))
        return parser_complains(parser, arena, problem);
    bool is_end = yaml_document_get_root_node(&document) == NULL;
    yaml_document_delete(&document);
    if (is_end)
        return OK;
    *problem = STR("there is more than one document");
    return ERR_MALFORMED;
}

static enum error read_only_document(yaml_parser_t *parser, struct arena *arena, str *problem,
                                     json_t **out)
{
    yaml_document_t document;
    json_t *value = NULL;
    if (!yaml_parser_load(parser, &document))
        return parser_complains(parser, arena, problem);
    enum error err = read_document(&document, arena, problem, &value);
    if (!err && yaml_document_get_root_node(&document))
        err = expect_end(parser, arena, problem);
    yaml_document_delete(&document);
    if (err)
        json_decref(value);
    else
        *out = value;
    return err;
}

enum error yaml_read(str text, struct arena *arena, str *problem, json_t **out)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return ERR_INTERNAL;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
    enum error err = read_only_document(&parser, arena, problem, out);
    yaml_parser_delete(&parser);
    return err;
}

/* Takes "name" or "[3]" off the front of a path. */
static bool take_step(str *path, str *step)
{
    size_t len = 0;
    while (len < path->len && path->ptr[len] != '.' && (len == 0 || path->ptr[len] != '['))
        len++;
    *step = str_slice(*path, 0, len);
    *path = str_from_at(*path, len);
    if (str_starts(*path, STR(".")))
        *path = str_from_at(*path, 1);
    return len > 0;
}

/* The node that a step leads to, and what its line is: a member's is that of its name. */
static yaml_node_t *follow(yaml_document_t *document, const yaml_node_t *from, str step,
                           size_t *line)
{
    int64_t index;
    if (from->type == YAML_SEQUENCE_NODE && str_starts(step, STR("[")) &&
        !str_to_i64(str_slice(step, 1, step.len - 2), &index)) {
        const yaml_node_item_t *items = from->data.sequence.items.start;
        if (index < 0 || index >= from->data.sequence.items.top - items)
            return NULL;
        yaml_node_t *node = yaml_document_get_node(document, items[index]);
        *line = node->start_mark.line + 1;
        return node;
    }
    if (from->type != YAML_MAPPING_NODE)
        return NULL;
    const yaml_node_pair_t *pair = from->data.mapping.pairs.start;
    for (; pair < from->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(document, pair->key);
        if (key->type == YAML_SCALAR_NODE && str_equal(text_of(key), step)) {
            *line = key->start_mark.line + 1;
            return yaml_document_get_node(document, pair->value);
        }
    }
    return NULL;
}

size_t yaml_line_of(str text, str path)
{
    yaml_parser_t parser;
    yaml_document_t document;
    size_t line = 1;
    if (!yaml_parser_initialize(&parser))
        return line;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
    if (yaml_parser_load(&parser, &document)) {
        str step;
        const yaml_node_t *node = yaml_document_get_root_node(&document);
        while (node && take_step(&path, &step))
            node = follow(&document, node, step, &line);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return line;
}
