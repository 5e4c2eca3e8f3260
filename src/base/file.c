#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum error error_of_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EEXIST:
        return ERR_CONFLICT;
    case EACCES:
    case EPERM:
        return ERR_FORBIDDEN;
    case EROFS:
        return ERR_READ_ONLY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_FULL;
    default:
        return ERR_IO;
    }
}

static void close_file(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum error read_all(int fd, size_t max, struct arena *arena, str *out)
{
    char *text = arena_bytes(arena, max + 1);
    size_t len = 0;
    while (len <= max) {
        ssize_t n = read(fd, text + len, max + 1 - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_of_errno(errno);
        if (n == 0) {
            *out = str_of(text, len);
            return OK;
        }
        len += (size_t)n;
    }
    errno = EFBIG;
    return ERR_TOO_LARGE;
}

enum error file_read(str path, size_t max, struct arena *arena, str *problem, str *out)
{
    CLEANUP(close_file) int fd = open(arena_cstr(arena, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    enum error err = OK;
    if (fd < 0 || fstat(fd, &st) != 0)
        err = error_of_errno(errno);
    else if (S_ISDIR(st.st_mode))
        err = (errno = EISDIR, ERR_IO);
    else
        err = read_all(fd, max, arena, out);
    if (err == ERR_TOO_LARGE)
        *problem = arena_printf(arena, "%.*s is longer than %zu bytes: is it the right file?",
                                STR_ARG(path), max);
    else if (err)
        *problem = arena_printf(arena, "cannot read %.*s: %s", STR_ARG(path), strerror(errno));
    return err;
}

static int make_one(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

enum error folder_make(str path, struct arena *arena, str *problem)
{
    char *copy = arena_bytes(arena, path.len + 1);
    memcpy(copy, path.ptr, path.len);
    copy[path.len] = '\0';
    struct stat st;
    if (stat(copy, &st) == 0 && S_ISDIR(st.st_mode))
        return OK;
    int failed = 0;
    for (size_t i = 1; i < path.len && failed == 0; i++)
        if (copy[i] == '/') {
            copy[i] = '\0';
            failed = make_one(copy);
            copy[i] = '/';
        }
    if (failed == 0)
        failed = make_one(copy);
    if (failed == 0 && (stat(copy, &st) != 0 || !S_ISDIR(st.st_mode))) {
        *problem = arena_printf(arena, "%s is not a folder; move it away or name another", copy);
        return ERR_CONFLICT;
    }
    if (failed == 0)
        return OK;
    enum error err = error_of_errno(errno);
    *problem = arena_printf(arena, "cannot make the folder %s: %s", copy, strerror(errno));
    return err;
}
