/*
 * Threads that decide, change, forget and sweep at the same time, on a cache so small that entries
 * are written over all the while. Once a change has ended, no answer from before may be found, and
 * an answer is whole. Built with ThreadSanitizer by `make test-race`; true without it too.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "decision/decision.h"

#define NOW SECONDS(1800000000)
#define OWNERS 64
#define LOOKS 100000 /* of each thread that decides */
#define DECIDERS 3

/* What is kept: which truth it rests on, and bytes that show whether it is whole. */
struct answer {
    uint64_t owner, truth;
    uint8_t filler[104];
};

static struct generation_page *page;
static struct decision_cache *cache;
static _Atomic uint64_t truth[OWNERS]; /* the database */
static _Atomic uint64_t ended[OWNERS]; /* the truth that everybody must have seen */
static _Atomic bool stop;

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static str key_of(uint64_t owner, char room[48])
{
    /* Lengths that leave a part of a word over. */
    return str_of(room, (size_t)snprintf(room, 48, "%.*s-%llu", (int)(owner % 24),
                                         "abcdefghijklmnopqrstuvwxyz", (unsigned long long)owner));
}

static struct answer answer_of(uint64_t owner, uint64_t value)
{
    struct answer answer = {.owner = owner, .truth = value};
    memset(answer.filler, (int)((owner * 31 + value) & 0xff), sizeof(answer.filler));
    return answer;
}

static void decide(uint64_t owner)
{
    struct basis basis = basis_take(page, owner, 0, owner);
    struct answer answer = answer_of(owner, atomic_load(&truth[owner]));
    char room[48];
    decision_keep(cache, page, 1, key_of(owner, room), &basis, NOW + 1,
                  str_of((const char *)&answer, sizeof(answer)));
}

static void *decider(void *arg)
{
    uint64_t seed = (uint64_t)(uintptr_t)arg, hits = 0;
    for (int i = 0; i < LOOKS; i++) {
        uint64_t owner = next(&seed) % OWNERS;
        char room[48];
        struct answer found;
        size_t len = 0;
        uint64_t must_know = atomic_load(&ended[owner]);
        if (!decision_find(cache, page, 1, key_of(owner, room), NOW, &found, sizeof(found), &len)) {
            decide(owner);
            continue;
        }
        hits++;
        struct answer whole = answer_of(owner, found.truth);
        assert(len == sizeof(found) && memcmp(&found, &whole, sizeof(found)) == 0);
        assert(found.truth >= must_know);
    }
    return (void *)(uintptr_t)hits;
}

static void *changer(void *arg)
{
    uint64_t seed = (uint64_t)(uintptr_t)arg;
    while (!atomic_load(&stop)) {
        uint64_t owner = next(&seed) % OWNERS;
        /* Whoever holds the row changes it: one changer an owner. */
        if (owner % 2 != (uintptr_t)arg % 2)
            continue;
        uint32_t slot = generation_slot(next(&seed) % 2 ? OWNER_USER : OWNER_TOKEN, owner);
        generation_announce(page, slot);
        uint64_t committed = atomic_fetch_add(&truth[owner], 1) + 1;
        generation_end(page, slot, 0);
        atomic_store(&ended[owner], committed);
        usleep(20);
    }
    return NULL;
}

static void *forgetter(void *arg)
{
    uint64_t seed = (uint64_t)(uintptr_t)arg;
    while (!atomic_load(&stop)) {
        char room[48];
        decision_forget(cache, 1, key_of(next(&seed) % OWNERS, room));
        decision_sweep(cache, page, NOW);
        (void)decision_stats(cache);
        usleep(50);
    }
    return NULL;
}

int main(void)
{
    char folder[] = "/tmp/race_decision.XXXXXX", file[64];
    if (!mkdtemp(folder))
        return 1;
    int len = snprintf(file, sizeof(file), "%s/generations", folder);
    const struct decision_limits limits = {32, 64, sizeof(struct answer)};
    if (generation_open(str_of(file, (size_t)len), READ_WRITE, &page) ||
        decision_cache_new(&limits, &cache))
        return 1;

    pthread_t deciders[DECIDERS], others[3];
    for (uintptr_t i = 0; i < DECIDERS; i++)
        pthread_create(&deciders[i], NULL, decider, (void *)(i + 1));
    pthread_create(&others[0], NULL, changer, (void *)(uintptr_t)10);
    pthread_create(&others[1], NULL, changer, (void *)(uintptr_t)11);
    pthread_create(&others[2], NULL, forgetter, (void *)(uintptr_t)12);

    uint64_t hits = 0, changes = 0;
    for (size_t i = 0; i < DECIDERS; i++) {
        void *result;
        pthread_join(deciders[i], &result);
        hits += (uint64_t)(uintptr_t)result;
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        pthread_join(others[i], NULL);
    for (size_t i = 0; i < OWNERS; i++)
        changes += truth[i];

    struct decision_stats stats = decision_stats(cache);
    printf("%llu hits, %llu changes, %llu kept, %llu evicted\n", (unsigned long long)hits,
           (unsigned long long)changes, (unsigned long long)stats.kept,
           (unsigned long long)stats.evictions);
    /* A test that never found anything, or never evicted, would have shown nothing. */
    assert(hits > 1000 && changes > 100 && stats.evictions > 100);
    assert(stats.hits == hits && stats.hits + stats.misses == (uint64_t)DECIDERS * LOOKS);

    decision_cache_free(cache);
    generation_close(page);
    unlink(file);
    rmdir(folder);
    return 0;
}
