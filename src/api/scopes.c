#include "api/scopes.h"

#include "api/json.h"
#include "auth/scope.h"
#include "service/context.h"

static json_t *pattern_json(const struct scope_pattern *pattern)
{
    json_t *item = json_object(), *names = json_array();
    for (enum method method = METHOD_GET; method < METHOD_OTHER; method++)
        if (methods_have(pattern->methods, method))
            json_array_append_new(names, json_from_str(method_name(method)));
    json_add(item, "methods", names);
    json_add(item, "path", json_from_str(pattern->path));
    return item;
}

enum error scopes_show(struct shared *shared, struct request *rq, struct response *rs)
{
    struct scope_list list;
    scopes_list(shared->scopes, &rq->arena, &list);
    json_t *items = json_array();
    for (size_t i = 0; i < list.count; i++) {
        const struct scope *scope = &list.items[i];
        json_t *item = json_object(), *patterns = json_array();
        for (size_t k = 0; k < scope->pattern_count; k++)
            json_array_append_new(patterns, pattern_json(&scope->patterns[k]));
        json_add(item, "name", json_from_str(scope->name));
        json_add(item, "description", json_from_str(scope->description));
        json_add(item, "patterns", patterns);
        json_array_append_new(items, item);
    }
    json_t *body = json_object();
    json_add(body, "items", items);
    json_add(body, "next_cursor", json_null());
    return reply_json_value(rs, 200, body);
}
