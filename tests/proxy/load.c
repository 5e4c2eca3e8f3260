/*
 * load PORT CONNECTIONS: asks for / without a pause, with the tokens that come on standard input,
 * one a line up to an empty one, in turn. Each connection is a thread and is kept alive.
 *
 * Each further line asks how far it has come, and the end of the input ends it; then too it says
 * so. A line has, for each connection, the number of its requests. After it comes a line a token:
 * how many answers were 200, 401 and other; when the last request that was answered 200 began, and
 * the first that was answered 401 (seconds of CLOCK_MONOTONIC); the last other status. A test that
 * notes on the same clock when a revocation was answered can tell whether any request that began
 * later was let through.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TOKENS_MAX 256
#define REQUEST_BYTES 2048

struct counts {
    long ok, refused, other;
    double last_ok, first_refused;
    int other_status;
};

struct connection {
    pthread_t thread;
    size_t number;
    pthread_mutex_t mutex; /* of what follows */
    long made;
    struct counts counts[TOKENS_MAX];
};

static char requests[TOKENS_MAX][REQUEST_BYTES];
static size_t token_count;
static uint16_t port;
static atomic_bool stop;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_socket(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Reads one whole answer. Its status; 0: the connection ended. `*last`: it ends after this one. */
static int read_answer(int fd, int *last)
{
    char text[16384];
    size_t have = 0;
    for (;;) {
        ssize_t n = recv(fd, text + have, sizeof(text) - 1 - have, 0);
        if (n <= 0)
            return 0;
        have += (size_t)n;
        text[have] = '\0';
        char *end = strstr(text, "\r\n\r\n");
        if (!end)
            continue;
        char *length = strcasestr(text, "\r\nContent-Length:");
        size_t want = (size_t)(end + 4 - text);
        if (length && length < end)
            want += strtoul(length + 17, NULL, 10);
        if (have < want)
            continue;
        char *close_said = strcasestr(text, "\r\nConnection: close");
        *last = close_said && close_said < end;
        return atoi(text + 9);
    }
}

static void count(struct connection *c, size_t token, int status, double began)
{
    struct counts *counts = &c->counts[token];
    pthread_mutex_lock(&c->mutex);
    c->made++;
    if (status == 200) {
        counts->ok++;
        counts->last_ok = began;
    } else if (status == 401) {
        if (counts->refused++ == 0)
            counts->first_refused = began;
    } else {
        counts->other++;
        counts->other_status = status;
    }
    pthread_mutex_unlock(&c->mutex);
}

static void *run(void *arg)
{
    struct connection *c = arg;
    int fd = -1, last = 0;
    for (size_t i = c->number; !stop; i++) {
        const char *request = requests[i % token_count];
        int is_new = fd < 0;
        double began = now();
        if (is_new)
            fd = open_socket();
        int status = 0;
        if (fd >= 0 && send(fd, request, strlen(request), MSG_NOSIGNAL) > 0)
            status = read_answer(fd, &last);
        if (status == 0 || last) {
            close(fd);
            fd = -1;
        }
        /* a kept connection may be closed just when it is used again: that request was not taken */
        if (status != 0 || is_new)
            count(c, i % token_count, status, began);
    }
    close(fd);
    return NULL;
}

static void add(struct counts *sum, const struct counts *c)
{
    sum->ok += c->ok;
    sum->refused += c->refused;
    sum->other += c->other;
    if (c->last_ok > sum->last_ok)
        sum->last_ok = c->last_ok;
    if (c->refused && (sum->first_refused == 0 || c->first_refused < sum->first_refused))
        sum->first_refused = c->first_refused;
    if (c->other)
        sum->other_status = c->other_status;
}

static void say(struct connection *all, size_t connections)
{
    struct counts sums[TOKENS_MAX] = {0};
    for (size_t i = 0; i < connections; i++) {
        pthread_mutex_lock(&all[i].mutex);
        printf("%ld ", all[i].made);
        for (size_t t = 0; t < token_count; t++)
            add(&sums[t], &all[i].counts[t]);
        pthread_mutex_unlock(&all[i].mutex);
    }
    printf("\n");
    for (size_t t = 0; t < token_count; t++)
        printf("%ld %ld %ld %.6f %.6f %d\n", sums[t].ok, sums[t].refused, sums[t].other,
               sums[t].last_ok, sums[t].first_refused, sums[t].other_status);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    port = (uint16_t)atoi(argv[1]);
    size_t connections = (size_t)atoi(argv[2]);
    char line[REQUEST_BYTES - 128];
    while (token_count < TOKENS_MAX && fgets(line, sizeof(line), stdin) && line[0] != '\n') {
        line[strcspn(line, "\n")] = '\0';
        snprintf(requests[token_count++], REQUEST_BYTES,
                 "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", line);
    }
    struct connection *all = calloc(connections, sizeof(*all));
    if (!all || token_count == 0)
        return 1;
    for (size_t i = 0; i < connections; i++) {
        all[i].number = i;
        pthread_mutex_init(&all[i].mutex, NULL);
        pthread_create(&all[i].thread, NULL, run, &all[i]);
    }
    while (fgets(line, sizeof(line), stdin))
        say(all, connections);
    stop = 1;
    for (size_t i = 0; i < connections; i++)
        pthread_join(all[i].thread, NULL);
    say(all, connections);
    free(all);
    return 0;
}
