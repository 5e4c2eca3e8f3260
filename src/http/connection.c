#include "http/internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

/* Slow clients are looked for this often, and lingering sockets this often. */
#define TICK_USEC SECONDS(1)
#define LINGER_TICK_USEC (SECONDS(1) / 10)
#define LINGER_USEC SECONDS(2)

/* Milliseconds are exact enough for deadlines, and cost a quarter of the exact clock. */
static usec coarse_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return SECONDS(t.tv_sec) + t.tv_nsec / 1000;
}

void connection_give(struct connection *connection, unsigned seconds)
{
    usec deadline = seconds > 0 ? coarse_now() + SECONDS(seconds) : USEC_NEVER;
    atomic_store_explicit(&connection->deadline, deadline, memory_order_relaxed);
}

struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

static struct peer peer_read(const struct sockaddr *address)
{
    struct peer peer = {.family = PEER_UNKNOWN};
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        peer.family = PEER_IPV4;
        peer.port = ntohs(in->sin_port);
        memcpy(peer.address, &in->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
        bool is_mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);
        peer.family = is_mapped ? PEER_IPV4 : PEER_IPV6;
        peer.port = ntohs(in6->sin6_port);
        if (is_mapped)
            memcpy(peer.address, in6->sin6_addr.s6_addr + 12, 4);
        else
            memcpy(peer.address, &in6->sin6_addr, 16);
    }
    return peer;
}

static struct connection *connection_new(const struct listener_context *context,
                                         struct MHD_Connection *mhd)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        abort(); /* a process that is truly out of memory stops */
    connection->server = context->server;
    connection->listener = context->number;
    connection->is_tls = context->is_tls;
    connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (context->is_unix)
        connection->peer = (struct peer){.family = PEER_UNIX, .is_unix = true};
    else
        connection->peer = peer_read(
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    connection_give(connection, context->server->options.idle_seconds);
    return connection;
}

static void watch_add(struct watch *watch, struct connection *connection)
{
    pthread_mutex_lock(&watch->lock);
    connection->next = watch->first;
    if (watch->first)
        watch->first->before = connection;
    watch->first = connection;
    if (watch->count++ == 0)
        pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->lock);
}

/*
 * The client may still be sending the body that was refused. If the socket were closed now, the
 * kernel would answer those bytes with a reset, which can overtake our answer (RFC 9112 9.6).
 */
static void linger(struct watch *watch, int fd)
{
    int copy = watch->lingerer_count < LINGERERS && !watch->stop ? dup(fd) : -1;
    if (copy < 0)
        return;
    shutdown(copy, SHUT_WR);
    watch->lingerers[watch->lingerer_count++] = (struct lingerer){copy, coarse_now() + LINGER_USEC};
    pthread_cond_signal(&watch->wake);
}

static void watch_remove(struct watch *watch, struct connection *connection)
{
    pthread_mutex_lock(&watch->lock);
    if (connection->before)
        connection->before->next = connection->next;
    else
        watch->first = connection->next;
    if (connection->next)
        connection->next->before = connection->before;
    watch->count--;
    if (connection->linger && !connection->is_tls)
        linger(watch, connection->fd);
    pthread_mutex_unlock(&watch->lock);
}

void on_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                   enum MHD_ConnectionNotificationCode code)
{
    struct listener_context *context = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection *connection = connection_new(context, mhd);
        *socket_context = connection;
        watch_add(&context->server->watch, connection);
    } else {
        struct connection *connection = *socket_context;
        *socket_context = NULL;
        watch_remove(&context->server->watch, connection);
        free(connection);
    }
}

/* The library sees the end of the stream and closes; the descriptor stays its own. */
static void cut_off_the_slow(struct watch *watch, usec now)
{
    for (struct connection *c = watch->first; c; c = c->next) {
        if (atomic_load_explicit(&c->deadline, memory_order_relaxed) > now)
            continue;
        atomic_store_explicit(&c->deadline, USEC_NEVER, memory_order_relaxed);
        shutdown(c->fd, SHUT_RDWR);
    }
}

/* Reads and forgets what a lingering client still sends. True: it is done. */
static bool is_drained(const struct lingerer *lingerer, usec now)
{
    char nobody_wants_this[4096];
    for (int i = 0; i < 64; i++) {
        ssize_t n = recv(lingerer->fd, nobody_wants_this, sizeof(nobody_wants_this), MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return true;
        if (n < 0)
            break;
    }
    return lingerer->until <= now;
}

static void drain_the_lingering(struct watch *watch, usec now)
{
    for (size_t i = 0; i < watch->lingerer_count;) {
        if (is_drained(&watch->lingerers[i], now)) {
            close(watch->lingerers[i].fd);
            watch->lingerers[i] = watch->lingerers[--watch->lingerer_count];
        } else {
            i++;
        }
    }
}

/* Nobody connected, nothing to do: it sleeps without a clock. */
static void watch_sleep(struct watch *watch)
{
    if (watch->count == 0 && watch->lingerer_count == 0) {
        pthread_cond_wait(&watch->wake, &watch->lock);
        return;
    }
    usec until = time_monotonic() + (watch->lingerer_count > 0 ? LINGER_TICK_USEC : TICK_USEC);
    struct timespec t = {.tv_sec = until / SECONDS(1), .tv_nsec = until % SECONDS(1) * 1000};
    pthread_cond_timedwait(&watch->wake, &watch->lock, &t);
}

static void *watch_run(void *cls)
{
    struct watch *watch = cls;
    usec last_look = 0;
    pthread_mutex_lock(&watch->lock);
    while (!watch->stop) {
        usec now = coarse_now();
        drain_the_lingering(watch, now);
        if (now >= last_look + TICK_USEC / 2) {
            cut_off_the_slow(watch, now);
            last_look = now;
        }
        watch_sleep(watch);
    }
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

enum error watch_start(struct watch *watch)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&watch->lock, NULL);
    pthread_cond_init(&watch->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&watch->thread, NULL, watch_run, watch) != 0) {
        log_error("no thread could be started");
        return ERR_INTERNAL;
    }
    watch->is_running = true;
    return OK;
}

void watch_stop(struct watch *watch)
{
    if (!watch->is_running)
        return;
    pthread_mutex_lock(&watch->lock);
    watch->stop = true;
    pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
    for (size_t i = 0; i < watch->lingerer_count; i++)
        close(watch->lingerers[i].fd);
    pthread_cond_destroy(&watch->wake);
    pthread_mutex_destroy(&watch->lock);
    watch->is_running = false;
}

unsigned watch_count(struct watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    unsigned count = watch->count;
    pthread_mutex_unlock(&watch->lock);
    return count;
}
