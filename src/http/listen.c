#include "http/internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

/* Closes itself unless it was taken over. */
static void socket_close(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static int socket_take(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

static enum error bind_failed(str address, int why, struct arena *arena, str *problem)
{
    switch (why) {
    case EADDRINUSE:
        *problem = arena_printf(arena,
                                "%.*s is taken by another program: stop that one, or choose "
                                "another address to listen on.",
                                STR_ARG(address));
        return ERR_CONFLICT;
    case EACCES:
        *problem = arena_printf(arena,
                                "%.*s may not be used by this user: choose a port from 1024 up or "
                                "a folder that this user may write.",
                                STR_ARG(address));
        return ERR_FORBIDDEN;
    case EADDRNOTAVAIL:
        *problem = arena_printf(arena,
                                "%.*s is not an address of this machine: choose one of its own, "
                                "or 0.0.0.0 for all of them.",
                                STR_ARG(address));
        return ERR_MALFORMED;
    default:
        *problem =
            arena_printf(arena, "%.*s cannot be listened on: %s.", STR_ARG(address), strerror(why));
        return ERR_IO;
    }
}

static enum error not_an_address(str address, struct arena *arena, str *problem)
{
    *problem = arena_printf(arena,
                            "'%.*s' is no address to listen on: write host:port, [IPv6]:port or "
                            "unix:/path.",
                            STR_ARG(address));
    return ERR_MALFORMED;
}

/* ---- Unix sockets */

static bool somebody_listens(const struct sockaddr_un *name)
{
    CLEANUP(socket_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)(const void *)name, sizeof(*name)) == 0;
}

/* Removes what a program that died has left; nothing else. */
static enum error path_clear(const struct sockaddr_un *name, str address, struct arena *arena,
                             str *problem)
{
    struct stat was;
    if (lstat(name->sun_path, &was) != 0)
        return OK; /* nothing there; anything else bind() will say */
    if (!S_ISSOCK(was.st_mode)) {
        *problem = arena_printf(arena,
                                "%s is there already and is not a socket: remove it, or choose "
                                "another path to listen on.",
                                name->sun_path);
        return ERR_CONFLICT;
    }
    if (somebody_listens(name))
        return bind_failed(address, EADDRINUSE, arena, problem);
    unlink(name->sun_path);
    return OK;
}

static enum error unix_open(struct listener *listener, str address, struct arena *arena,
                            str *problem)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    str path = str_from_at(address, STR("unix:").len);
    if (!str_starts(path, STR("/")) || str_has(path, '\0'))
        return not_an_address(address, arena, problem);
    if (path.len >= sizeof(name.sun_path)) {
        *problem = arena_printf(arena, "%.*s is too long for a socket: %zu bytes are the most.",
                                STR_ARG(path), sizeof(name.sun_path) - 1);
        return ERR_MALFORMED;
    }
    memcpy(name.sun_path, path.ptr, path.len);
    enum error err = path_clear(&name, address, arena, problem);
    if (err)
        return err;

    CLEANUP(socket_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* The mode set before bind() is the file's from its first moment. */
    if (fd < 0 || fchmod(fd, 0660) != 0 ||
        bind(fd, (const struct sockaddr *)(const void *)&name, sizeof(name)) != 0)
        return bind_failed(address, errno, arena, problem);
    struct stat made;
    if (chmod(name.sun_path, 0660) != 0 || stat(name.sun_path, &made) != 0 ||
        listen(fd, BACKLOG) != 0) {
        err = bind_failed(address, errno, arena, problem);
        unlink(name.sun_path);
        return err;
    }
    listener->unix_path = strdup(name.sun_path);
    listener->device = made.st_dev;
    listener->inode = made.st_ino;
    listener->fd = socket_take(&fd);
    return OK;
}

/* ---- TCP */

struct host_port {
    const char *host; /* NULL: every address of the machine */
    const char *port;
};

static bool address_cut(str address, struct arena *arena, struct host_port *out)
{
    str host, port;
    int64_t number;
    if (!str_cut_last(address, ':', &host, &port) || str_to_i64(port, &number) || number < 0 ||
        number > 65535 || str_has(port, '-'))
        return false;
    if (str_starts(host, STR("[")) && str_ends(host, STR("]")))
        host = str_slice(host, 1, host.len - 2);
    else if (str_has(host, ':') || str_has(host, '['))
        return false;
    out->host = str_is_empty(host) ? NULL : arena_cstr(arena, host);
    out->port = arena_cstr(arena, port);
    return true;
}

/* A listening socket, or -1 with errno. */
static int tcp_socket(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int on = 1, off = 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (at->ai_family == AF_INET6) /* [::] is IPv4 too */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = {.v6 = {0}};
    socklen_t len = sizeof(name);
    if (getsockname(fd, &name.any, &len) != 0)
        return 0;
    return ntohs(name.any.sa_family == AF_INET6 ? name.v6.sin6_port : name.v4.sin_port);
}

/* With no host, [::] comes first, for it serves IPv4 too where the machine has both. */
static int first_that_listens(const struct addrinfo *list, bool any_host)
{
    errno = EADDRNOTAVAIL;
    for (int round = any_host ? 0 : 1; round < 2; round++) {
        for (const struct addrinfo *at = list; at; at = at->ai_next) {
            if (round == 0 && at->ai_family != AF_INET6)
                continue;
            int fd = tcp_socket(at);
            if (fd >= 0 || errno == EADDRINUSE || errno == EACCES)
                return fd;
        }
    }
    return -1;
}

static enum error tcp_open(struct listener *listener, str address, struct arena *arena,
                           str *problem)
{
    struct host_port name;
    if (!address_cut(address, arena, &name))
        return not_an_address(address, arena, problem);
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list;
    int why = getaddrinfo(name.host, name.port, &hints, &list);
    if (why != 0) {
        *problem = arena_printf(arena, "%.*s: the host is not known (%s).", STR_ARG(address),
                                gai_strerror(why));
        return ERR_MALFORMED;
    }
    int fd = first_that_listens(list, name.host == NULL);
    int bind_errno = errno;
    freeaddrinfo(list);
    if (fd < 0)
        return bind_failed(address, bind_errno, arena, problem);
    listener->fd = fd;
    listener->port = port_of(fd);
    return OK;
}

enum error listener_open(struct listener *listener, str address, struct arena *arena, str *problem)
{
    *listener = (struct listener){.fd = -1};
    return str_starts(address, STR("unix:")) ? unix_open(listener, address, arena, problem)
                                             : tcp_open(listener, address, arena, problem);
}

void listener_release(struct listener *listener)
{
    struct stat now;
    if (listener->fd >= 0)
        close(listener->fd);
    if (listener->unix_path && lstat(listener->unix_path, &now) == 0 &&
        now.st_dev == listener->device && now.st_ino == listener->inode)
        unlink(listener->unix_path);
    free(listener->unix_path);
    *listener = (struct listener){.fd = -1};
}
