#include "store/changes.h"

#include "store/counters.h"

enum error changes_add(struct db *db, int64_t kind, int64_t owner_key, usec now)
{
    int64_t number;
    enum error err = counter_next(db, COUNTER_CHANGE, &number);
    if (err)
        return err;
    return db_run(db, "INSERT INTO changes (number, kind, owner_key, at) VALUES ($1, $2, $3, $4)",
                  "iiii", number, kind, owner_key, now);
}

enum error changes_after(struct db *db, int64_t after, struct change_row *rows, size_t room,
                         size_t *count)
{
    CLEANUP(query_end) struct query q = {0};
    *count = 0;
    enum error err = query_start(db, &q,
                                 "SELECT number, kind, owner_key FROM changes WHERE number > $1 "
                                 "ORDER BY number LIMIT $2");
    if (!err)
        err = query_bind(&q, "ii", after, (int64_t)room);
    while (!err && *count < room) {
        err = query_row(&q);
        if (!err)
            rows[(*count)++] = (struct change_row){
                .number = row_i64(&q, 0), .kind = row_i64(&q, 1), .owner_key = row_i64(&q, 2)};
    }
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error changes_last(struct db *db, int64_t *number)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT n FROM counter WHERE name = 'change'");
    if (!err)
        err = query_row(&q);
    if (!err)
        *number = row_i64(&q, 0);
    return err;
}

enum error changes_purge(struct db *db, usec older_than)
{
    return db_run(db, "DELETE FROM changes WHERE at < $1", "i", older_than);
}
