#include "decision/rate.h"

#include <pthread.h>
#include <sys/random.h>

#include "decision/siphash.h"

#define WAYS 8
#define NAMES_MAX ((size_t)1 << 24)
#define FAILURES_MAX 1000

/* The times of a name's latest failures, oldest first, follow in memory. */
struct name {
    uint64_t hash; /* 0: free */
    uint32_t count;
    usec failed_at[];
};

struct rate {
    struct rate_limits limits;
    struct siphash_key hash_key;
    size_t sets, name_bytes;
    pthread_mutex_t lock;
    char *names; /* under lock */
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
    rate->name_bytes = sizeof(struct name) + limits->failures * sizeof(usec);
    rate->names = calloc(rate->sets * WAYS, rate->name_bytes);
    if (!rate->names)
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
    free(rate->names);
    wipe(&rate->hash_key, sizeof(rate->hash_key));
    free(rate);
}

static struct name *name_at(const struct rate *rate, uint64_t hash, size_t way)
{
    size_t index = (hash % rate->sets) * WAYS + way;
    return (struct name *)(void *)(rate->names + index * rate->name_bytes);
}

/*
 * Forgets the failures that have left the window. `now` is the time at which a request came in, so
 * others may be a little ahead of it: only what lies a window ahead is a clock that was set back.
 */
static void drop_old(struct name *name, usec window, usec now)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < name->count; i++)
        if (name->failed_at[i] > now - window && name->failed_at[i] < now + window)
            name->failed_at[kept++] = name->failed_at[i];
    name->count = kept;
}

/* In order of time, though requests may come here out of it. */
static void add(struct name *name, usec now)
{
    uint32_t at = name->count++;
    for (; at > 0 && name->failed_at[at - 1] > now; at--)
        name->failed_at[at] = name->failed_at[at - 1];
    name->failed_at[at] = now;
}

static struct name *find(const struct rate *rate, uint64_t hash)
{
    for (size_t way = 0; way < WAYS; way++) {
        struct name *name = name_at(rate, hash, way);
        if (name->hash == hash)
            return name;
    }
    return NULL;
}

static bool is_worth_less(const struct name *a, const struct name *b)
{
    if (a->count != b->count)
        return a->count < b->count;
    return a->count > 0 && a->failed_at[a->count - 1] < b->failed_at[b->count - 1];
}

static struct name *find_or_make(const struct rate *rate, uint64_t hash, usec now)
{
    struct name *name = find(rate, hash);
    if (name)
        return name;
    for (size_t way = 0; way < WAYS; way++) {
        struct name *other = name_at(rate, hash, way);
        drop_old(other, rate->limits.window, now);
        if (!name || is_worth_less(other, name))
            name = other;
    }
    name->hash = hash;
    name->count = 0;
    return name;
}

static uint64_t hash_of(const struct rate *rate, str name)
{
    uint64_t hash = siphash(&rate->hash_key, 2, 4, name);
    return hash == 0 ? 1 : hash;
}

int64_t rate_begin(struct rate *rate, str text, usec now)
{
    uint64_t hash = hash_of(rate, text);
    int64_t wait = 0;

    pthread_mutex_lock(&rate->lock);
    struct name *name = find_or_make(rate, hash, now);
    drop_old(name, rate->limits.window, now);
    if (name->count < rate->limits.failures)
        add(name, now);
    else
        wait = usec_to_seconds(name->failed_at[0] + rate->limits.window - now + SECONDS(1) - 1);
    pthread_mutex_unlock(&rate->lock);
    return wait;
}

void rate_succeeded(struct rate *rate, str text, usec begun_at)
{
    uint64_t hash = hash_of(rate, text);

    pthread_mutex_lock(&rate->lock);
    struct name *name = find(rate, hash);
    for (uint32_t i = 0; name && i < name->count; i++) {
        if (name->failed_at[i] != begun_at)
            continue;
        name->count--;
        memmove(&name->failed_at[i], &name->failed_at[i + 1],
                (name->count - i) * sizeof(name->failed_at[0]));
        break;
    }
    pthread_mutex_unlock(&rate->lock);
}
