/*
 * Decisions that were made once and may be used again: a bounded cache from the exact bytes of a
 * credential to an opaque answer.
 *
 * It depends on nothing but base/ and the generation page, so that the daemon, the nginx module
 * and a C program link the same files. It does not decide: callers keep only what they found good,
 * hence strangers who send garbage evict nothing.
 *
 * Any thread may call anything but decision_cache_free at any time. A find takes no lock and never
 * waits; a miss is always a correct answer. Memory is what was fixed at the start.
 * Keys and answers are secrets: they are compared in constant time, left out of core dumps, and
 * wiped when they are evicted, forgotten, found dead, or freed.
 */
#ifndef LATCHKEY_DECISION_DECISION_H
#define LATCHKEY_DECISION_DECISION_H

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "decision/generation.h"

struct decision_cache;

struct decision_limits {
    size_t entries;          /* rounded up to 8 times a power of two */
    size_t key_bytes_max;    /* a longer key is never kept; up to 65 535 */
    size_t answer_bytes_max; /* up to 65 535 */
};

/*
 * ERR_INVALID   a limit is 0 or too large
 * ERR_TOO_LARGE the machine does not give that much memory
 * ERR_INTERNAL  no random numbers for the hash's key
 */
enum error decision_cache_new(const struct decision_limits *limits,
                              struct decision_cache **out) MUST_CHECK;
void decision_cache_free(struct decision_cache *cache);

/* What it takes at most. The system gives memory page by page as entries are first used. */
size_t decision_cache_bytes(const struct decision_cache *cache);

/*
 * True, with the answer in `answer` and its length in `*len`, if (tag, key) was kept, `now` is
 * before its expiry, its basis holds, and the page is current. `tag` tells kinds of keys apart.
 * `room` is at least answer_bytes_max. On false `*len` is untouched and `answer` holds nothing of
 * anybody's.
 */
bool decision_find(struct decision_cache *cache, const struct generation_page *page, uint8_t tag,
                   str key, usec now, void *answer, size_t room, size_t *len);

/*
 * Keeps an answer until `expires_at` (the first moment at which it is no longer good), in place of
 * an older one of the same key. `basis` was taken before anything that the answer rests on was
 * read. Not kept when it no longer holds, when the key or the answer is too long, or when another
 * thread is busy at the same place; the caller need not know.
 */
void decision_keep(struct decision_cache *cache, const struct generation_page *page, uint8_t tag,
                   str key, const struct basis *basis, usec expires_at, str answer);

/* After it, no find returns what was kept before. For what no counter stands for: a logout. */
void decision_forget(struct decision_cache *cache, uint8_t tag, str key);

/* Wipes what is expired or has lost its basis, without waiting to be asked for it; returns how
 * many. For housekeeping, every minute or so. */
size_t decision_sweep(struct decision_cache *cache, const struct generation_page *page, usec now);

struct decision_stats {
    uint64_t hits, misses;
    uint64_t kept;      /* new keys and replaced answers */
    uint64_t evictions; /* living entries that had to make room */
};
struct decision_stats decision_stats(const struct decision_cache *cache);

#endif
