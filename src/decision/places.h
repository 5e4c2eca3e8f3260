/*
 * Inside src/decision/: where the entries of a cache lie, and how they are read without a lock
 * while others write. It knows nothing of time or of what an answer means.
 *
 * Sets of eight places. A key can be in the places of one set only, so a look-up is one line of
 * marks and, as a rule, one place. A set's sequence is both its lock and its reader's proof: a
 * writer makes it odd, changes the set, makes it even again; a reader who finds the same even
 * number before and after has read whole entries.
 */
#ifndef LATCHKEY_DECISION_PLACES_H
#define LATCHKEY_DECISION_PLACES_H

#include <stdatomic.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "decision/decision.h"
#include "decision/generation.h"
#include "decision/siphash.h"

#define WAYS 8

struct set {
    _Alignas(64) _Atomic uint32_t sequence;
    _Atomic uint8_t age[WAYS];
    _Atomic uint32_t mark[WAYS]; /* a part of the key's hash; 0: the place is empty */
};

struct places {
    size_t key_bytes_max, answer_bytes_max;
    size_t sets_count;  /* a power of two */
    size_t entry_words; /* of one place */
    size_t bytes;       /* of all memory below */
    struct siphash_key hash_key;
    struct set *sets;
    _Atomic uint64_t *words;
};

/* The errors of decision_cache_new. */
enum error places_init(struct places *places, const struct decision_limits *limits) MUST_CHECK;
void places_release(struct places *places); /* wipes */

/* Where a key belongs. */
struct place {
    struct set *set;
    _Atomic uint64_t *first; /* the first way's words */
    uint32_t mark;
};
struct place place_of(const struct places *places, uint8_t tag, str key);
struct place place_in_set(const struct places *places, size_t set);

/* When an entry dies. */
struct life {
    usec expires_at;
    struct basis basis;
};

/* What a reader found. */
struct found {
    int way;
    uint32_t sequence; /* of the set as it was read */
    struct life life;
    size_t len; /* bytes of the answer */
};

/* Copies the entry of (tag, key), whole. False when it is not there, or writers came between again
 * and again; `answer` is as it was, or wiped. */
bool place_read(const struct places *places, const struct place *place, uint8_t tag, str key,
                void *answer, struct found *out);
/* Without the answer, whatever the key; perhaps torn. False when nothing is there. */
bool place_peek(const struct places *places, const struct place *place, int way, struct found *out);
/* The entry was of use. */
void place_touch(const struct place *place, int way);

/* PLACE_FULL: another entry had to go, and its life is in `victim`. */
enum place_write { PLACE_BUSY, PLACE_WRITTEN, PLACE_FULL };
enum place_write place_write(const struct places *places, const struct place *place, uint8_t tag,
                             str key, const struct life *life, str answer, struct life *victim);

/* Wipes the entry of (tag, key), if there is one. */
void place_forget(const struct places *places, const struct place *place, uint8_t tag, str key);
/* Wipes what a reader found, if the set is still as the reader saw it. */
bool place_wipe_found(const struct places *places, const struct place *place,
                      const struct found *found);

#endif
