/*
 * What nginx's workers let pass by themselves: datagrams on a socket beside the generation page.
 *
 * Not shared memory: a file that a worker may write it may also cut short, which would kill the
 * daemon when it looks. Here the worst that a worker can do is to claim uses.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "decision/use_report.h"
#include "decision/use_socket.h"
#include "service/usage_table.h"

#define AT_ONCE 256 /* datagrams; then uses are written before more are read */
#define CLOCK_TOLERANCE SECONDS(60)
#define OLDEST DAYS(1) /* a worker sends every few seconds */

/*
 * Who may read the page may write here: its group. Where that group cannot be given away, the
 * folder's may do (chmod g+s); nginx's log says it if none does.
 */
static void share_with_readers(const char *path, const char *page_path)
{
    struct stat page, own;
    if (stat(page_path, &page) != 0 || stat(path, &own) != 0 || page.st_gid == own.st_gid)
        return;
    if (chown(path, (uid_t)-1, page.st_gid) != 0)
        log_debug("%s stays with its group: %s", path, strerror(errno));
}

static enum error bind_beside(int fd, const char *page_path)
{
    struct use_address address;
    enum error err = use_address_of(str_from(page_path), &address);
    if (err)
        return err;
    unlink(address.name.sun_path); /* left by one that was killed; the folder's lock is ours */
    if (bind(fd, (const struct sockaddr *)&address.name, sizeof(address.name)) != 0 ||
        chmod(address.name.sun_path, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0)
        err = error_of_errno(errno);
    else
        share_with_readers(address.name.sun_path, page_path);
    use_address_release(&address);
    return err;
}

void usage_reports_open(struct usage *usage, const char *page_path)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    enum error err = fd < 0 ? error_of_errno(errno) : bind_beside(fd, page_path);
    if (err) {
        log_warning("the socket " USE_SOCKET_NAME " beside %s cannot be made (%s): what nginx lets "
                    "pass by its module is not counted",
                    page_path, error_name(err));
        if (fd >= 0)
            close(fd);
        return;
    }
    usage->page_path = page_path;
    usage->socket = fd;
}

void usage_reports_close(struct usage *usage)
{
    struct use_address address;
    if (usage->socket < 0)
        return;
    close(usage->socket);
    usage->socket = -1;
    if (use_address_of(str_from(usage->page_path), &address))
        return;
    unlink(address.name.sun_path);
    use_address_release(&address);
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
