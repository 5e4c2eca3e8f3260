#include "decision/uses.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX ((size_t)1 << 20)
#define PROBES 16 /* places where an entry may lie, from its own on */

/* Where an entry may be found: many places lie in one line of memory. */
struct place {
    uint32_t tag; /* a piece of its key's hash; 0: free */
    uint32_t entry;
};

/*
 * There are `mask` + 1 places, and PROBES more, so that no look wraps around; and as many entries,
 * in the order in which they came, so that memory is touched for as many as there have been.
 */
struct uses {
    size_t mask;
    size_t count;
    struct place *places;
    struct used entry[];
};

struct uses *uses_new(size_t entries)
{
    size_t room = PROBES;
    if (entries > ENTRIES_MAX)
        return NULL;
    while (room < entries)
        room *= 2;
    struct uses *uses = calloc(1, sizeof(*uses) + (room + PROBES) * sizeof(uses->entry[0]));
    if (!uses)
        return NULL;
    uses->mask = room - 1;
    uses->places = calloc(room + PROBES, sizeof(uses->places[0]));
    if (!uses->places) {
        uses_free(uses);
        return NULL;
    }
    return uses;
}

void uses_free(struct uses *uses)
{
    if (!uses)
        return;
    free(uses->places);
    free(uses);
}

int64_t uses_day(usec at)
{
    return usec_to_seconds(at) / 86400;
}

/* Where a token's places begin, and what marks them. */
struct home {
    size_t place;
    uint32_t tag;
};

static struct home home_of(const struct uses *uses, int64_t token_key)
{
    uint64_t x = (uint64_t)token_key;
    x = (x ^ (x >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
    x ^= x >> 29;
    return (struct home){.place = (size_t)(x >> 32) & uses->mask, .tag = (uint32_t)x | 1};
}

static bool is_same(const struct used *entry, const struct use_key *key, int64_t day)
{
    return entry->key.token_key == key->token_key && entry->day == day &&
           entry->key.organization_id == key->organization_id &&
           entry->key.user_id == key->user_id && entry->key.is_legacy == key->is_legacy;
}

static uint8_t copy(char *to, str from, size_t room)
{
    size_t len = from.len < room ? from.len : room;
    memcpy(to, from.ptr, len);
    return (uint8_t)len;
}

static void add_to(struct used *entry, const struct use *use)
{
    if (entry->count == 0 || use->first_at < entry->first_at)
        entry->first_at = use->first_at;
    if (__builtin_add_overflow(entry->count, use->count, &entry->count))
        entry->count = UINT32_MAX;
    if (use->last_at < entry->last_at)
        return;
    entry->last_at = use->last_at;
    entry->address_len = copy(entry->address, use->address, sizeof(entry->address));
    entry->user_agent_len = copy(entry->user_agent, use->user_agent, sizeof(entry->user_agent));
}

bool uses_add(struct uses *uses, const struct use *use)
{
    int64_t day = uses_day(use->last_at);
    struct home home = home_of(uses, use->key.token_key);
    for (size_t i = 0; i < PROBES; i++) {
        struct place *place = &uses->places[home.place + i];
        if (place->tag == 0) {
            *place = (struct place){.tag = home.tag, .entry = (uint32_t)uses->count++};
            uses->entry[place->entry].key = use->key;
            uses->entry[place->entry].day = day;
        } else if (place->tag != home.tag || !is_same(&uses->entry[place->entry], &use->key, day)) {
            continue;
        }
        add_to(&uses->entry[place->entry], use);
        return true;
    }
    return false;
}

size_t uses_count(const struct uses *uses)
{
    return uses->count;
}

struct used *uses_at(struct uses *uses, size_t i)
{
    return &uses->entry[i];
}

const struct used *uses_find(const struct uses *uses, int64_t token_key, size_t *place)
{
    struct home home = home_of(uses, token_key);
    while (*place < PROBES) {
        const struct place *at = &uses->places[home.place + (*place)++];
        if (at->tag == 0)
            return NULL;
        if (at->tag == home.tag && uses->entry[at->entry].key.token_key == token_key)
            return &uses->entry[at->entry];
    }
    return NULL;
}

void uses_clear(struct uses *uses)
{
    if (uses->count == 0)
        return;
    memset(uses->places, 0, (uses->mask + 1 + PROBES) * sizeof(uses->places[0]));
    memset(uses->entry, 0, uses->count * sizeof(uses->entry[0]));
    uses->count = 0;
}
