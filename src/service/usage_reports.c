/*
 * What nginx's workers let pass by themselves: datagrams on a socket beside the generation page.
 *
 * Not shared memory: a file that a worker may write it may also cut short, which would kill the
 * daemon when it looks. Here the worst that a worker can do is to claim uses.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "decision/use_report.h"
#include "service/usage_table.h"

#define AT_ONCE 256 /* datagrams; then uses are written before more are read */
#define CLOCK_TOLERANCE SECONDS(60)
#define OLDEST DAYS(1) /* a worker sends every few seconds */

/* Beside the page; NULL: no memory. */
static char *path_beside(const char *page_path)
{
    str folder, name;
    char *path = NULL;
    (void)str_cut_last(str_from(page_path), '/', &folder, &name);
    return asprintf(&path, "%.*s/" USE_REPORT_SOCKET, STR_ARG(folder)) < 0 ? NULL : path;
}

/*
 * The folder's own descriptor stands for a path that is too long for a socket's address; it is left
 * in `*folder`, to be closed when the address was used.
 */
static bool address_of(const char *path, struct sockaddr_un *out, int *folder)
{
    str before, name;
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    *folder = -1;
    if (strlen(path) < sizeof(out->sun_path)) {
        memcpy(out->sun_path, path, strlen(path) + 1);
        return true;
    }
    char *copy = strdup(path);
    if (!copy)
        return false;
    (void)str_cut_last(str_from(path), '/', &before, &name);
    copy[before.len] = '\0';
    *folder = open(copy, O_PATH | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (*folder < 0)
        return false;
    int len = snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/%.*s", *folder,
                       STR_ARG(name));
    return len > 0 && (size_t)len < sizeof(out->sun_path);
}

static int open_socket(const char *path)
{
    struct sockaddr_un address;
    int folder = -1;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    unlink(path); /* left by one that was killed; the folder's lock is ours */
    /* nginx's group may write, as it may read the page */
    bool bound = address_of(path, &address, &folder) &&
                 bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
                 chmod(path, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) == 0;
    int failure = errno;
    if (folder >= 0)
        close(folder);
    if (bound)
        return fd;
    close(fd);
    errno = failure;
    return -1;
}

void usage_reports_open(struct usage *usage, const char *page_path)
{
    usage->socket_path = path_beside(page_path);
    usage->socket = usage->socket_path ? open_socket(usage->socket_path) : -1;
    if (usage->socket < 0)
        log_warning("%s: %s; what nginx lets pass by its module is not counted",
                    usage->socket_path ? usage->socket_path : page_path, strerror(errno));
}

void usage_reports_close(struct usage *usage)
{
    if (usage->socket >= 0) {
        unlink(usage->socket_path);
        close(usage->socket);
    }
    usage->socket = -1;
    free(usage->socket_path);
    usage->socket_path = NULL;
}

static void take_in(struct usage *usage, str report, usec now)
{
    struct use use;
    str rest;
    enum error err = use_report_open(report, &rest);
    while (!err && !(err = use_report_next(&rest, &use))) {
        if (use.last_at > now + CLOCK_TOLERANCE || use.first_at < now - OLDEST)
            continue; /* a clock that was set meanwhile, or nonsense */
        if (use.key.is_legacy)
            use.key.token_key = usage_legacy_key(use.key.user_id);
        if (usage_add_use(usage, &use))
            atomic_fetch_add_explicit(&usage->reported, use.count, memory_order_relaxed);
    }
    if (err == ERR_MALFORMED)
        log_debug("a report of uses cannot be read");
}

void usage_reports_read(struct usage *usage, usec now)
{
    char report[USE_REPORT_MAX];
    for (int i = 0; usage->socket >= 0 && i < AT_ONCE; i++) {
        ssize_t len = recv(usage->socket, report, sizeof(report), 0);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return; /* no more */
        take_in(usage, str_of(report, (size_t)len), now);
    }
}
