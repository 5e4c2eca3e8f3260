#include "store/health.h"

#include "base/embedded.h"

extern const size_t migrations_count;

enum error health_schema(struct db *db, struct schema_state *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT COALESCE(MAX(number), 0) FROM schema_migration");
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = (struct schema_state){.found = row_i64(&q, 0), .known = (int64_t)migrations_count};
    return err;
}

enum error health_quick_check(struct database *database, struct db *db, struct arena *arena,
                              str *fault)
{
    *fault = STR("");
    if (database_is_postgres(database))
        return OK; /* it keeps checksums of its own */
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "PRAGMA quick_check(1)");
    if (!err)
        err = query_row(&q);
    if (err)
        return err;
    str answer = row_str(&q, 0, arena);
    if (!str_equal(answer, STR("ok")))
        *fault = answer;
    return OK;
}

enum error health_latest_time(struct db *db, usec *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT MAX(t) FROM (SELECT MAX(date_joined) AS t FROM users"
                                 " UNION ALL SELECT MAX(updated_at) FROM members"
                                 " UNION ALL SELECT MAX(at) FROM changes) AS times");
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_is_null(&q, 0) ? 0 : row_i64(&q, 0);
    return err;
}
