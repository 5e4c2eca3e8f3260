#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "db/copy.h"
#include "db/sqlite.h"

static enum error flush(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return error_of_errno(errno);
    enum error err = fsync(fd) ? error_of_errno(errno) : OK;
    close(fd);
    return err;
}

/* A connection of its own: a reader's snapshot, which no writer waits for. */
static enum error copy_into(sqlite3 *handle, const char *path)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(handle, "VACUUM INTO ?1", -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    enum error err =
        result == SQLITE_DONE ? OK : sqlite_failed(handle, result, "copying the database");
    sqlite3_finalize(statement);
    return err;
}

enum error database_copy_file(struct database *database, const char *path)
{
    if (database_is_postgres(database))
        return ERR_INTERNAL;
    const struct sqlite_database *sqlite = (const struct sqlite_database *)database;
    sqlite3 *handle = NULL;
    int result = sqlite3_open_v2(sqlite->path, &handle, SQLITE_OPEN_READWRITE, NULL);
    enum error err = result == SQLITE_OK ? OK : sqlite_failed(handle, result, "opening a copy");
    if (!err) {
        sqlite3_busy_timeout(handle, 5000);
        err = copy_into(handle, path);
    }
    sqlite3_close(handle);
    return err ? err : flush(path);
}
