/*
 * The least of an HTTP client, for tests of the server: it sends bytes as they are given, and reads
 * answers one by one. Blocking, with a timeout of five seconds.
 */
#ifndef LATCHKEY_TESTS_UNIT_HTTP_CLIENT_H
#define LATCHKEY_TESTS_UNIT_HTTP_CLIENT_H

#include "base/str.h"

struct client {
    int fd;
    char buffer[2 * 65536];
    size_t len; /* bytes read and not yet taken */
};

struct reply {
    int status; /* 0: the connection ended without an answer */
    str head;   /* status line and fields; lives until the next call */
    str body;
    bool closes; /* "Connection: close" */
};

void client_connect(struct client *c, uint16_t port);
void client_connect_unix(struct client *c, const char *path);
void client_close(struct client *c);
/* False: the other end is gone. */
bool client_send(struct client *c, str bytes);
/* The next answer; `no_body` for one to HEAD. 1xx are skipped but for `*continued` (may be NULL).
 */
struct reply client_read(struct client *c, bool no_body, bool *continued);
/* True if the server ends the connection within `ms` milliseconds; what it sends before is dropped.
 */
bool client_is_closed_within(struct client *c, int ms);
/* A field's value; empty if it is not there. */
str reply_field(const struct reply *reply, const char *name);

#endif
