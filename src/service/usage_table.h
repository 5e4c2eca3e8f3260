/*
 * What the files of usage share: counts in memory, on their way to the database.
 *
 * Each thread counts in a shard of its own, or nearly so: their locks are hardly ever waited for,
 * however often one token is used. A shard has two tables: one counts, the other waits to be
 * written; they change places when the second one is empty.
 */
#ifndef LATCHKEY_SERVICE_USAGE_TABLE_H
#define LATCHKEY_SERVICE_USAGE_TABLE_H

#include <pthread.h>
#include <stdatomic.h>

#include "decision/uses.h"
#include "service/usage.h"

#define USAGE_SHARDS 16
#define USAGE_SHARD_ENTRIES 4096
#define USAGE_OTHERS 4 /* shards that a token may use beside the thread's own */
#define USAGE_HIGH (USAGE_SHARD_ENTRIES / 4 * 3) /* entries: others should not be sent here */

struct usage_shard {
    pthread_mutex_t lock;
    struct uses *counting; /* under lock */
    struct uses *writing;  /* under lock; changed by the writing thread alone; NULL: none */
    char apart[64];        /* from the next one's lock */
};

struct usage {
    struct usage_shard shards[USAGE_SHARDS];
    _Atomic uint64_t dropped, reported, flushes, failures, flush_usec;
    /* Even: memory and database say together what was counted. Odd: some is about to be in both. */
    _Atomic uint64_t epoch;
    int64_t purged; /* the last key that was looked at; housekeeping's thread alone */

    struct db *db;         /* the writing thread's */
    int wake;              /* an eventfd, which it waits for */
    int socket;            /* reports of nginx's workers; -1: none */
    const char *page_path; /* beside which it lies; the shared context's */
    atomic_bool is_asked;  /* to write before the time, as room grows short */
    atomic_bool is_wanted; /* to write in any case */
    atomic_bool is_stopping;
    pthread_t thread;
    pthread_mutex_t round_lock;
    pthread_cond_t round_over;
    uint64_t rounds_begun, rounds_done; /* under round_lock */
};

/* Adds what is counted elsewhere, by any thread. False: dropped. */
bool usage_add_use(struct usage *usage, const struct use *use);

/*
 * A copy as the database and JSON take it: texts of clients may be any bytes. Controls become "?",
 * and all that is not ASCII if it is not UTF-8.
 */
str usage_text(const char *bytes, size_t len, struct arena *arena);

/*
 * Writes what is in memory; what could not be written stays there. By the writing thread.
 * `is_done`: nothing that was counted before is left.
 */
enum error usage_write(struct usage *usage, struct arena *arena, bool *is_done) MUST_CHECK;

/* The socket beside the page; without it (a log line says why) nginx's uses are not heard of. */
void usage_reports_open(struct usage *usage, const char *page_path);
void usage_reports_close(struct usage *usage);
/* All that lies there. */
void usage_reports_read(struct usage *usage, usec now);

#endif
