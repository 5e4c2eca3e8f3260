#include "base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

enum error scratch_open(str folder, struct arena *arena, int *fd)
{
    *fd = open(arena_cstr(arena, folder), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return OK;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
        return error_of_errno(errno);
    /* a file system without such files: one with a name, for a moment */
    str name = ARENA_JOIN(arena, folder, STR("/scratch.XXXXXX"));
    char *path = arena_bytes(arena, name.len + 1);
    memcpy(path, name.ptr, name.len);
    path[name.len] = '\0';
    *fd = mkostemp(path, O_CLOEXEC);
    if (*fd < 0)
        return error_of_errno(errno);
    unlink(path);
    return OK;
}

enum error scratch_write(int fd, str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_of_errno(errno);
        bytes = str_from_at(bytes, (size_t)n);
    }
    return OK;
}
