#include "decision/use_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum error use_address_of(str page_path, struct use_address *out)
{
    str folder, page;
    char path[PATH_MAX];
    struct use_address address = {.name = {.sun_family = AF_UNIX}, .folder = -1};
    size_t room = sizeof(address.name.sun_path);
    if (!str_cut_last(page_path, '/', &folder, &page) || folder.len >= sizeof(path) ||
        str_has(page_path, '\0'))
        return ERR_MALFORMED;
    if (folder.len + sizeof("/" USE_SOCKET_NAME) <= room) {
        snprintf(address.name.sun_path, room, "%.*s/" USE_SOCKET_NAME, STR_ARG(folder));
        *out = address;
        return OK;
    }
    memcpy(path, folder.ptr, folder.len);
    path[folder.len] = '\0';
    address.folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (address.folder < 0)
        return error_of_errno(errno);
    snprintf(address.name.sun_path, room, "/proc/self/fd/%d/" USE_SOCKET_NAME, address.folder);
    *out = address;
    return OK;
}

void use_address_release(struct use_address *address)
{
    if (address->folder >= 0)
        close(address->folder);
    address->folder = -1;
}
