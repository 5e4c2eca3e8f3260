#include "decision/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/*
 * A counter: the version in the upper 52 bits, microseconds until the year 2112, and the number of
 * announced changes in the lower 12. A number that has reached its top stays there, as nobody knows
 * any more how many must end, until it is cleared.
 */
#define ANNOUNCED_BITS 12
#define ANNOUNCED_TOP ((UINT64_C(1) << ANNOUNCED_BITS) - 1)
#define VERSION_TOP ((UINT64_C(1) << (64 - ANNOUNCED_BITS)) - 1)

#define HEADER_BYTES 4096
#define PAGE_FORMAT 1

static const char page_magic[8] = "LKGENPG\n";

struct page_header {
    char magic[8];
    uint32_t format;
    uint32_t counters;
    _Atomic int64_t heartbeat;
    _Atomic int64_t max_lag;
};

struct page_file {
    union {
        struct page_header header;
        char room[HEADER_BYTES];
    };
    _Atomic uint64_t counter[GENERATION_COUNTERS];
};

struct generation_page {
    int fd; /* keeps the shared lock of a writer */
    struct page_file *file;
};

_Static_assert(sizeof(struct page_file) == HEADER_BYTES + 8 * GENERATION_COUNTERS, "fixed layout");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "processes can share only what needs no lock");

/* --- The file ------------------------------------------------------------------------------- */

static enum error error_of(int number, str path)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERR_FORBIDDEN;
    case ELOOP:
    case EISDIR:
    case ENXIO:
    case ENAMETOOLONG:
        return ERR_MALFORMED;
    case EROFS:
        return ERR_READ_ONLY;
    case ENOSPC:
    case EDQUOT:
        return ERR_FULL;
    default:
        log_error("%.*s: %s", STR_ARG(path), strerror(number));
        return ERR_IO;
    }
}

/*
 * Writers hold a shared lock for as long as they have the page open; making the page and clearing
 * announcements need the exclusive one. These locks belong to the open file and end with their
 * process. A reader, who may not write the file, cannot take the exclusive one.
 */
static int lock(int fd, short type, int command)
{
    struct flock wanted = {.l_type = type, .l_whence = SEEK_SET};
    int result;
    do
        result = fcntl(fd, command, &wanted);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

static int write_at(int fd, const void *bytes, size_t len, off_t at)
{
    ssize_t written = pwrite(fd, bytes, len, at);
    if (written < 0)
        return errno;
    return (size_t)written == len ? 0 : ENOSPC;
}

/* The header comes last: until then the file counts as not made. Written, not mapped, so that a
 * full disk is an error here and not a signal later. */
static int make(int fd, usec now)
{
    uint64_t block[512];
    for (size_t i = 0; i < COUNT_OF(block); i++)
        block[i] = (uint64_t)now << ANNOUNCED_BITS;
    for (size_t at = HEADER_BYTES; at < sizeof(struct page_file); at += sizeof(block)) {
        int failure = write_at(fd, block, sizeof(block), (off_t)at);
        if (failure)
            return failure;
    }
    struct page_header header = {.format = PAGE_FORMAT, .counters = GENERATION_COUNTERS};
    memcpy(header.magic, page_magic, sizeof(page_magic));
    int failure = write_at(fd, &header, sizeof(header), 0);
    if (!failure && fchmod(fd, S_IRUSR | S_IWUSR | S_IRGRP) != 0)
        failure = errno;
    return failure;
}

enum state { MADE, NOT_MADE, FOREIGN, NEWER };

static enum state state_of(int fd)
{
    struct stat status;
    struct page_header header = {0};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return FOREIGN;
    if (pread(fd, &header, sizeof(header), 0) < (ssize_t)sizeof(header))
        return status.st_size == 0 ? NOT_MADE : FOREIGN;
    /* Somebody died while making it, or the machine did before all of it was on the disk. */
    static const char nothing[sizeof(header.magic)];
    if (memcmp(header.magic, nothing, sizeof(nothing)) == 0 &&
        status.st_size <= (off_t)sizeof(struct page_file))
        return NOT_MADE;
    if (memcmp(header.magic, page_magic, sizeof(page_magic)) != 0)
        return FOREIGN;
    if (header.format > PAGE_FORMAT)
        return NEWER;
    bool whole = header.format == PAGE_FORMAT && header.counters == GENERATION_COUNTERS &&
                 status.st_size == (off_t)sizeof(struct page_file);
    return whole ? MADE : FOREIGN;
}

/* Leaves the shared lock on `fd`. */
static int make_if_missing(int fd)
{
    int failure = lock(fd, F_RDLCK, F_OFD_SETLKW);
    if (failure || state_of(fd) != NOT_MADE)
        return failure;
    /* Let go first: two who wait to exchange their shared locks would wait for ever. */
    failure = lock(fd, F_UNLCK, F_OFD_SETLKW);
    if (!failure)
        failure = lock(fd, F_WRLCK, F_OFD_SETLKW);
    if (!failure && state_of(fd) == NOT_MADE)
        failure = make(fd, time_now());
    if (!failure)
        failure = lock(fd, F_RDLCK, F_OFD_SETLKW);
    return failure;
}

static enum error map(int fd, enum generation_mode mode, str path, struct generation_page **out)
{
    switch (state_of(fd)) {
    case NOT_MADE:
        return ERR_NOT_FOUND;
    case FOREIGN:
        return ERR_MALFORMED;
    case NEWER:
        return ERR_TOO_NEW;
    case MADE:
        break;
    }
    int protection = mode == READ_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
    void *file = mmap(NULL, sizeof(struct page_file), protection, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED)
        return error_of(errno, path);

    struct generation_page *page = malloc(sizeof(*page));
    if (!page)
        abort();
    page->fd = fd;
    page->file = file;
    *out = page;
    return OK;
}

enum error generation_open(str path, enum generation_mode mode, struct generation_page **out)
{
    char name[PATH_MAX];
    if (path.len >= sizeof(name) || str_has(path, '\0'))
        return ERR_MALFORMED;
    memcpy(name, path.ptr, path.len);
    name[path.len] = '\0';

    /* Not through a link, which could lead to another's file; and without waiting for a pipe. */
    int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    flags |= mode == READ_WRITE ? O_RDWR | O_CREAT : O_RDONLY;
    int fd = open(name, flags, S_IRUSR | S_IWUSR | S_IRGRP);
    if (fd < 0)
        return error_of(errno, path);

    int failure = mode == READ_WRITE ? make_if_missing(fd) : 0;
    enum error err = failure ? error_of(failure, path) : map(fd, mode, path, out);
    if (err)
        close(fd);
    return err;
}

void generation_close(struct generation_page *page)
{
    if (!page)
        return;
    munmap(page->file, sizeof(struct page_file));
    close(page->fd);
    free(page);
}

/* --- Counters ------------------------------------------------------------------------------- */

uint32_t generation_slot(enum owner_kind kind, uint64_t key)
{
    /* splitmix64's finalizer: neighbours part, and the three kinds start far from each other. */
    uint64_t x = key + ((uint64_t)kind + 1) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((x ^ (x >> 31)) % GENERATION_COUNTERS);
}

static uint64_t announced_in(uint64_t counter)
{
    return counter & ANNOUNCED_TOP;
}

static uint64_t version_in(uint64_t counter)
{
    return counter >> ANNOUNCED_BITS;
}

static uint64_t with_announcement(uint64_t counter)
{
    return announced_in(counter) == ANNOUNCED_TOP ? counter : counter + 1;
}

/* A version that can move no further must never hold again. */
static uint64_t moved(uint64_t counter, uint64_t announced, usec now)
{
    uint64_t version = version_in(counter);
    if (version == VERSION_TOP)
        return counter | ANNOUNCED_TOP;
    uint64_t next = now > 0 && (uint64_t)now > version ? (uint64_t)now : version + 1;
    if (next > VERSION_TOP)
        next = VERSION_TOP;
    return next << ANNOUNCED_BITS | announced;
}

static uint64_t with_end(uint64_t counter, usec now)
{
    uint64_t announced = announced_in(counter);
    if (announced > 0 && announced < ANNOUNCED_TOP)
        announced--;
    return moved(counter, announced, now);
}

static _Atomic uint64_t *counter_at(const struct generation_page *page, uint32_t slot)
{
    return &page->file->counter[slot % GENERATION_COUNTERS];
}

void generation_announce(struct generation_page *page, uint32_t slot)
{
    _Atomic uint64_t *counter = counter_at(page, slot);
    uint64_t old = atomic_load(counter);
    while (!atomic_compare_exchange_weak(counter, &old, with_announcement(old)))
        ;
}

void generation_end(struct generation_page *page, uint32_t slot, usec now)
{
    _Atomic uint64_t *counter = counter_at(page, slot);
    uint64_t old = atomic_load(counter);
    while (!atomic_compare_exchange_weak(counter, &old, with_end(old, now)))
        ;
}

void generation_announce_all(struct generation_page *page)
{
    for (uint32_t slot = 0; slot < GENERATION_COUNTERS; slot++)
        generation_announce(page, slot);
}

void generation_end_all(struct generation_page *page, usec now)
{
    for (uint32_t slot = 0; slot < GENERATION_COUNTERS; slot++)
        generation_end(page, slot, now);
}

enum error generation_clear_announcements(struct generation_page *page, usec now)
{
    int failure = lock(page->fd, F_WRLCK, F_OFD_SETLK);
    bool alone = failure == 0;
    for (uint32_t slot = 0; slot < GENERATION_COUNTERS; slot++) {
        _Atomic uint64_t *counter = counter_at(page, slot);
        uint64_t old = atomic_load(counter);
        while (!atomic_compare_exchange_weak(counter, &old,
                                             moved(old, alone ? 0 : announced_in(old), now)))
            ;
    }
    if (!alone)
        return failure == EAGAIN || failure == EACCES ? ERR_BUSY : ERR_IO;
    return lock(page->fd, F_RDLCK, F_OFD_SETLK) == 0 ? OK : ERR_IO;
}

uint64_t generation_read(const struct generation_page *page, uint32_t slot, bool *announced)
{
    uint64_t counter = atomic_load_explicit(counter_at(page, slot), memory_order_acquire);
    *announced = announced_in(counter) > 0;
    return version_in(counter);
}

usec generation_version_time(uint64_t version)
{
    return (usec)version;
}

/* --- The follower's heartbeat --------------------------------------------------------------- */

void generation_beat(struct generation_page *page, usec now)
{
    atomic_store(&page->file->header.heartbeat, now);
}

usec generation_heartbeat(const struct generation_page *page)
{
    return atomic_load(&page->file->header.heartbeat);
}

void generation_set_max_lag(struct generation_page *page, usec max_lag)
{
    atomic_store(&page->file->header.max_lag, max_lag);
}

bool generation_is_current(const struct generation_page *page, usec now)
{
    usec max_lag = atomic_load_explicit(&page->file->header.max_lag, memory_order_acquire);
    if (max_lag == 0)
        return true;
    usec heartbeat = atomic_load_explicit(&page->file->header.heartbeat, memory_order_acquire);
    /* One from the future is a clock that was set back: it says nothing about its age. */
    usec age;
    return !__builtin_sub_overflow(now, heartbeat, &age) && age <= max_lag && age >= -max_lag;
}

/* --- What a decision rests on --------------------------------------------------------------- */

struct basis basis_take(const struct generation_page *page, uint64_t user_id,
                        uint64_t organization_id, uint64_t token_key)
{
    struct basis basis = {.slot = {generation_slot(OWNER_USER, user_id),
                                   generation_slot(OWNER_ORGANIZATION, organization_id),
                                   generation_slot(OWNER_TOKEN, token_key)}};
    /* Of a change under way the old version is taken: with its end that one is over. */
    for (size_t i = 0; i < COUNT_OF(basis.slot); i++) {
        bool announced;
        basis.version[i] = generation_read(page, basis.slot[i], &announced);
    }
    return basis;
}

bool basis_holds(const struct generation_page *page, const struct basis *basis)
{
    uint64_t differ = 0;
    for (size_t i = 0; i < COUNT_OF(basis->slot); i++) {
        uint64_t counter =
            atomic_load_explicit(counter_at(page, basis->slot[i]), memory_order_acquire);
        differ |= announced_in(counter) | (version_in(counter) ^ basis->version[i]);
    }
    return differ == 0;
}
