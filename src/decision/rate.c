#include "decision/rate.h"

#include <pthread.h>
#include <sys/random.h>

#include "decision/siphash.h"

#define WAYS 8
#define NAMES_MAX ((size_t)1 << 24)
#define FAILURES_MAX 1000

/* The times of a name's latest failures, oldest first, follow in memory. */
struct entry {
    uint64_t hash; /* 0: free */
    uint32_t count;
    usec failed_at[];
};

struct rate {
    struct rate_limits limits;
    struct siphash_key hash_key;
    size_t sets, entry_bytes;
    pthread_mutex_t lock;
    char *entries; /* under lock */
};

enum error rate_new(const struct rate_limits *limits, struct rate **out)
{
    if (limits->names == 0 || limits->names > NAMES_MAX || limits->failures == 0 ||
        limits->failures > FAILURES_MAX || limits->window <= 0)
        return ERR_INVALID;

    struct rate *rate = calloc(1, sizeof(*rate));
    if (!rate)
        abort();
    rate->limits = *limits;
    rate->sets = 1;
    while (rate->sets * WAYS < limits->names)
        rate->sets *= 2;
    rate->entry_bytes = sizeof(struct entry) + limits->failures * sizeof(usec);
    rate->entries = calloc(rate->sets * WAYS, rate->entry_bytes);
    if (!rate->entries)
        abort();
    pthread_mutex_init(&rate->lock, NULL);
    if (getentropy(&rate->hash_key, sizeof(rate->hash_key)) != 0) {
        rate_free(rate);
        return ERR_INTERNAL;
    }
    *out = rate;
    return OK;
}

void rate_free(struct rate *rate)
{
    if (!rate)
        return;
    pthread_mutex_destroy(&rate->lock);
    free(rate->entries);
    wipe(&rate->hash_key, sizeof(rate->hash_key));
    free(rate);
}

static struct entry *entry_at(const struct rate *rate, uint64_t hash, size_t way)
{
    size_t index = (hash % rate->sets) * WAYS + way;
    return (struct entry *)(void *)(rate->entries + index * rate->entry_bytes);
}

/*
 * Forgets the failures that have left the window. `now` is the time at which a request came in, so
 * others may be a little ahead of it: only what lies a window ahead is a clock that was set back.
 */
static void drop_old(struct entry *entry, usec window, usec now)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < entry->count; i++)
        if (entry->failed_at[i] > now - window && entry->failed_at[i] < now + window)
            entry->failed_at[kept++] = entry->failed_at[i];
    entry->count = kept;
}

/* In order of time, though requests may come here out of it. */
static void add(struct entry *entry, usec now)
{
    uint32_t at = entry->count++;
    for (; at > 0 && entry->failed_at[at - 1] > now; at--)
        entry->failed_at[at] = entry->failed_at[at - 1];
    entry->failed_at[at] = now;
}

static struct entry *find(const struct rate *rate, uint64_t hash)
{
    for (size_t way = 0; way < WAYS; way++) {
        struct entry *entry = entry_at(rate, hash, way);
        if (entry->hash == hash)
            return entry;
    }
    return NULL;
}

static bool is_worth_less(const struct entry *a, const struct entry *b)
{
    if (a->count != b->count)
        return a->count < b->count;
    return a->count > 0 && a->failed_at[a->count - 1] < b->failed_at[b->count - 1];
}

static struct entry *find_or_make(const struct rate *rate, uint64_t hash, usec now)
{
    struct entry *entry = find(rate, hash);
    if (entry)
        return entry;
    for (size_t way = 0; way < WAYS; way++) {
        struct entry *other = entry_at(rate, hash, way);
        drop_old(other, rate->limits.window, now);
        if (!entry || is_worth_less(other, entry))
            entry = other;
    }
    entry->hash = hash;
    entry->count = 0;
    return entry;
}

static uint64_t hash_of(const struct rate *rate, str name)
{
    uint64_t hash = siphash(&rate->hash_key, 2, 4, name);
    return hash == 0 ? 1 : hash;
}

int64_t rate_begin(struct rate *rate, str name, usec now)
{
    uint64_t hash = hash_of(rate, name);
    int64_t wait = 0;

    pthread_mutex_lock(&rate->lock);
    struct entry *entry = find_or_make(rate, hash, now);
    drop_old(entry, rate->limits.window, now);
    if (entry->count < rate->limits.failures)
        add(entry, now);
    else
        wait = usec_to_seconds(entry->failed_at[0] + rate->limits.window - now + SECONDS(1) - 1);
    pthread_mutex_unlock(&rate->lock);
    return wait;
}

void rate_succeeded(struct rate *rate, str name, usec begun_at)
{
    uint64_t hash = hash_of(rate, name);

    pthread_mutex_lock(&rate->lock);
    struct entry *entry = find(rate, hash);
    for (uint32_t i = 0; entry && i < entry->count; i++) {
        if (entry->failed_at[i] != begun_at)
            continue;
        entry->count--;
        memmove(&entry->failed_at[i], &entry->failed_at[i + 1],
                (entry->count - i) * sizeof(entry->failed_at[0]));
        break;
    }
    pthread_mutex_unlock(&rate->lock);
}
