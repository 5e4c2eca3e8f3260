#include "service/usage.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "service/usage_table.h"

#define WRITE_EVERY SECONDS(3)
#define WAIT_FOR_ROUND_SECONDS 2
#define LAST_ROUNDS 100 /* at the end: counts come from nowhere then, so it is done long before */

int64_t usage_day(usec at)
{
    return uses_day(at);
}

/* splitmix64's finalizer: one to one, so that no two users share a key. */
int64_t usage_legacy_key(int64_t user_id)
{
    uint64_t x = (uint64_t)user_id + UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (int64_t)(x ^ (x >> 31));
}

/* --- Counting --------------------------------------------------------------------------------- */

static void wake(struct usage *usage)
{
    const uint64_t one = 1;
    /* it can only fail when the counter is full, and then the thread is awake */
    ssize_t written = write(usage->wake, &one, sizeof(one));
    (void)written;
}

/* There is little room left: to be written before the time, unless that fails just now. */
static void ask_for_room(struct usage *usage)
{
    if (!atomic_exchange(&usage->is_asked, true))
        wake(usage);
}

static size_t mix(uint64_t x)
{
    return (size_t)((x * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % USAGE_SHARDS;
}

/* How full a shard is after a use, or that there is no room. */
enum room { ROOM_NONE, ROOM_LITTLE, ROOM_ENOUGH };

static enum room add_to(struct usage_shard *shard, const struct use *use)
{
    pthread_mutex_lock(&shard->lock);
    bool added = uses_add(shard->counting, use);
    bool is_high = uses_count(shard->counting) >= USAGE_HIGH;
    pthread_mutex_unlock(&shard->lock);
    return !added ? ROOM_NONE : is_high ? ROOM_LITTLE : ROOM_ENOUGH;
}

/*
 * The thread's own shard (its handle tells it from the others); when that one is full, one of a few
 * of the token's, and when those fill too, it is time to write.
 */
bool usage_add_use(struct usage *usage, const struct use *use)
{
    enum room room = add_to(&usage->shards[mix((uint64_t)pthread_self())], use);
    if (room != ROOM_NONE)
        return true;
    size_t first = mix((uint64_t)use->key.token_key);
    for (size_t i = 0; room == ROOM_NONE && i < USAGE_OTHERS; i++)
        room = add_to(&usage->shards[(first + i) % USAGE_SHARDS], use);
    if (room != ROOM_ENOUGH)
        ask_for_room(usage);
    if (room == ROOM_NONE)
        atomic_fetch_add_explicit(&usage->dropped, use->count, memory_order_relaxed);
    return room != ROOM_NONE;
}

int64_t usage_key(const struct principal *who)
{
    switch (who->kind) {
    case CREDENTIAL_NONE:
    case CREDENTIAL_SESSION:
    case CREDENTIAL_OPERATOR:
    case CREDENTIAL_COUNT:
        break;
    case CREDENTIAL_LEGACY_TOKEN:
        return usage_legacy_key(who->user_id);
    case CREDENTIAL_ACCESS_TOKEN:
    case CREDENTIAL_PAT:
    case CREDENTIAL_API_KEY:
        return who->token_key;
    }
    return 0;
}

void usage_count(struct shared *shared, const struct principal *who, str address, str user_agent,
                 usec now)
{
    struct use use = {
        .key = {.token_key = usage_key(who),
                .user_id = who->user_id,
                .organization_id = who->organization_id,
                .is_legacy = who->kind == CREDENTIAL_LEGACY_TOKEN},
        .count = 1,
        .first_at = now,
        .last_at = now,
        .address = address,
        .user_agent = user_agent,
    };
    if (shared->usage && use.key.token_key != 0)
        (void)usage_add_use(shared->usage, &use); /* dropped: counted as such */
}

/* --- The thread that writes ------------------------------------------------------------------- */

static void write_round(struct usage *usage, bool was_failing, bool *is_failing)
{
    CLEANUP(arena_release) struct arena arena = {0};
    bool is_done = false;
    pthread_mutex_lock(&usage->round_lock);
    usage->rounds_begun++;
    pthread_mutex_unlock(&usage->round_lock);

    usec began = time_monotonic();
    enum error err = usage_write(usage, &arena, &is_done);
    if (!err && !is_done) /* an earlier round had left something: that came first */
        err = usage_write(usage, &arena, &is_done);
    atomic_fetch_add(&usage->flush_usec, (uint64_t)(time_monotonic() - began));
    atomic_fetch_add(err ? &usage->failures : &usage->flushes, 1);
    if (err && !was_failing)
        log_error("what tokens did cannot be written, and waits in memory: %s", error_name(err));
    if (!err && was_failing)
        log_info("what tokens did is written again");
    *is_failing = err != OK;

    pthread_mutex_lock(&usage->round_lock);
    usage->rounds_done = usage->rounds_begun;
    pthread_cond_broadcast(&usage->round_over);
    pthread_mutex_unlock(&usage->round_lock);
}

/* Until somebody asks, a report comes, or `until` (monotonic). */
static void wait_until(struct usage *usage, usec until)
{
    struct pollfd ready[] = {{.fd = usage->wake, .events = POLLIN},
                             {.fd = usage->socket, .events = POLLIN}};
    uint64_t asked;
    usec left = until - time_monotonic();
    int timeout = left > 0 ? (int)(left / 1000) + 1 : 0;
    if (poll(ready, COUNT_OF(ready), timeout) < 0 && errno != EINTR)
        log_error("waiting for uses: %s", strerror(errno));
    if (ready[0].revents & POLLIN) {
        ssize_t got = read(usage->wake, &asked, sizeof(asked));
        (void)got; /* how often it was asked does not matter */
    }
}

static void *write_all(void *argument)
{
    struct usage *usage = argument;
    bool is_failing = false;
    usec next = time_monotonic() + WRITE_EVERY;
    while (!atomic_load(&usage->is_stopping)) {
        wait_until(usage, next);
        usage_reports_read(usage, time_now());
        usec now = time_monotonic();
        bool is_due = atomic_exchange(&usage->is_wanted, false) || now >= next;
        if (!is_failing && atomic_load(&usage->is_asked))
            is_due = true;
        if (!is_due)
            continue;
        atomic_store(&usage->is_asked, false);
        next = now + WRITE_EVERY;
        write_round(usage, is_failing, &is_failing);
    }
    return NULL;
}

static void write_the_rest(struct usage *usage)
{
    CLEANUP(arena_release) struct arena arena = {0};
    enum error err = OK;
    bool is_done = false;
    usage_reports_read(usage, time_now());
    for (int i = 0; !err && !is_done && i < LAST_ROUNDS; i++)
        err = usage_write(usage, &arena, &is_done);
    if (err)
        log_error("the last counts of what tokens did are lost: %s", error_name(err));
}

void usage_flush_now(struct shared *shared)
{
    struct usage *usage = shared->usage;
    struct timespec end;
    if (!usage)
        return;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += WAIT_FOR_ROUND_SECONDS;
    pthread_mutex_lock(&usage->round_lock);
    uint64_t wanted = usage->rounds_begun + 1;
    int waited = 0;
    atomic_store(&usage->is_wanted, true);
    wake(usage);
    while (usage->rounds_done < wanted && waited == 0)
        waited = pthread_cond_timedwait(&usage->round_over, &usage->round_lock, &end);
    pthread_mutex_unlock(&usage->round_lock);
}

/* --- Life ------------------------------------------------------------------------------------- */

static void usage_free(struct usage *usage)
{
    usage_reports_close(usage);
    if (usage->wake >= 0)
        close(usage->wake);
    db_close(usage->db);
    for (size_t i = 0; i < USAGE_SHARDS; i++) {
        pthread_mutex_destroy(&usage->shards[i].lock);
        uses_free(usage->shards[i].counting);
        uses_free(usage->shards[i].writing);
    }
    pthread_mutex_destroy(&usage->round_lock);
    pthread_cond_destroy(&usage->round_over);
    free(usage);
}

static enum error usage_new(struct usage **out)
{
    struct usage *usage = calloc(1, sizeof(*usage));
    pthread_condattr_t attributes;
    enum error err = OK;
    if (!usage)
        return ERR_INTERNAL;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&usage->round_over, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&usage->round_lock, NULL);
    usage->purged = INT64_MIN;
    usage->socket = -1;
    usage->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (usage->wake < 0)
        err = ERR_INTERNAL;
    for (size_t i = 0; i < USAGE_SHARDS; i++) {
        struct usage_shard *shard = &usage->shards[i];
        pthread_mutex_init(&shard->lock, NULL);
        shard->counting = uses_new(USAGE_SHARD_ENTRIES);
        shard->writing = uses_new(USAGE_SHARD_ENTRIES);
        if (!shard->counting || !shard->writing)
            err = ERR_INTERNAL;
    }
    if (err) {
        usage_free(usage);
        return err;
    }
    *out = usage;
    return OK;
}

enum error usage_start(struct shared *shared)
{
    struct usage *usage;
    enum error err = usage_new(&usage);
    if (err)
        return err;
    err = db_connect(shared->database, &usage->db);
    if (!err) {
        if (shared->page_path)
            usage_reports_open(usage, shared->page_path);
        if (pthread_create(&usage->thread, NULL, write_all, usage) != 0)
            err = ERR_INTERNAL;
    }
    if (err) {
        usage_free(usage);
        return err;
    }
    shared->usage = usage;
    return OK;
}

void usage_stop(struct shared *shared)
{
    struct usage *usage = shared->usage;
    if (!usage)
        return;
    atomic_store(&usage->is_stopping, true);
    wake(usage);
    pthread_join(usage->thread, NULL);
    write_the_rest(usage);
    shared->usage = NULL;
    usage_free(usage);
}

struct usage_stats usage_stats(const struct shared *shared)
{
    struct usage *usage = shared->usage;
    struct usage_stats stats = {0};
    if (!usage)
        return stats;
    stats.flushes = atomic_load(&usage->flushes);
    stats.failures = atomic_load(&usage->failures);
    stats.flush_seconds = (double)atomic_load(&usage->flush_usec) / 1e6;
    stats.dropped = atomic_load(&usage->dropped);
    stats.reported = atomic_load(&usage->reported);
    for (size_t i = 0; i < USAGE_SHARDS; i++) {
        struct usage_shard *shard = &usage->shards[i];
        pthread_mutex_lock(&shard->lock);
        stats.pending += uses_count(shard->counting);
        stats.pending += shard->writing ? uses_count(shard->writing) : 0;
        pthread_mutex_unlock(&shard->lock);
    }
    return stats;
}
