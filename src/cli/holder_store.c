#include "cli/holder_store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/random.h"

#define FILE_NAME "credentials"
#define LOCK_NAME "credentials.lock"
#define FILE_MAX 1048576

static str folder_path(struct arena *arena)
{
    str config = str_from(secure_getenv("XDG_CONFIG_HOME"));
    if (str_starts(config, STR("/"))) /* a relative one is to be ignored, says the standard */
        return ARENA_JOIN(arena, config, STR("/latchkey"));
    str home = str_from(secure_getenv("HOME"));
    return str_is_empty(home) ? STR("") : ARENA_JOIN(arena, home, STR("/.config/latchkey"));
}

static enum error say_errno(const struct holder_store *store, const char *what, struct arena *arena,
                            str *problem)
{
    int number = errno;
    *problem =
        arena_printf(arena, "cannot %s in %.*s: %s", what, STR_ARG(store->path),
                     number == ELOOP ? "it is a link, which is not followed" : strerror(number));
    return number == ENOENT ? ERR_NOT_FOUND : error_of_errno(number);
}

static enum error check_owner(const struct holder_store *store, int fd, mode_t forbidden,
                              struct arena *arena, str *problem)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return say_errno(store, "look at the credentials", arena, problem);
    if (st.st_uid == geteuid() && (st.st_mode & forbidden) == 0)
        return OK;
    *problem = arena_printf(arena,
                            "%.*s and the credentials in it must be yours and nobody else's: "
                            "chmod 700 the folder, chmod 600 the files",
                            STR_ARG(store->path));
    return ERR_FORBIDDEN;
}

static enum error open_folder(struct holder_store *store, enum holder_mode mode,
                              struct arena *arena, str *problem)
{
    store->path = folder_path(arena);
    if (str_is_empty(store->path)) {
        *problem = STR("neither XDG_CONFIG_HOME nor HOME says where credentials are kept");
        return ERR_NOT_FOUND;
    }
    enum error err = mode == HOLDER_CHANGE ? folder_make(store->path, arena, problem) : OK;
    if (err)
        return err;
    store->folder =
        open(arena_cstr(arena, store->path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (store->folder < 0)
        return say_errno(store, "keep credentials", arena, problem);
    return check_owner(store, store->folder, 0022, arena, problem);
}

static enum error take_lock(struct holder_store *store, struct arena *arena, str *problem)
{
    store->lock = openat(store->folder, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    int failed = store->lock < 0 ? -1 : flock(store->lock, LOCK_EX);
    while (failed != 0 && store->lock >= 0 && errno == EINTR)
        failed = flock(store->lock, LOCK_EX);
    return failed == 0 ? OK : say_errno(store, "lock the credentials", arena, problem);
}

static enum error read_text(int fd, struct arena *arena, str *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
        errno = EINVAL;
        return ERR_IO;
    }
    char *text = arena_bytes(arena, (size_t)st.st_size + 1);
    size_t len = 0;
    while (len < (size_t)st.st_size) {
        ssize_t n = read(fd, text + len, (size_t)st.st_size - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_IO;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    *out = str_of(text, len);
    return OK;
}

static enum error read_file(struct holder_store *store, struct arena *arena, str *problem)
{
    str text = STR("");
    int fd = openat(store->folder, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        store->root = json_object();
        return OK;
    }
    if (fd < 0)
        return say_errno(store, "open the credentials", arena, problem);
    enum error err = check_owner(store, fd, 0077, arena, problem);
    if (!err && read_text(fd, arena, &text))
        err = say_errno(store, "read the credentials", arena, problem);
    close(fd);
    if (err)
        return err;
    store->root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(store->root))
        return OK;
    *problem = arena_printf(arena, "%.*s/" FILE_NAME " is damaged; delete it and log in again",
                            STR_ARG(store->path));
    return ERR_MALFORMED;
}

enum error holder_open(enum holder_mode mode, struct arena *arena, str *problem,
                       struct holder_store *out)
{
    *out = (struct holder_store){.folder = -1, .lock = -1, .path = STR("")};
    arena_mark_secret(arena);
    enum error err = open_folder(out, mode, arena, problem);
    if (err == ERR_NOT_FOUND && mode == HOLDER_READ) {
        out->root = json_object();
        return OK;
    }
    if (!err && mode == HOLDER_CHANGE)
        err = take_lock(out, arena, problem);
    return err ? err : read_file(out, arena, problem);
}

void holder_close(struct holder_store *store)
{
    json_decref(store->root);
    if (store->folder > 0)
        close(store->folder);
    if (store->lock > 0)
        close(store->lock);
    *store = (struct holder_store){.folder = -1, .lock = -1, .path = STR("")};
}

static str text_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return str_of(json_string_value(value), json_string_length(value));
}

static json_t *new_text(str s)
{
    return json_stringn(s.ptr, s.len);
}

/* The servers, by their addresses. */
static json_t *servers(const struct holder_store *store)
{
    json_t *servers = json_object_get(store->root, "servers");
    if (!json_is_object(servers)) {
        json_object_set_new(store->root, "servers", json_object());
        servers = json_object_get(store->root, "servers");
    }
    return servers;
}

bool holder_find(const struct holder_store *store, str url, struct holder_entry *out)
{
    const json_t *entry = json_object_getn(servers(store), url.ptr, url.len);
    *out = (struct holder_entry){
        .token = text_of(entry, "token"),
        .ca_file = text_of(entry, "ca_file"),
        .was_made_here = json_is_true(json_object_get(entry, "was_made_here")),
        .access = text_of(entry, "access"),
        .access_of = text_of(entry, "access_of"),
        .access_ends_at = json_integer_value(json_object_get(entry, "access_ends_at")) * SECONDS(1),
    };
    return json_is_object(entry);
}

str holder_default(const struct holder_store *store)
{
    return text_of(store->root, "default");
}

static void put_text(json_t *object, const char *name, str value)
{
    if (!str_is_empty(value))
        json_object_set_new(object, name, new_text(value));
}

void holder_put(struct holder_store *store, str url, const struct holder_entry *entry,
                enum holder_default_mode mode)
{
    json_t *object = json_object();
    put_text(object, "token", entry->token);
    put_text(object, "ca_file", entry->ca_file);
    if (entry->was_made_here)
        json_object_set_new(object, "was_made_here", json_true());
    put_text(object, "access", entry->access);
    put_text(object, "access_of", entry->access_of);
    if (!str_is_empty(entry->access))
        json_object_set_new(object, "access_ends_at",
                            json_integer(usec_to_seconds(entry->access_ends_at)));
    json_object_setn_new(servers(store), url.ptr, url.len, object);
    if (mode == MAKE_DEFAULT)
        json_object_set_new(store->root, "default", new_text(url));
}

void holder_forget(struct holder_store *store, str url)
{
    json_object_deln(servers(store), url.ptr, url.len);
    if (str_equal(holder_default(store), url))
        json_object_del(store->root, "default");
}

static int write_all(int fd, str text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0)
            text = str_from_at(text, (size_t)n);
    }
    return fsync(fd);
}

/* A new file takes the old one's place: whoever reads sees the one or the other, whole. */
enum error holder_write(struct holder_store *store, struct arena *arena, str *problem)
{
    char *text = json_dumps(store->root, JSON_INDENT(2));
    if (!text)
        return ERR_INTERNAL;
    const char *name =
        ARENA_JOIN(arena, STR(FILE_NAME "."), random_hex(arena, 8), STR(".new\0")).ptr;
    int fd =
        openat(store->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int failed = fd < 0 ? -1 : write_all(fd, str_from(text));
    if (fd >= 0 && close(fd) != 0)
        failed = -1;
    if (failed == 0)
        failed = renameat(store->folder, name, store->folder, FILE_NAME);
    if (failed == 0)
        failed = fsync(store->folder);
    enum error err = failed == 0 ? OK : say_errno(store, "write the credentials", arena, problem);
    if (err && fd >= 0)
        unlinkat(store->folder, name, 0);
    wipe(text, strlen(text));
    free(text);
    return err;
}
