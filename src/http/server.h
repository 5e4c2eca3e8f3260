/*
 * The server: sockets, threads and the two lanes. It calls the application, never the other way.
 *
 *   head complete → open ─┬ LANE_DONE                                   → answer
 *                         ├ LANE_FAST → body → fast ─┬ LANE_DONE        → answer
 *                         │                          └ LANE_SLOW ┐
 *                         └ LANE_SLOW → body ────────────────────┴ slow → answer → finish
 *
 * `open` and `fast` run on an event thread and must not block; `slow` runs on a worker's thread
 * while the connection is suspended.
 */
#ifndef LATCHKEY_HTTP_SERVER_H
#define LATCHKEY_HTTP_SERVER_H

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "http/request.h"
#include "http/response.h"

struct shared;
struct worker;
struct server;

/* An all-zero struct means the defaults, but for `listen`. */
struct server_options {
    const str *listen; /* "host:port", ":port", "[::1]:port", "unix:/path"; port 0: a free one */
    size_t listen_count;
    const char *tls_cert_file; /* PEM with its chain; NULL: no TLS. Never on Unix sockets */
    const char *tls_key_file;
    unsigned threads;     /* event threads of each address; 0: one a core */
    unsigned workers;     /* 0: four a core */
    unsigned queue;       /* 0: LIMIT_QUEUE */
    unsigned connections; /* of each address; 0: LIMIT_CONNECTIONS */
    unsigned per_address; /* 0: LIMIT_PER_ADDRESS */
    /* Seconds; 0: the limits of limits.h. For tests mostly. */
    unsigned idle_seconds, head_seconds, body_seconds, answer_seconds, stop_seconds;
};

enum lane { LANE_DONE, LANE_FAST, LANE_SLOW };

/* What the server itself refuses. The application words the answer; the status is set before. */
enum refusal {
    REFUSED_MALFORMED, /* 400: target or header fields; `rq` is filled as far as it was read */
    REFUSED_TARGET_TOO_LONG, /* 414 */
    REFUSED_HEAD_TOO_LARGE,  /* 431 */
    REFUSED_BODY_TOO_LARGE,  /* 413 */
    REFUSED_BUSY,            /* 503: the queue is full; Retry-After is set */
    REFUSED_STOPPING,        /* 503: was still in the queue when the time to stop was over */
};

struct server_app {
    struct shared *shared;

    /*
     * When the head is complete. May answer at once (LANE_DONE); a body is then read and thrown
     * away, and the connection lives on, unless the body is over LIMIT_DRAIN_BYTES. Otherwise
     * `*body_limit`, preset to LIMIT_BODY_BYTES, says how much body to collect; 0: none, it is
     * thrown away.
     */
    enum lane (*open)(struct shared *, struct request *, struct response *, size_t *body_limit);
    /* With the body. LANE_DONE or LANE_SLOW. */
    enum lane (*fast)(struct shared *, struct request *, struct response *);
    void (*slow)(struct worker *, struct request *, struct response *);
    /* Words a refusal. NULL: an empty body. On an event thread, or a worker's. */
    void (*refuse)(struct shared *, struct request *, struct response *, enum refusal);

    /* On the worker's own thread, before and after its work. NULL from the first: it cannot. */
    struct worker *(*worker_start)(struct shared *, int number);
    void (*worker_stop)(struct worker *);

    /*
     * Once for each request that came to `open` or was refused, when it is over: for the access log
     * and the metrics. `sent` is false when the client went away. NULL: not wanted. On an event
     * thread.
     */
    void (*finish)(struct shared *, const struct request *, const struct response *, usec took,
                   bool sent);
};

/*
 * Listens and serves. When it cannot, nothing is left behind and `*problem` (in `arena`) is a
 * sentence for the person at the terminal: what, and how to mend it.
 *
 * ERR_MALFORMED  an address that cannot be read
 * ERR_CONFLICT   an address that is taken
 * ERR_NOT_FOUND, ERR_INVALID  certificate or key: missing, or not usable
 * ERR_UNAVAILABLE  a worker did not start
 * ERR_IO, ERR_INTERNAL
 */
enum error server_start(const struct server_options *options, const struct server_app *app,
                        struct arena *arena, str *problem, struct server **out) MUST_CHECK;

/*
 * The same in two steps. After server_listen, callers wait in the kernel's queue for the server
 * that will serve them: a program that restarts need not refuse them while it prepares itself. A
 * failure of the second step leaves the server to server_stop.
 */
enum error server_listen(const struct server_options *options, struct arena *arena, str *problem,
                         struct server **out) MUST_CHECK;
enum error server_serve(struct server *server, const struct server_app *app,
                        str *problem) MUST_CHECK;

/*
 * Stops accepting, answers what is under way (with "Connection: close"), for at most stop_seconds,
 * and frees the server. NULL is let pass.
 */
void server_stop(struct server *server);

/* Reads certificate and key again; connections that exist keep the old. On failure the old stay. */
enum error server_reload(struct server *server, struct arena *arena, str *problem) MUST_CHECK;

/* The port of the n-th address; 0 for a Unix socket. */
uint16_t server_port(const struct server *server, size_t n);

/* For the metrics: gauges of this moment. */
struct server_gauges {
    unsigned connections; /* open now */
    unsigned in_flight;   /* requests between their head and the end of their answer */
    unsigned queued;      /* waiting for a worker */
    unsigned working;     /* workers that are busy */
};
struct server_gauges server_gauges(struct server *server);

#endif
