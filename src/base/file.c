#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define CHUNK 65536

static enum error fail(struct arena *arena, str path, enum error err, const char *why, str *problem)
{
    if (problem)
        *problem = arena_printf(arena, "cannot read '%.*s': %s", STR_ARG(path), why);
    return err;
}

static enum error error_from_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERR_FORBIDDEN;
    default:
        return ERR_IO;
    }
}

static void close_fd(const int *fd)
{
    if (*fd > STDERR_FILENO)
        close(*fd);
}

enum error file_read(str path, size_t max_bytes, struct arena *arena, str *problem, str *out)
{
    bool is_stdin = str_equal(path, STR("-"));
    CLEANUP(close_fd)
    int fd = is_stdin ? STDIN_FILENO : open(arena_cstr(arena, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(arena, path, error_from_errno(errno), strerror(errno), problem);

    /* one byte more than allowed tells a file that is too large from one that just fits */
    size_t room = max_bytes < CHUNK ? max_bytes + 1 : CHUNK, len = 0;
    char *content = arena_bytes(arena, room);
    for (;;) {
        ssize_t n = read(fd, content + len, room - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(arena, path, error_from_errno(errno), strerror(errno), problem);
        if (n == 0)
            break;
        len += (size_t)n;
        if (len > max_bytes)
            return fail(arena, path, ERR_TOO_LARGE, "it is too large", problem);
        if (len == room) {
            room = room > max_bytes / 2 ? max_bytes + 1 : room * 2;
            char *bigger = arena_bytes(arena, room);
            memcpy(bigger, content, len);
            content = bigger;
        }
    }
    *out = str_of(content, len);
    return OK;
}

str file_one_value(str content)
{
    if (str_ends(content, STR("\n")))
        content = str_slice(content, 0, content.len - 1);
    if (str_ends(content, STR("\r")))
        content = str_slice(content, 0, content.len - 1);
    return content;
}
