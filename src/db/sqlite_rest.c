#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "db/sqlite.h"

/* SQLite's file format, 1.3: the read version, of which 2 is a write-ahead log. */
#define READ_VERSION_AT 19
#define READ_VERSION_WAL 2

struct at_rest {
    char *path;
    char *wal_path;
    struct stat found;
};

/* Through SQLite: to close a file of one's own here would drop the locks that SQLite has on it. */
static bool keeps_a_log(sqlite3 *handle)
{
    sqlite3_file *file = NULL;
    unsigned char version = 0;
    return sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK &&
           file && file->pMethods &&
           file->pMethods->xRead(file, &version, 1, READ_VERSION_AT) == SQLITE_OK &&
           version == READ_VERSION_WAL;
}

struct at_rest *at_rest_find(sqlite3 *handle, const char *path)
{
    if (!keeps_a_log(handle))
        return NULL;
    struct at_rest *at_rest = allocate(sizeof(*at_rest));
    size_t len = strlen(path);
    at_rest->path = allocate(len + 1);
    at_rest->wal_path = allocate(len + sizeof("-wal"));
    memcpy(at_rest->path, path, len);
    memcpy(at_rest->wal_path, path, len);
    memcpy(at_rest->wal_path + len, "-wal", sizeof("-wal"));
    /* first the file, then the log: what is written between the two is noticed later */
    if (stat(path, &at_rest->found) == 0 && access(at_rest->wal_path, F_OK) != 0)
        return at_rest;
    at_rest_free(at_rest);
    return NULL;
}

bool at_rest_is_over(const struct at_rest *at_rest)
{
    struct stat now;
    if (!at_rest)
        return false;
    return stat(at_rest->path, &now) != 0 || access(at_rest->wal_path, F_OK) == 0 ||
           now.st_ino != at_rest->found.st_ino || now.st_size != at_rest->found.st_size ||
           now.st_mtim.tv_sec != at_rest->found.st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != at_rest->found.st_mtim.tv_nsec;
}

str at_rest_uri(const struct at_rest *at_rest, struct arena *arena)
{
    return ARENA_JOIN(arena, STR("file:"),
                      percent_encode(arena, str_from(at_rest->path), KEEP_SLASH),
                      STR("?immutable=1"));
}

void at_rest_free(struct at_rest *at_rest)
{
    if (!at_rest)
        return;
    free(at_rest->path);
    free(at_rest->wal_path);
    free(at_rest);
}
