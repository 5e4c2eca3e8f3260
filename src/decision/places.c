#include "decision/places.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/random.h>

/*
 * An entry is read and written as atomic words, loads that acquire and stores that release: a
 * reader who has seen one word of a writer's is bound to see the odd sequence too. Both are plain
 * moves on x86, and ThreadSanitizer understands them (it does not understand fences).
 */
#define READ_TRIES 32 /* a reader who is disturbed that often has a miss, and does not wait */
#define LOCK_SPINS 128
#define ENTRIES_MAX ((size_t)1 << 26)

/* Re-reference intervals (Jaleel et al. 2010): the eldest makes room. What comes in is nearly old,
 * and only a hit makes it young, so a flood of keys used once passes by the ones in use. */
#define AGE_HIT 0
#define AGE_NEW 2
#define AGE_OLD 3

/* The words of an entry. The answer follows the key at once, so that a short entry is short. */
enum {
    WORD_SHAPE, /* answer length << 32 | key length << 8 | tag */
    WORD_EXPIRES_AT,
    WORD_SLOTS, /* three of 16 bits */
    WORD_VERSIONS,
    WORD_KEY = WORD_VERSIONS + 3
};
_Static_assert(GENERATION_COUNTERS <= 1 << 16, "a slot fits in 16 bits");

/* --- Life ----------------------------------------------------------------------------------- */

static size_t words_for(size_t bytes)
{
    return (bytes + 7) / 8;
}

enum error places_init(struct places *places, const struct decision_limits *limits)
{
    if (limits->entries == 0 || limits->entries > ENTRIES_MAX || limits->key_bytes_max == 0 ||
        limits->key_bytes_max > UINT16_MAX || limits->answer_bytes_max == 0 ||
        limits->answer_bytes_max > UINT16_MAX)
        return ERR_INVALID;

    size_t sets = 1;
    while (sets * WAYS < limits->entries)
        sets *= 2;
    size_t entry_words =
        WORD_KEY + words_for(limits->key_bytes_max) + words_for(limits->answer_bytes_max);
    entry_words = (entry_words + 7) / 8 * 8; /* whole cache lines */
    size_t bytes = sets * sizeof(struct set) + sets * WAYS * entry_words * 8;

    struct siphash_key hash_key;
    if (getentropy(&hash_key, sizeof(hash_key)) != 0)
        return ERR_INTERNAL;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return ERR_TOO_LARGE;
    (void)madvise(memory, bytes, MADV_DONTDUMP); /* an old kernel's refusal changes nothing else */

    *places = (struct places){
        .key_bytes_max = limits->key_bytes_max,
        .answer_bytes_max = limits->answer_bytes_max,
        .sets_count = sets,
        .entry_words = entry_words,
        .bytes = bytes,
        .hash_key = hash_key,
        .sets = memory,
        .words = (_Atomic uint64_t *)((struct set *)memory + sets),
    };
    return OK;
}

/* --- Entries -------------------------------------------------------------------------------- */

struct place place_in_set(const struct places *places, size_t set)
{
    return (struct place){
        .set = &places->sets[set],
        .first = places->words + set * WAYS * places->entry_words,
    };
}

struct place place_of(const struct places *places, uint8_t tag, str key)
{
    /* Equal keys of two kinds must not fight for the same few places. */
    struct siphash_key hash_key = places->hash_key;
    hash_key.k[0] ^= tag;
    uint64_t hash = siphash(&hash_key, 1, 3, key);
    struct place place = place_in_set(places, hash % places->sets_count);
    place.mark = (uint32_t)(hash >> 32) | 1;
    return place;
}

static _Atomic uint64_t *entry_at(const struct places *places, const struct place *place, int way)
{
    return place->first + (size_t)way * places->entry_words;
}

static uint64_t get(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

static void set_word(_Atomic uint64_t *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
}

static uint64_t word_from(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* The last bytes of `s`, which fill no word, followed by zeros. */
static uint64_t last_word(str s)
{
    uint64_t word = 0;
    memcpy(&word, s.ptr + s.len / 8 * 8, s.len % 8);
    return word;
}

static uint64_t shape_of(uint8_t tag, size_t key_len, size_t answer_len)
{
    return (uint64_t)answer_len << 32 | (uint64_t)key_len << 8 | tag;
}

static size_t key_len_in(uint64_t shape)
{
    return (shape >> 8) & UINT16_MAX;
}

static size_t answer_len_in(uint64_t shape)
{
    return (shape >> 32) & UINT16_MAX;
}

/* In a time that depends on the length only. */
static bool has_key(const _Atomic uint64_t *entry, uint8_t tag, str key)
{
    uint64_t differ = (uint32_t)get(&entry[WORD_SHAPE]) ^ shape_of(tag, key.len, 0);
    if (differ)
        return false;
    size_t whole = key.len / 8;
    for (size_t i = 0; i < whole; i++)
        differ |= get(&entry[WORD_KEY + i]) ^ word_from(key.ptr + 8 * i);
    if (key.len % 8)
        differ |= get(&entry[WORD_KEY + whole]) ^ last_word(key);
    return differ == 0;
}

static struct life life_of(const _Atomic uint64_t *entry)
{
    struct life life = {.expires_at = (usec)get(&entry[WORD_EXPIRES_AT])};
    uint64_t slots = get(&entry[WORD_SLOTS]);
    for (size_t i = 0; i < 3; i++) {
        life.basis.slot[i] = (slots >> (16 * i)) & UINT16_MAX;
        life.basis.version[i] = get(&entry[WORD_VERSIONS + i]);
    }
    return life;
}

static void copy_out(char *to, const _Atomic uint64_t *words, size_t len)
{
    size_t whole = len / 8;
    for (size_t i = 0; i < whole; i++) {
        uint64_t word = get(&words[i]);
        memcpy(to + 8 * i, &word, sizeof(word));
    }
    if (len % 8) {
        uint64_t word = get(&words[whole]);
        memcpy(to + 8 * whole, &word, len % 8);
    }
}

static void copy_in(_Atomic uint64_t *words, str s)
{
    size_t whole = s.len / 8;
    for (size_t i = 0; i < whole; i++)
        set_word(&words[i], word_from(s.ptr + 8 * i));
    if (s.len % 8)
        set_word(&words[whole], last_word(s));
}

/* --- Writing, while holding the set --------------------------------------------------------- */

static bool set_try_lock(struct set *set, uint32_t even)
{
    return atomic_compare_exchange_strong_explicit(&set->sequence, &even, even + 1,
                                                   memory_order_acquire, memory_order_relaxed);
}

static bool set_try_lock_for_a_while(struct set *set)
{
    for (int i = 0; i < LOCK_SPINS; i++) {
        uint32_t sequence = atomic_load_explicit(&set->sequence, memory_order_relaxed);
        if (sequence % 2 == 0 && set_try_lock(set, sequence))
            return true;
    }
    return false;
}

static void set_lock(struct set *set)
{
    while (!set_try_lock_for_a_while(set))
        sched_yield();
}

static void set_unlock(struct set *set)
{
    atomic_fetch_add_explicit(&set->sequence, 1, memory_order_release);
}

static void entry_wipe(const struct places *places, const struct place *place, int way)
{
    _Atomic uint64_t *entry = entry_at(places, place, way);
    uint64_t shape = get(&entry[WORD_SHAPE]);
    size_t words = WORD_KEY + words_for(key_len_in(shape)) + words_for(answer_len_in(shape));
    for (size_t i = 0; i < words; i++)
        set_word(&entry[i], 0);
    atomic_store_explicit(&place->set->mark[way], 0, memory_order_release);
}

static void entry_write(const struct places *places, const struct place *place, int way,
                        uint8_t tag, str key, const struct life *life, str answer)
{
    _Atomic uint64_t *entry = entry_at(places, place, way);
    set_word(&entry[WORD_SHAPE], shape_of(tag, key.len, answer.len));
    set_word(&entry[WORD_EXPIRES_AT], (uint64_t)life->expires_at);
    uint64_t slots = 0;
    for (size_t i = 0; i < 3; i++) {
        slots |= (uint64_t)life->basis.slot[i] << (16 * i);
        set_word(&entry[WORD_VERSIONS + i], life->basis.version[i]);
    }
    set_word(&entry[WORD_SLOTS], slots);
    copy_in(&entry[WORD_KEY], key);
    copy_in(&entry[WORD_KEY + words_for(key.len)], answer);
    atomic_store_explicit(&place->set->age[way], AGE_NEW, memory_order_relaxed);
    atomic_store_explicit(&place->set->mark[way], place->mark, memory_order_release);
}

static int way_of(const struct places *places, const struct place *place, uint8_t tag, str key)
{
    for (int way = 0; way < WAYS; way++)
        if (atomic_load_explicit(&place->set->mark[way], memory_order_acquire) == place->mark &&
            has_key(entry_at(places, place, way), tag, key))
            return way;
    return -1;
}

static int empty_way(const struct set *set)
{
    for (int way = 0; way < WAYS; way++)
        if (atomic_load_explicit(&set->mark[way], memory_order_relaxed) == 0)
            return way;
    return -1;
}

static int eldest_way(struct set *set)
{
    for (;;) {
        for (int way = 0; way < WAYS; way++)
            if (atomic_load_explicit(&set->age[way], memory_order_relaxed) >= AGE_OLD)
                return way;
        for (int way = 0; way < WAYS; way++)
            atomic_fetch_add_explicit(&set->age[way], 1, memory_order_relaxed);
    }
}

/* --- What others may do ---------------------------------------------------------------------- */

/* False when a writer came between: nothing that was read counts. A way of -1: not there. */
static bool read_once(const struct places *places, const struct place *place, uint8_t tag, str key,
                      void *answer, struct found *out)
{
    out->sequence = atomic_load_explicit(&place->set->sequence, memory_order_acquire);
    if (out->sequence % 2 != 0)
        return false;
    out->len = 0;
    out->way = way_of(places, place, tag, key);
    if (out->way >= 0) {
        const _Atomic uint64_t *entry = entry_at(places, place, out->way);
        out->life = life_of(entry);
        size_t len = answer_len_in(get(&entry[WORD_SHAPE]));
        if (len > places->answer_bytes_max)
            return false;
        out->len = len;
        copy_out(answer, &entry[WORD_KEY + words_for(key.len)], len);
    }
    if (atomic_load_explicit(&place->set->sequence, memory_order_relaxed) == out->sequence)
        return true;
    wipe(answer, out->len); /* perhaps of another's */
    return false;
}

bool place_read(const struct places *places, const struct place *place, uint8_t tag, str key,
                void *answer, struct found *out)
{
    for (int tries = 0; tries < READ_TRIES; tries++)
        if (read_once(places, place, tag, key, answer, out))
            return out->way >= 0;
    return false;
}

bool place_peek(const struct places *places, const struct place *place, int way, struct found *out)
{
    uint32_t sequence = atomic_load_explicit(&place->set->sequence, memory_order_acquire);
    if (sequence % 2 != 0 ||
        atomic_load_explicit(&place->set->mark[way], memory_order_acquire) == 0)
        return false;
    *out = (struct found){
        .way = way, .sequence = sequence, .life = life_of(entry_at(places, place, way))};
    return true;
}

void place_touch(const struct place *place, int way)
{
    /* Written only when it changes: readers of one entry share its line. */
    _Atomic uint8_t *age = &place->set->age[way];
    if (atomic_load_explicit(age, memory_order_relaxed) != AGE_HIT)
        atomic_store_explicit(age, AGE_HIT, memory_order_relaxed);
}

enum place_write place_write(const struct places *places, const struct place *place, uint8_t tag,
                             str key, const struct life *life, str answer, struct life *victim)
{
    if (!set_try_lock_for_a_while(place->set))
        return PLACE_BUSY;

    enum place_write result = PLACE_WRITTEN;
    int way = way_of(places, place, tag, key);
    if (way < 0)
        way = empty_way(place->set);
    if (way < 0) {
        way = eldest_way(place->set);
        *victim = life_of(entry_at(places, place, way));
        result = PLACE_FULL;
    }
    entry_wipe(places, place, way);
    entry_write(places, place, way, tag, key, life, answer);
    set_unlock(place->set);
    return result;
}

void place_forget(const struct places *places, const struct place *place, uint8_t tag, str key)
{
    set_lock(place->set);
    int way = way_of(places, place, tag, key);
    if (way >= 0)
        entry_wipe(places, place, way);
    set_unlock(place->set);
}

bool place_wipe_found(const struct places *places, const struct place *place,
                      const struct found *found)
{
    if (!set_try_lock(place->set, found->sequence))
        return false;
    entry_wipe(places, place, found->way);
    set_unlock(place->set);
    return true;
}

/* Only places in use, as touching the others would make the system find memory for them. */
void places_release(struct places *places)
{
    for (size_t set = 0; set < places->sets_count; set++) {
        struct place place = place_in_set(places, set);
        for (int way = 0; way < WAYS; way++)
            if (atomic_load_explicit(&place.set->mark[way], memory_order_relaxed) != 0)
                entry_wipe(places, &place, way);
    }
    munmap(places->sets, places->bytes);
    wipe(&places->hash_key, sizeof(places->hash_key));
}
