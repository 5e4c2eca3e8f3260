/*
 * From a path and a method to a row of the one route table.
 *
 * A pattern is literal segments, "{name}" for one non-empty segment and, last, "{name...}" for the
 * rest of the path (which may be empty). A final "/?" matches with and without the slash; without
 * it a pattern matches exactly, so that a surplus slash is a miss.
 *
 * The pattern decides before the method, as in Django: of several that match, literal segments win
 * over "{name}", that wins over "{name...}", from left to right. Rows with the same pattern are one
 * path. `who` and `dialect` are the application's: here they are numbers.
 */
#ifndef LATCHKEY_HTTP_ROUTER_H
#define LATCHKEY_HTTP_ROUTER_H

#include "base/error.h"
#include "base/method.h"
#include "base/str.h"
#include "http/request.h"
#include "http/response.h"

struct shared;
struct worker;

/* On the event thread: memory only, never blocks. ERR_WOULD_BLOCK: a worker must load first. */
typedef enum error fast_handler(struct shared *, struct request *, struct response *);
/* On a worker's thread. */
typedef enum error slow_handler(struct worker *, struct request *, struct response *);

struct route {
    methods methods;
    const char *path;
    uint8_t who;
    uint8_t dialect;
    uint16_t flags;
    uint32_t body_limit; /* bytes; 0: a body is not kept */
    fast_handler *fast;  /* one of `fast` and `slow` is set */
    slow_handler *slow;
    slow_handler *load; /* beside `fast`: fills what it missed, then `fast` runs again */
    const char *query; /* parameters that it reads, a blank between two; NULL: none. The application
                          holds queries to them (api/parameters.h) */
};

struct router;

/*
 * Compiles a table, which must outlive the router.
 * ERR_INVALID  a mistake in the program: a bad pattern, no handler or two, or a second row for one
 *              method of one path; `*problem` is that row's pattern
 */
enum error router_new(const struct route *routes, size_t count, const char **problem,
                      struct router **out) MUST_CHECK;
void router_free(struct router *router);

struct match {
    const struct route *route;   /* NULL: no such path, or not with this method */
    const struct route *sibling; /* some row of the path, for its dialect; NULL: no such path */
    methods allowed;             /* what the path's rows say; HEAD is not added for GET */
    struct path_params params;   /* values borrow from the path; names from the table */
};

/* HEAD is answered by GET's row unless it has its own. Any thread. */
void router_find(const struct router *router, str path, enum method method, struct match *out);

#endif
