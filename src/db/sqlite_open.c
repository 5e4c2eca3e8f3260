#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/log.h"
#include "db/sqlite.h"

/* What SQLite's errors mean */

static bool says_full(int err)
{
    return err == ENOSPC || err == EDQUOT || err == EFBIG;
}

/* Why the log, or the journal, was last not written; SQLite's own note of it may be overwritten. */
static int log_errno(sqlite3 *handle)
{
    sqlite3_file *log = NULL;
    int err = 0;
    if (sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
        log && log->pMethods)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &err);
    return err;
}

static bool is_disk_full(sqlite3 *handle, int result)
{
    int err = 0;
    if (says_full(sqlite3_system_errno(handle)))
        return true;
    if (result != SQLITE_IOERR_WRITE)
        return false;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &err);
    return says_full(err) || says_full(log_errno(handle));
}

static enum error meaning_of_no_open(sqlite3 *handle)
{
    switch (sqlite3_system_errno(handle)) {
    case ENOENT:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_READ_ONLY;
    default:
        return is_disk_full(handle, SQLITE_CANTOPEN) ? ERR_FULL : ERR_IO;
    }
}

enum error sqlite_meaning(sqlite3 *handle, int result)
{
    switch (result & 0xFF) {
    case SQLITE_FULL:
        return ERR_FULL;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return ERR_READ_ONLY;
    case SQLITE_CONSTRAINT:
        return ERR_CONFLICT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    case SQLITE_IOERR:
        return is_disk_full(handle, result) ? ERR_FULL : ERR_IO;
    case SQLITE_CANTOPEN:
        return meaning_of_no_open(handle);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return ERR_MALFORMED;
    default:
        return ERR_INTERNAL;
    }
}

enum error sqlite_failed(sqlite3 *handle, int result, const char *doing)
{
    enum error err = sqlite_meaning(handle, result);
    if (err != ERR_CONFLICT) { /* which is an answer, not a fault */
        db_note_failure();
        log_error("SQLite: %s (%s): %s", sqlite3_errmsg(handle), error_name(err), doing);
    }
    return err;
}

/* Files */

/* SQLite gives its helper files the same mode. ERR_CONFLICT: it is there already. */
static enum error create_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? ERR_CONFLICT : ERR_IO;
    close(fd);
    return OK;
}

static enum error no_file(const char *path, int err, struct arena *arena, str *problem)
{
    PROBLEM(arena, problem, "the database '%s' cannot be made: %s", path, strerror(err));
    switch (err) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_READ_ONLY;
    case ENOSPC:
    case EDQUOT:
        return ERR_FULL;
    default:
        return ERR_IO;
    }
}

/* Connections */

static const char *remedy(enum error err, enum db_mode mode)
{
    switch ((int)err) {
    case ERR_READ_ONLY:
        return mode == DB_READ_ONLY ? "; it and its folder must be readable by this user"
                                    : "; it and its folder must be writable by this user";
    case ERR_FULL:
        return "; make room on the disk";
    case ERR_MALFORMED:
        return "; it is not an SQLite database, or it is damaged";
    case ERR_BUSY:
        return "; another program has it locked";
    default:
        return "";
    }
}

static enum error cannot_open(sqlite3 *handle, int result, const struct sqlite_database *database,
                              struct arena *arena, str *problem)
{
    enum error err = handle ? sqlite_meaning(handle, result) : ERR_INTERNAL;
    int reason = handle ? sqlite3_system_errno(handle) : 0;
    PROBLEM(arena, problem, "the database '%s' cannot be opened: %s%s%s%s%s", database->path,
            handle ? sqlite3_errmsg(handle) : "out of memory", reason ? " (" : "",
            reason ? strerror(reason) : "", reason ? ")" : "", remedy(err, database->mode));
    return err;
}

/*
 * Readers never write, not even the log's upkeep. Their cache is small, for there are many; the
 * system's own cache is behind it. FULL: a commit is answered when it is on disk.
 */
static const char reader_setup[] = "PRAGMA query_only = ON;"
                                   "PRAGMA cache_size = -1024;"
                                   "PRAGMA mmap_size = 0;"
                                   "SELECT count(*) FROM sqlite_schema;";
static const char writer_setup[] = "PRAGMA journal_mode = WAL;"
                                   "PRAGMA synchronous = FULL;"
                                   "PRAGMA foreign_keys = ON;"
                                   "PRAGMA cache_size = -8192;"
                                   "PRAGMA temp_store = MEMORY;"
                                   "PRAGMA mmap_size = 0;"
                                   "PRAGMA wal_autocheckpoint = 0;"
                                   "PRAGMA journal_size_limit = 16777216;"
                                   "SELECT count(*) FROM sqlite_schema;";

static int set_up(sqlite3 *handle, bool for_writing)
{
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, (int)(DB_BUSY_WAIT / 1000));
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (!for_writing)
        sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    int result = sqlite3_exec(handle, for_writing ? writer_setup : reader_setup, NULL, NULL, NULL);
    if (result == SQLITE_OK && for_writing && sqlite3_db_readonly(handle, "main") == 1)
        return SQLITE_READONLY;
    return result;
}

static int open_file(struct sqlite_db *db, const char *path, enum db_mode mode)
{
    int flags =
        SQLITE_OPEN_NOMUTEX | (mode == DB_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    int result = sqlite3_open_v2(path, &db->handle, flags, NULL);
    if (result != SQLITE_OK || mode != DB_READ_ONLY)
        return result;
    db->at_rest = at_rest_find(db->handle, path);
    if (!db->at_rest)
        return SQLITE_OK;
    sqlite3_close(db->handle);
    struct arena arena = {0};
    str uri = at_rest_uri(db->at_rest, &arena);
    result = sqlite3_open_v2(uri.ptr, &db->handle, flags | SQLITE_OPEN_URI, NULL);
    arena_release(&arena);
    return result;
}

enum error sqlite_handle_open(struct sqlite_db *db, struct arena *arena, str *problem)
{
    struct sqlite_database *database = (struct sqlite_database *)db->base.database;
    int result = open_file(db, database->path, database->mode);
    if (result == SQLITE_OK)
        result = set_up(db->handle, db->is_writer);
    if (result != SQLITE_OK) {
        enum error err = cannot_open(db->handle, result, database, arena, problem);
        sqlite_handle_close(db);
        return err;
    }
    if (db->is_writer)
        sqlite_count_wal_pages(database);
    return OK;
}

void sqlite_handle_close(struct sqlite_db *db)
{
    sqlite3_close(db->handle);
    at_rest_free(db->at_rest);
    db->handle = NULL;
    db->at_rest = NULL;
}

/* The database */

/* SQLite's count of allocated bytes is a lock that all threads meet at. */
static void set_up_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_initialize();
}

/* A relative path is one, whatever it looks like: ":memory:" is a file too. */
static char *path_of(str path)
{
    size_t room = path.len + sizeof("./");
    char *copy = allocate(room);
    snprintf(copy, room, "%s%.*s", str_starts(path, STR("/")) ? "" : "./", STR_ARG(path));
    return copy;
}

static struct sqlite_database *database_new(str path, enum db_mode mode)
{
    struct sqlite_database *database = allocate(sizeof(*database));
    database_setup(&database->base, &sqlite_driver, false);
    database->path = path_of(path);
    database->mode = mode;
    database->writer.base.database = &database->base;
    database->writer.is_writer = true;
    pthread_mutex_init(&database->readers_mutex, NULL);
    turns_init(&database->turns);
    return database;
}

/* Proves by its first connection that the file is a database that can be used as asked. */
static enum error try_first(struct sqlite_database *database, struct arena *arena, str *problem)
{
    if (database->mode != DB_READ_ONLY)
        return sqlite_handle_open(&database->writer, arena, problem);
    struct sqlite_db reader = {.base.database = &database->base};
    enum error err = sqlite_handle_open(&reader, arena, problem);
    sqlite_handle_close(&reader);
    return err;
}

enum error sqlite_database_open(str path, enum db_mode mode, struct arena *arena, str *problem,
                                struct database **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_library);

    struct sqlite_database *database = database_new(path, mode);
    bool is_new = false;
    enum error err = OK;
    if (mode == DB_READ_WRITE) {
        err = create_file(database->path);
        is_new = !err;
        if (err == ERR_CONFLICT)
            err = OK;
        else if (err)
            err = no_file(database->path, errno, arena, problem);
    }
    if (!err)
        err = try_first(database, arena, problem);
    if (err) {
        if (is_new)
            unlink(database->path); /* nothing half made */
        database_close(&database->base);
        return err;
    }
    *out = &database->base;
    return OK;
}
