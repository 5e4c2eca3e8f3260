#include "store/device_grants.h"

enum error device_grants_insert(struct db *db, const struct device_row *row)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "INSERT INTO device_grants (device_mac, user_code, client_name, scopes, address, "
        "user_agent, state, created_at, expires_at, interval_seconds) VALUES ($1, $2, $3, $4, $5, "
        "$6, $7, $8, $9, $10) ON CONFLICT (user_code) DO NOTHING");
    if (!err)
        err = query_bind(&q, "bsssssiiii", row->device_mac, row->user_code, row->client_name,
                         row->scopes, row->address, row->user_agent, (int64_t)row->state,
                         row->created_at, row->expires_at, row->interval_seconds);
    if (!err)
        err = query_run(&q);
    if (!err && query_changed(&q) == 0)
        err = ERR_CONFLICT;
    return err;
}

static int64_t or_zero(int64_t value)
{
    return value == DB_NULL_I64 ? 0 : value;
}

static enum error read_one(struct query *q, struct arena *arena, struct device_row *out)
{
    enum error err = query_row(q);
    if (err)
        return err;
    *out = (struct device_row){
        .device_mac = STR(""),
        .user_code = row_str(q, 0, arena),
        .client_name = row_str(q, 1, arena),
        .scopes = row_str(q, 2, arena),
        .address = row_str(q, 3, arena),
        .user_agent = row_str(q, 4, arena),
        .state = (enum device_state)row_i64(q, 5),
        .user_id = or_zero(row_i64(q, 6)),
        .organization_id = or_zero(row_i64(q, 7)),
        .created_at = row_i64(q, 8),
        .expires_at = row_i64(q, 9),
        .polled_at = or_zero(row_i64(q, 10)),
        .interval_seconds = row_i64(q, 11),
    };
    return OK;
}

enum error device_grants_find(struct db *db, str device_mac, struct arena *arena,
                              struct device_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "SELECT user_code, client_name, scopes, address, user_agent, state, user_id, "
        "organization_id, created_at, expires_at, polled_at, interval_seconds FROM device_grants "
        "WHERE device_mac = $1");
    if (!err)
        err = query_bind(&q, "b", device_mac);
    return err ? err : read_one(&q, arena, out);
}

enum error device_grants_find_by_code(struct db *db, str user_code, struct arena *arena,
                                      struct device_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "SELECT user_code, client_name, scopes, address, user_agent, state, user_id, "
        "organization_id, created_at, expires_at, polled_at, interval_seconds FROM device_grants "
        "WHERE user_code = $1");
    if (!err)
        err = query_bind(&q, "s", user_code);
    return err ? err : read_one(&q, arena, out);
}

enum error device_grants_decide(struct db *db, str user_code, enum device_state state,
                                int64_t user_id, int64_t organization_id, bool *changed)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "UPDATE device_grants SET state = $2, user_id = $3, organization_id = $4 WHERE "
                    "user_code = $1 AND state = 1");
    if (!err)
        err = query_bind(&q, "siii", user_code, (int64_t)state, user_id, organization_id);
    if (!err)
        err = query_run(&q);
    *changed = !err && query_changed(&q) > 0;
    return err;
}

enum error device_grants_finish(struct db *db, str device_mac, bool *changed)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q, "UPDATE device_grants SET state = 4 WHERE device_mac = $1 AND state = 2");
    if (!err)
        err = query_bind(&q, "b", device_mac);
    if (!err)
        err = query_run(&q);
    *changed = !err && query_changed(&q) > 0;
    return err;
}

enum error device_grants_polled(struct db *db, str device_mac, int64_t interval_seconds, usec now)
{
    return db_run(db,
                  "UPDATE device_grants SET polled_at = $2, interval_seconds = $3 WHERE device_mac "
                  "= $1",
                  "bii", device_mac, now, interval_seconds);
}

enum error device_grants_count(struct db *db, usec now, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q, "SELECT COUNT(*) FROM device_grants WHERE expires_at > $1");
    if (!err)
        err = query_bind(&q, "i", now);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

enum error device_grants_purge(struct db *db, usec before)
{
    return db_run(db, "DELETE FROM device_grants WHERE expires_at < $1", "i", before);
}
