/*
 * Numbers that are given out once, in the order of commits: the ids of users, organizations,
 * members, and the numbers of changes.
 */
#ifndef LATCHKEY_STORE_COUNTERS_H
#define LATCHKEY_STORE_COUNTERS_H

#include "db/db.h"

enum counter { COUNTER_USER, COUNTER_ORGANIZATION, COUNTER_MEMBER, COUNTER_CHANGE, COUNTER_COUNT };

/* The next number. The row stays locked until the transaction ends. */
enum error counter_next(struct db *db, enum counter counter, int64_t *out) MUST_CHECK;
/* `n` numbers in a row; `*first` is the lowest of them. */
enum error counter_take(struct db *db, enum counter counter, int64_t n, int64_t *first) MUST_CHECK;
/* Makes sure that no number up to `taken` is given out again: for ids that were brought along. */
enum error counter_skip(struct db *db, enum counter counter, int64_t taken) MUST_CHECK;

#endif
