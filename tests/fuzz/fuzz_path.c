/* Targets, and the routes that they find. */
#include "fuzz/fuzz.h"

#include "http/router.h"

static enum error handler(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)shared;
    (void)rq;
    (void)rs;
    return OK;
}

static const struct route routes[] = {
    {.methods = METHODS_GET, .path = "/", .fast = handler},
    {.methods = METHODS_GET, .path = "/api/token/?", .fast = handler},
    {.methods = METHODS_GET, .path = "/api/{kind}/{id}/?", .fast = handler},
    {.methods = METHODS_POST, .path = "/api/users/{id}", .fast = handler},
    {.methods = METHODS_GET, .path = "/static/{rest...}", .fast = handler},
};

static void check_path(const struct request *rq)
{
    promise(str_is_utf8(rq->path));
    promise(!str_contains(rq->path, STR("//")));
    promise(str_starts(rq->path, STR("/")) || str_equal(rq->path, STR("*")));
    for (size_t i = 0; i < rq->path.len; i++)
        promise((unsigned char)rq->path.ptr[i] >= ' ' && rq->path.ptr[i] != 0x7F);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct router *router;
    const char *problem;
    if (!router)
        promise(router_new(routes, COUNT_OF(routes), &problem, &router) == OK);
    struct request rq;
    struct match match;
    str value;
    request_init(&rq);
    if (request_set_target(&rq, fuzz_text(data, size)) == OK) {
        check_path(&rq);
        if (request_query(&rq, STR("a"), &value))
            promise(str_is_utf8(value));
        router_find(router, rq.path, METHOD_GET, &match);
        promise(!match.route || match.sibling);
        for (size_t i = 0; i < match.params.count; i++)
            promise(match.params.items[i].value.len <= rq.path.len);
    }
    request_release(&rq);
    return 0;
}
