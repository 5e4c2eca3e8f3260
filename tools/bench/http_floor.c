/*
 * The least that the HTTP layer costs: a server whose one fast handler answers 200 and two bytes.
 * tools/bench compares it with nginx's `return 200` on the same core.
 *
 *     http_floor [ADDRESS [EVENT-THREADS]]      until its standard input ends
 */
#include <unistd.h>

#include "http/router.h"
#include "http/server.h"

struct shared {
    struct router *router;
};

struct worker {
    int number;
};

static struct worker the_worker;

static enum error hello(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)shared;
    (void)rq;
    return reply_text(rs, 200, STR("ok"));
}

static const struct route routes[] = {
    {.methods = METHODS_GET, .path = "/", .fast = hello},
};

static enum lane open_request(struct shared *shared, struct request *rq, struct response *rs,
                              size_t *body_limit)
{
    struct match match;
    router_find(shared->router, rq->path, rq->method, &match);
    if (!match.route) {
        reply_text(rs, 404, STR("not found"));
        return LANE_DONE;
    }
    rq->route = match.route;
    *body_limit = match.route->body_limit;
    return LANE_FAST;
}

static enum lane run_fast(struct shared *shared, struct request *rq, struct response *rs)
{
    if (rq->route->fast(shared, rq, rs))
        rs->status = 500;
    return LANE_DONE;
}

static void run_slow(struct worker *worker, struct request *rq, struct response *rs)
{
    (void)worker;
    (void)rq;
    reply_empty(rs, 500);
}

static struct worker *worker_start(struct shared *shared, int number)
{
    (void)shared;
    the_worker.number = number;
    return &the_worker;
}

static void worker_stop(struct worker *worker)
{
    (void)worker;
}

int main(int argc, char **argv)
{
    struct shared shared = {NULL};
    const char *bad_row;
    if (router_new(routes, COUNT_OF(routes), &bad_row, &shared.router))
        return 1;
    str address = argc > 1 ? str_from(argv[1]) : STR("127.0.0.1:8099");
    const struct server_options options = {
        .listen = &address,
        .listen_count = 1,
        .threads = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1,
        .workers = 1,
    };
    const struct server_app app = {
        .shared = &shared,
        .open = open_request,
        .fast = run_fast,
        .slow = run_slow,
        .worker_start = worker_start,
        .worker_stop = worker_stop,
    };
    CLEANUP(arena_release) struct arena arena = {0};
    struct server *server;
    str problem;
    if (server_start(&options, &app, &arena, &problem, &server)) {
        fprintf(stderr, "http_floor: %.*s\n", STR_ARG(problem));
        return 1;
    }
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    server_stop(server);
    router_free(shared.router);
    return 0;
}
