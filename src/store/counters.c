#include "store/counters.h"

static const str names[] = {
    [COUNTER_USER] = STR_INIT("user"),
    [COUNTER_ORGANIZATION] = STR_INIT("organization"),
    [COUNTER_MEMBER] = STR_INIT("member"),
    [COUNTER_CHANGE] = STR_INIT("change"),
};
_Static_assert(COUNT_OF(names) == COUNTER_COUNT, "every counter has a name");

enum error counter_next(struct db *db, enum counter counter, int64_t *out)
{
    return counter_take(db, counter, 1, out);
}

enum error counter_take(struct db *db, enum counter counter, int64_t n, int64_t *first)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q, "UPDATE counter SET n = n + $2 WHERE name = $1 RETURNING n");
    if (!err)
        err = query_bind(&q, "si", names[counter], n);
    if (!err)
        err = query_row(&q);
    if (!err)
        *first = row_i64(&q, 0) - n + 1;
    return err;
}

enum error counter_skip(struct db *db, enum counter counter, int64_t taken)
{
    return db_run(db, "UPDATE counter SET n = $2 WHERE name = $1 AND n < $2", "si", names[counter],
                  taken);
}
