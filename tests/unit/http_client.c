#include "unit/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/time.h"

static void fail(const char *what)
{
    perror(what);
    abort();
}

static void connect_to(struct client *c, const struct sockaddr *address, socklen_t len)
{
    c->len = 0;
    c->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 5};
    if (c->fd < 0 || setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0 ||
        connect(c->fd, address, len) != 0)
        fail("connect");
}

void client_connect(struct client *c, uint16_t port)
{
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    connect_to(c, (const struct sockaddr *)(const void *)&in, sizeof(in));
}

void client_connect_unix(struct client *c, const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    memcpy(un.sun_path, path, strlen(path));
    connect_to(c, (const struct sockaddr *)(const void *)&un, sizeof(un));
}

void client_close(struct client *c)
{
    close(c->fd);
    c->fd = -1;
}

bool client_send(struct client *c, str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = send(c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes = str_from_at(bytes, (size_t)n);
    }
    return true;
}

static bool more(struct client *c)
{
    if (c->len == sizeof(c->buffer))
        return false;
    ssize_t n = recv(c->fd, c->buffer + c->len, sizeof(c->buffer) - c->len, 0);
    if (n <= 0)
        return false;
    c->len += (size_t)n;
    return true;
}

str reply_field(const struct reply *reply, const char *name)
{
    str line, rest = reply->head, field, value;
    while (str_cut_at(rest, STR("\r\n"), &line, &rest))
        if (str_cut(line, ':', &field, &value) && str_equal_nocase(field, str_from(name)))
            return str_trim(value);
    return STR("");
}

static struct reply no_reply(void)
{
    return (struct reply){0, STR(""), STR(""), true};
}

struct reply client_read(struct client *c, bool no_body, bool *continued)
{
    static _Thread_local char taken[sizeof(c->buffer)];
    struct reply reply;
    str after;
    if (continued)
        *continued = false;
    for (;;) {
        str head;
        while (!str_cut_at(str_of(c->buffer, c->len), STR("\r\n\r\n"), &head, &after))
            if (!more(c))
                return no_reply();
        int64_t status = 0, length = 0;
        if (str_to_i64(str_slice(head, 9, 3), &status))
            return no_reply();
        head.len += 4;
        reply = (struct reply){(int)status, head, STR(""), false};
        if (!no_body && str_to_i64(reply_field(&reply, "Content-Length"), &length))
            length = 0;
        size_t whole = head.len + (size_t)length;
        while (c->len < whole)
            if (!more(c))
                return no_reply();
        memcpy(taken, c->buffer, whole);
        memmove(c->buffer, c->buffer + whole, c->len - whole);
        c->len -= whole;
        if (status >= 200) {
            reply.head = str_of(taken, head.len);
            reply.body = str_of(taken + head.len, (size_t)length);
            reply.closes = str_equal_nocase(reply_field(&reply, "Connection"), STR("close"));
            return reply;
        }
        if (continued)
            *continued = true;
    }
}

bool client_is_closed_within(struct client *c, int ms)
{
    char dropped[4096];
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    usec until = time_monotonic() + (usec)ms * 1000;
    for (usec now; (now = time_monotonic()) < until;) {
        if (poll(&p, 1, (int)((until - now) / 1000) + 1) <= 0)
            return false;
        if (recv(c->fd, dropped, sizeof(dropped), 0) <= 0)
            return true;
    }
    return false;
}
