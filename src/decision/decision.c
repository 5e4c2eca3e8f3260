#include "decision/decision.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>

#include "decision/places.h"

#define STRIPES 16

struct counts {
    _Alignas(64) _Atomic uint64_t hits;
    _Atomic uint64_t misses, kept, evictions;
};

struct decision_cache {
    struct places places;
    struct counts counts[STRIPES]; /* one for each of the CPUs, so that they don't meet */
};

enum error decision_cache_new(const struct decision_limits *limits, struct decision_cache **out)
{
    struct places places;
    enum error err = places_init(&places, limits);
    if (err)
        return err;
    struct decision_cache *cache = aligned_alloc(_Alignof(struct decision_cache), sizeof(*cache));
    if (!cache)
        abort();
    *cache = (struct decision_cache){.places = places};
    *out = cache;
    return OK;
}

void decision_cache_free(struct decision_cache *cache)
{
    if (!cache)
        return;
    places_release(&cache->places);
    free(cache);
}

size_t decision_cache_bytes(const struct decision_cache *cache)
{
    return cache->places.bytes;
}

static struct counts *counts_here(struct decision_cache *cache)
{
    return &cache->counts[(unsigned)sched_getcpu() % STRIPES];
}

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static bool is_alive(const struct life *life, const struct generation_page *page, usec now)
{
    return now < life->expires_at && basis_holds(page, &life->basis);
}

/* False leaves nothing in `answer`. An entry that can never hold again is wiped at once; one that
 * only the late follower keeps from being used stays. */
static bool find(struct decision_cache *cache, const struct generation_page *page, uint8_t tag,
                 str key, usec now, void *answer, size_t *len)
{
    struct place place = place_of(&cache->places, tag, key);
    struct found found;
    if (!place_read(&cache->places, &place, tag, key, answer, &found))
        return false;
    bool alive = is_alive(&found.life, page, now);
    if (alive && generation_is_current(page, now)) {
        place_touch(&place, found.way);
        *len = found.len;
        return true;
    }
    wipe(answer, found.len);
    if (!alive)
        place_wipe_found(&cache->places, &place, &found);
    return false;
}

bool decision_find(struct decision_cache *cache, const struct generation_page *page, uint8_t tag,
                   str key, usec now, void *answer, size_t room, size_t *len)
{
    assert(room >= cache->places.answer_bytes_max);
    bool hit =
        key.len <= cache->places.key_bytes_max && find(cache, page, tag, key, now, answer, len);
    struct counts *counts = counts_here(cache);
    count(hit ? &counts->hits : &counts->misses);
    return hit;
}

void decision_keep(struct decision_cache *cache, const struct generation_page *page, uint8_t tag,
                   str key, const struct basis *basis, usec expires_at, str answer)
{
    if (key.len > cache->places.key_bytes_max || answer.len > cache->places.answer_bytes_max ||
        !basis_holds(page, basis))
        return;
    struct place place = place_of(&cache->places, tag, key);
    struct life life = {.expires_at = expires_at, .basis = *basis}, victim;
    enum place_write result = place_write(&cache->places, &place, tag, key, &life, answer, &victim);
    struct counts *counts = counts_here(cache);
    if (result != PLACE_BUSY)
        count(&counts->kept);
    if (result == PLACE_FULL && basis_holds(page, &victim.basis))
        count(&counts->evictions);
}

void decision_forget(struct decision_cache *cache, uint8_t tag, str key)
{
    if (key.len > cache->places.key_bytes_max)
        return;
    struct place place = place_of(&cache->places, tag, key);
    place_forget(&cache->places, &place, tag, key);
}

size_t decision_sweep(struct decision_cache *cache, const struct generation_page *page, usec now)
{
    size_t wiped = 0;
    for (size_t set = 0; set < cache->places.sets_count; set++) {
        struct place place = place_in_set(&cache->places, set);
        for (int way = 0; way < WAYS; way++) {
            /* A torn entry may look dead; then the set has changed, and wiping does nothing. */
            struct found found;
            if (place_peek(&cache->places, &place, way, &found) &&
                !is_alive(&found.life, page, now) &&
                place_wipe_found(&cache->places, &place, &found))
                wiped++;
        }
    }
    return wiped;
}

struct decision_stats decision_stats(const struct decision_cache *cache)
{
    struct decision_stats sum = {0};
    for (size_t i = 0; i < STRIPES; i++) {
        const struct counts *counts = &cache->counts[i];
        sum.hits += atomic_load_explicit(&counts->hits, memory_order_relaxed);
        sum.misses += atomic_load_explicit(&counts->misses, memory_order_relaxed);
        sum.kept += atomic_load_explicit(&counts->kept, memory_order_relaxed);
        sum.evictions += atomic_load_explicit(&counts->evictions, memory_order_relaxed);
    }
    return sum;
}
