#include "crypto/master.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/hkdf.h"
#include "crypto/random.h"

static void close_file(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static str folder_of(str path)
{
    str folder, name;
    if (!str_cut_last(path, '/', &folder, &name))
        return STR(".");
    return str_is_empty(folder) ? STR("/") : folder;
}

/* Root runs commands on the files of the daemon's user, who owns the folder as well. */
static bool is_folder_owner(str path, uid_t uid, struct arena *arena)
{
    struct stat folder;
    return stat(arena_cstr(arena, folder_of(path)), &folder) == 0 && folder.st_uid == uid;
}

static bool is_trusted_owner(str path, uid_t uid, struct arena *arena)
{
    return uid == geteuid() || uid == 0 || (geteuid() == 0 && is_folder_owner(path, uid, arena));
}

/* Nobody but the owner; or root's group, for so systemd shows a credential that it has opened to
 * one user by an ACL. */
static bool is_private(const struct stat *st)
{
    mode_t others = st->st_mode & 07777 & ~(mode_t)0600;
    return others == 0 || (others == 0040 && st->st_uid == 0 && st->st_gid == 0);
}

static enum error look_at(int fd, str path, struct arena *arena, str *problem)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        *problem = arena_printf(arena, "cannot look at the master key %.*s: %s", STR_ARG(path),
                                strerror(errno));
        return ERR_IO;
    }
    if (!S_ISREG(st.st_mode)) {
        *problem = arena_printf(arena,
                                "the master key %.*s is not a regular file; put the file with the "
                                "key there",
                                STR_ARG(path));
        return ERR_MALFORMED;
    }
    if (!is_trusted_owner(path, st.st_uid, arena)) {
        *problem =
            arena_printf(arena,
                         "the master key %.*s belongs to user %u, and this is user %u; run as "
                         "its owner, or give it over with chown",
                         STR_ARG(path), (unsigned)st.st_uid, (unsigned)geteuid());
        return ERR_FORBIDDEN;
    }
    if (!is_private(&st)) {
        *problem = arena_printf(arena,
                                "the master key %.*s has mode %04o, so that others may get at it; "
                                "run chmod 600 on it, and take another key if somebody may have",
                                STR_ARG(path), (unsigned)(st.st_mode & 07777));
        return ERR_FORBIDDEN;
    }
    if (st.st_size != MASTER_BYTES) {
        *problem = arena_printf(arena,
                                "the master key %.*s has %lld bytes instead of %d; restore it from "
                                "a backup: without it the sealed secrets in the database are lost",
                                STR_ARG(path), (long long)st.st_size, MASTER_BYTES);
        return ERR_MALFORMED;
    }
    return OK;
}

static enum error read_key(int fd, str path, struct arena *arena, str *problem, struct master *out)
{
    enum error err = look_at(fd, path, arena, problem);
    if (err)
        return err;
    struct master master;
    ssize_t n;
    do
        n = read(fd, master.key, sizeof(master.key));
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof(master.key)) {
        *out = master;
    } else {
        *problem = arena_printf(arena, "cannot read the master key %.*s: %s", STR_ARG(path),
                                n < 0 ? strerror(errno) : "it ended early");
        err = ERR_IO;
    }
    wipe(&master, sizeof(master));
    return err;
}

/* A file with the key under a name of its own, on the disk. */
static enum error write_key(const char *path, const struct master *master)
{
    CLEANUP(close_file) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_of_errno(errno);
    ssize_t n = write(fd, master->key, sizeof(master->key));
    if (n >= 0 && n < (ssize_t)sizeof(master->key))
        errno = ENOSPC; /* nothing else cuts 32 bytes */
    if (n == (ssize_t)sizeof(master->key) && fchmod(fd, 0600) == 0 && fsync(fd) == 0)
        return OK;
    return error_of_errno(errno);
}

static enum error sync_folder(str path, struct arena *arena)
{
    CLEANUP(close_file)
    int fd = open(arena_cstr(arena, folder_of(path)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? OK : error_of_errno(errno);
}

/*
 * The file gets its name only when it is whole, and link() never replaces one: so a process that
 * dies leaves no half key, and of two processes the second reads the first one's.
 */
static enum error put_file(str path, const struct master *master, struct arena *arena, str *problem)
{
    const char *name = arena_cstr(arena, path);
    str suffix = random_hex(arena, 8);
    const char *draft =
        arena_cstr(arena, arena_printf(arena, "%s.%.*s.new", name, STR_ARG(suffix)));
    enum error err = write_key(draft, master);
    if (!err && link(draft, name) != 0)
        err = error_of_errno(errno);
    int reason = errno;
    unlink(draft);
    errno = reason;
    if (!err)
        err = sync_folder(path, arena);
    if (err && err != ERR_CONFLICT)
        *problem = arena_printf(arena,
                                "cannot make the master key %.*s: %s; its folder must be there, "
                                "writable and with room",
                                STR_ARG(path), strerror(errno));
    return err;
}

static enum error make_file(str path, struct arena *arena, str *problem)
{
    struct master master;
    random_bytes(master.key, sizeof(master.key));
    enum error err = put_file(path, &master, arena, problem);
    master_release(&master);
    return err == ERR_CONFLICT ? OK : err; /* another process was faster */
}

enum error master_put(str path, const struct master *master, struct arena *arena, str *problem)
{
    enum error err = put_file(path, master, arena, problem);
    if (err == ERR_CONFLICT)
        *problem = arena_printf(arena, "there is a master key %.*s already", STR_ARG(path));
    return err;
}

enum error master_open(str path, enum master_mode mode, struct arena *arena, str *problem,
                       struct master *out)
{
    const char *name = arena_cstr(arena, path);
    /* O_NONBLOCK: a pipe in the key's place must not hold us up */
    CLEANUP(close_file) int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT && mode == MASTER_MAKE) {
        enum error err = make_file(path, arena, problem);
        if (err)
            return err;
        fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    }
    if (fd >= 0)
        return read_key(fd, path, arena, problem, out);
    int reason = errno;
    const char *remedy = reason == ENOENT   ? "; name the right folder, or start the daemon once"
                         : reason == EACCES ? "; run as the daemon's user"
                                            : "";
    *problem = arena_printf(arena, "cannot read the master key %.*s: %s%s", STR_ARG(path),
                            strerror(reason), remedy);
    return error_of_errno(reason);
}

void master_release(struct master *master)
{
    wipe(master, sizeof(*master));
}

void master_subkey(const struct master *master, const char *label, unsigned char out[SUBKEY_BYTES])
{
    hkdf(str_of((const char *)master->key, sizeof(master->key)), STR(""), str_from(label), out);
}
