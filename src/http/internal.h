/*
 * What the files of the server share. Nobody outside src/http/ includes this.
 *
 *   listen.c      an address becomes a listening socket
 *   connection.c  who is connected, and who is too slow
 *   exchange.c    a request and its answer, from the library's callbacks to the application's
 *   head.c        is the head of a request one that we take?
 *   ready_answer.c  an answer that is sent more than once
 *   slow_lane.c   the queue and its workers
 *   tls.c         certificate and key
 *   server.c      starts and stops all of it
 */
#ifndef LATCHKEY_HTTP_INTERNAL_H
#define LATCHKEY_HTTP_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include <microhttpd.h>

#include "http/server.h"

struct exchange;
struct slow_lane;
struct tls;

/* ---- listen.c */

struct listener {
    struct MHD_Daemon *daemon; /* NULL: not started */
    int fd;                    /* -1: none, or the library's */
    uint16_t port;             /* 0 for a Unix socket */
    char *unix_path;           /* owned; NULL: TCP */
    dev_t device;              /* of the socket file, so that only ours is removed */
    ino_t inode;
};

/* Errors and `problem` as server_start's. */
enum error listener_open(struct listener *listener, str address, struct arena *arena,
                         str *problem) MUST_CHECK;
void listener_release(struct listener *listener); /* the daemon has been stopped before */

/* ---- connection.c */

struct connection {
    struct server *server;
    struct connection *next, *before; /* under the watch's lock */
    int fd;                           /* the library's; valid while the connection is listed */
    unsigned listener;                /* which of the server's addresses */
    struct peer peer;
    bool is_tls;
    bool linger;           /* it ends while its client may still be sending */
    _Atomic usec deadline; /* monotonic, coarse: then it is cut off; USEC_NEVER: not now */
};

/* A socket that is only kept so that the kernel does not reset it under the last answer. */
struct lingerer {
    int fd;
    usec until;
};
#define LINGERERS 32

/* One thread that cuts off whoever is too slow. */
struct watch {
    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct connection *first; /* under lock, as all that follows */
    unsigned count;
    struct lingerer lingerers[LINGERERS];
    size_t lingerer_count;
    bool stop;
};

enum error watch_start(struct watch *watch) MUST_CHECK;
void watch_stop(struct watch *watch);
unsigned watch_count(struct watch *watch);

/* MHD_OPTION_NOTIFY_CONNECTION; `cls` is a listener_context. */
struct listener_context {
    struct server *server;
    unsigned number;
    bool is_tls;
    bool is_unix;
};
void on_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                   enum MHD_ConnectionNotificationCode code);
struct connection *connection_of(struct MHD_Connection *mhd);
/* From now on it has so many seconds. 0: as many as it takes. */
void connection_give(struct connection *connection, unsigned seconds);

/* ---- exchange.c */

enum stage {
    STAGE_HEAD,    /* the request line was read */
    STAGE_BODY,    /* the body is coming, or there is none */
    STAGE_WORKING, /* suspended; a worker has it */
    STAGE_ANSWER,  /* the answer is ready to be sent */
};

struct exchange {
    struct request rq;
    struct response rs;
    struct server *server;
    struct connection *connection;
    struct MHD_Connection *mhd;
    struct exchange *next; /* in the pool */
    enum stage stage;
    enum lane lane;
    size_t body_ceiling; /* bytes; more is refused */
    bool keep_body;
    bool too_large; /* the body went over its ceiling while it was read */
    uint64_t seen;  /* bytes of body so far */
    char *body;     /* in the arena; room for body_room */
    size_t body_room;
    usec started; /* monotonic; 0: the head never came to its end */
};

/* Spare exchanges with a block of arena each. */
struct exchange_pool {
    pthread_mutex_t lock;
    struct exchange *first; /* under lock */
    unsigned count;         /* under lock */
};
#define SPARE_EXCHANGES 64

void exchange_pool_release(struct exchange_pool *pool);
/* The library's object for an answer; it borrows the body. NULL: no memory. */
struct MHD_Response *library_body(str body);
/* It copies them. False: no memory. */
bool library_add_headers(struct MHD_Response *response, const struct response_header *headers,
                         size_t count);
/* Words a refusal. */
void exchange_refuse(struct exchange *x, enum refusal refusal);

/* The library's callbacks; `cls` is the server. */
void *on_target(void *cls, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url,
                           const char *method, const char *version, const char *upload_data,
                           size_t *upload_data_size, void **req_cls);
void on_completed(void *cls, struct MHD_Connection *mhd, void **req_cls,
                  enum MHD_RequestTerminationCode code);

/* ---- ready_answer.c */

/* The library's object that says just what `rs` does; the answer's still. NULL: there is none. */
struct MHD_Response *ready_answer_library(const struct response *rs);

/* ---- head.c */

/* How the body is framed (RFC 9112 6.3). */
struct framing {
    bool has_body;
    bool is_chunked;
    uint64_t content_length; /* 0 if chunked */
    bool expects_continue;
};

/*
 * Reads what the library has parsed into `rq` and refuses what it lets pass.
 * ERR_MALFORMED, ERR_TOO_LARGE; with the latter `*refusal` says which.
 */
enum error head_read(struct request *rq, struct MHD_Connection *mhd, const char *method,
                     const char *url, const char *version, struct framing *framing,
                     enum refusal *refusal) MUST_CHECK;

/* ---- slow_lane.c */

enum error slow_lane_start(const struct server_app *app, unsigned workers, unsigned queue,
                           struct slow_lane **out) MUST_CHECK;
/* The connection is suspended already. ERR_BUSY: the queue is full, and `x` still the caller's. */
enum error slow_lane_push(struct slow_lane *lane, struct exchange *x) MUST_CHECK;
/* Refuses what waits, and all that still comes, and waits for what is being worked on. */
void slow_lane_stop(struct slow_lane *lane); /* NULL is let pass */
/* When no event thread can push any more. NULL is let pass. */
void slow_lane_free(struct slow_lane *lane);
void slow_lane_gauges(struct slow_lane *lane, struct server_gauges *out);

/* ---- tls.c */

enum error tls_new(const char *cert_file, const char *key_file, struct arena *arena, str *problem,
                   struct tls **out) MUST_CHECK;
enum error tls_reload(struct tls *tls, struct arena *arena, str *problem) MUST_CHECK;
void tls_free(struct tls *tls);

/* ---- server.c */

struct server {
    struct server_app app;
    struct server_options options; /* every default filled in; `listen` is not kept */
    struct listener *listeners;
    struct listener_context *contexts; /* one a listener */
    size_t listener_count;
    struct watch watch;
    struct exchange_pool pool;
    struct slow_lane *slow_lane;
    struct tls *tls; /* NULL: no TLS */
    uint64_t id_seed;
    _Atomic uint64_t id_count;  /* request ids given out */
    _Atomic unsigned in_flight; /* heads complete, answers not */
    _Atomic bool running;       /* started once */
    _Atomic bool stopping;
};

#endif
