#include "http/server.h"

#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "http/internal.h"
#include "http/tls.h"

#define DESCRIPTORS_BESIDE 256 /* files, databases and upstreams, beside the connections */

static unsigned or_default(unsigned given, unsigned preset)
{
    return given > 0 ? given : preset;
}

static struct server_options options_complete(const struct server_options *given)
{
    struct server_options o = *given;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned cores = online > 0 ? (unsigned)online : 1;
    o.listen = NULL;
    o.threads = or_default(o.threads, cores);
    o.workers = or_default(o.workers, 4 * cores);
    o.queue = or_default(o.queue, LIMIT_QUEUE);
    o.connections = or_default(o.connections, LIMIT_CONNECTIONS);
    o.per_address = or_default(o.per_address, LIMIT_PER_ADDRESS);
    o.idle_seconds = or_default(o.idle_seconds, LIMIT_IDLE_SECONDS);
    o.head_seconds = or_default(o.head_seconds, LIMIT_HEAD_SECONDS);
    o.body_seconds = or_default(o.body_seconds, LIMIT_BODY_SECONDS);
    o.answer_seconds = or_default(o.answer_seconds, LIMIT_ANSWER_SECONDS);
    o.stop_seconds = or_default(o.stop_seconds, LIMIT_STOP_SECONDS);
    return o;
}

/* As far as we may: a shell's usual 1024 descriptors are fewer than the connections we allow. */
static void descriptors_raise(const struct server_options *options)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)options->connections * options->listen_count + DESCRIPTORS_BESIDE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
        log_warning("only %llu files may be open at once; that limits the connections",
                    (unsigned long long)limit.rlim_cur);
}

/* Decoding is ours: once, strictly, after the library has left the target alone. */
static size_t leave_as_it_is(void *cls, struct MHD_Connection *mhd, char *text)
{
    (void)cls;
    (void)mhd;
    return strlen(text);
}

static void library_log(void *cls, const char *format, va_list arguments)
{
    struct server *server = cls;
    /* While it starts, a failure is ours; later it is some client's, and of interest to few. */
    enum log_level level = atomic_load(&server->running) ? LOG_DEBUG : LOG_ERROR;
    if (!log_is_on(level))
        return;
    char line[256];
    /* The format is the library's own. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(line, sizeof(line), format, arguments);
#pragma GCC diagnostic pop
    log_write(level, "libmicrohttpd: %.*s", STR_ARG(str_trim(str_from(line))));
}

static enum error daemon_start(struct server *server, size_t n)
{
    struct listener *listener = &server->listeners[n];
    struct listener_context *context = &server->contexts[n];
    const struct server_options *o = &server->options;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_ERROR_LOG | (context->is_tls ? MHD_USE_TLS : 0);
    struct MHD_OptionItem more[4];
    size_t count = 0;
    if (o->threads > 1)
        more[count++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, o->threads, NULL};
    if (context->is_tls) {
        more[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
                                                (void *)(uintptr_t)tls_choose};
        more[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
                                                (void *)(uintptr_t)TLS_PRIORITIES};
    }
    more[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    listener->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, library_log, server,
        MHD_OPTION_LISTEN_SOCKET, listener->fd, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, context, MHD_OPTION_UNESCAPE_CALLBACK, leave_as_it_is, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_POOL_BYTES, MHD_OPTION_CONNECTION_LIMIT,
        o->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->per_address,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
    if (!listener->daemon)
        return ERR_INTERNAL;
    return OK;
}

static enum error listeners_open(struct server *server, const str *addresses, struct arena *arena,
                                 str *problem)
{
    for (size_t i = 0; i < server->options.listen_count; i++) {
        enum error err = listener_open(&server->listeners[i], addresses[i], arena, problem);
        if (err)
            return err;
        bool is_unix = server->listeners[i].unix_path != NULL;
        server->contexts[i] = (struct listener_context){server, (unsigned)i,
                                                        server->tls != NULL && !is_unix, is_unix};
        server->listener_count = i + 1;
    }
    return OK;
}

static enum error tls_open(struct server *server, struct arena *arena, str *problem)
{
    const struct server_options *o = &server->options;
    if (!o->tls_cert_file && !o->tls_key_file)
        return OK;
    if (o->tls_cert_file && o->tls_key_file)
        return tls_new(o->tls_cert_file, o->tls_key_file, arena, problem, &server->tls);
    *problem = STR("TLS needs both a certificate and its key: give the other file too.");
    return ERR_INVALID;
}

static void server_free(struct server *server)
{
    for (size_t i = 0; server->listeners && i < server->listener_count; i++) {
        if (server->listeners[i].daemon)
            MHD_stop_daemon(server->listeners[i].daemon);
        listener_release(&server->listeners[i]);
    }
    slow_lane_free(server->slow_lane);
    watch_stop(&server->watch);
    exchange_pool_release(&server->pool);
    pthread_mutex_destroy(&server->pool.lock);
    tls_free(server->tls);
    free(server->contexts);
    free(server->listeners);
    free(server);
}

/* Signals are the main thread's: threads inherit the mask that they are started under. */
static enum error daemons_start(struct server *server)
{
    enum error err = OK;
    for (size_t i = 0; i < server->listener_count && !err; i++) {
        err = daemon_start(server, i);
        server->listeners[i].fd = err ? server->listeners[i].fd : -1;
    }
    return err;
}

static enum error threads_start(struct server *server, str *problem)
{
    *problem = STR("The server's threads could not be started: the log says why.");
    descriptors_raise(&server->options);
    enum error err = watch_start(&server->watch);
    if (!err)
        err = slow_lane_start(&server->app, server->options.workers, server->options.queue,
                              &server->slow_lane);
    if (err == ERR_UNAVAILABLE)
        *problem = STR("The workers could not start: the log says why.");
    return err ? err : daemons_start(server);
}

enum error server_listen(const struct server_options *options, struct arena *arena, str *problem,
                         struct server **out)
{
    *problem = STR("There is no memory.");
    struct server *server = calloc(1, sizeof(*server));
    if (!server)
        return ERR_INTERNAL;
    server->options = options_complete(options);
    pthread_mutex_init(&server->pool.lock, NULL);
    server->listeners = calloc(options->listen_count, sizeof(*server->listeners));
    server->contexts = calloc(options->listen_count, sizeof(*server->contexts));
    if (!server->listeners || !server->contexts ||
        getrandom(&server->id_seed, sizeof(server->id_seed), 0) != sizeof(server->id_seed)) {
        server_free(server);
        return ERR_INTERNAL;
    }
    enum error err = tls_open(server, arena, problem);
    if (!err)
        err = listeners_open(server, options->listen, arena, problem);
    if (err) {
        server_stop(server);
        return err;
    }
    *problem = STR("");
    *out = server;
    return OK;
}

enum error server_serve(struct server *server, const struct server_app *app, str *problem)
{
    sigset_t all, before;
    server->app = *app;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    enum error err = threads_start(server, problem);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    atomic_store(&server->running, true);
    if (!err)
        *problem = STR("");
    return err;
}

enum error server_start(const struct server_options *options, const struct server_app *app,
                        struct arena *arena, str *problem, struct server **out)
{
    struct server *server;
    enum error err = server_listen(options, arena, problem, &server);
    if (err)
        return err;
    err = server_serve(server, app, problem);
    if (err)
        server_stop(server);
    else
        *out = server;
    return err;
}

static bool waits_until_idle(struct server *server, usec until)
{
    while (atomic_load(&server->in_flight) > 0) {
        if (time_monotonic() >= until)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return true;
}

void server_stop(struct server *server)
{
    if (!server)
        return;
    atomic_store(&server->stopping, true);
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listener *listener = &server->listeners[i];
        if (!listener->daemon)
            continue;
        listener->fd = MHD_quiesce_daemon(listener->daemon);
        if (listener->fd >= 0)
            shutdown(listener->fd, SHUT_RDWR); /* who comes now is refused at once */
    }
    usec now = time_monotonic();
    bool is_idle = waits_until_idle(server, now + SECONDS(server->options.stop_seconds));
    slow_lane_stop(server->slow_lane); /* the library must not be stopped with one suspended */
    if (!is_idle)
        waits_until_idle(server, time_monotonic() + SECONDS(1) / 2);
    server_free(server);
}

enum error server_reload(struct server *server, struct arena *arena, str *problem)
{
    return server->tls ? tls_reload(server->tls, arena, problem) : OK;
}

uint16_t server_port(const struct server *server, size_t n)
{
    return n < server->listener_count ? server->listeners[n].port : 0;
}

struct server_gauges server_gauges(struct server *server)
{
    struct server_gauges gauges = {
        .connections = watch_count(&server->watch),
        .in_flight = atomic_load_explicit(&server->in_flight, memory_order_relaxed),
    };
    slow_lane_gauges(server->slow_lane, &gauges);
    return gauges;
}
