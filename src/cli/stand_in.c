#include "cli/stand_in.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

enum error stand_in_make(struct stand_in *stand_in, str data, struct arena *arena)
{
    str key = ARENA_JOIN(arena, data, STR("/master.key"));
    if (access(arena_cstr(arena, key), F_OK) == 0)
        return OK;
    const char *base = secure_getenv("TMPDIR");
    str pattern = ARENA_JOIN(arena, str_from(base && base[0] == '/' ? base : "/tmp"),
                             STR("/latchkey-dry-run-XXXXXX"));
    char *path = strndup(pattern.ptr, pattern.len);
    if (!path || !mkdtemp(path)) { /* mode 0700 */
        free(path);
        return ERR_IO;
    }
    stand_in->path = path;
    return OK;
}

void stand_in_release(struct stand_in *stand_in)
{
    if (!stand_in->path)
        return;
    DIR *folder = opendir(stand_in->path);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    rmdir(stand_in->path);
    free(stand_in->path);
    *stand_in = (struct stand_in){0};
}
