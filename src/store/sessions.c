#include "store/sessions.h"

#include "store/many.h"

enum error sessions_insert(struct db *db, const struct session_row *row)
{
    return db_run(db,
                  "INSERT INTO sessions (mac, user_id, created_at, seen_at, expires_at, "
                  "is_persistent, address, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                  "biiiifss", row->mac, row->user_id, row->created_at, row->seen_at,
                  row->expires_at, row->is_persistent, row->address, row->user_agent);
}

#define COLUMNS "mac, user_id, created_at, seen_at, expires_at, is_persistent, address, user_agent"

static void read_row(struct query *q, struct arena *arena, struct session_row *out)
{
    *out = (struct session_row){
        .mac = row_bytes(q, 0, arena),
        .user_id = row_i64(q, 1),
        .created_at = row_i64(q, 2),
        .seen_at = row_i64(q, 3),
        .expires_at = row_i64(q, 4),
        .is_persistent = row_flag(q, 5),
        .address = row_str(q, 6, arena),
        .user_agent = row_str(q, 7, arena),
    };
}

enum error sessions_find(struct db *db, str mac, struct arena *arena, struct session_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT " COLUMNS " FROM sessions WHERE mac = $1");
    if (!err)
        err = query_bind(&q, "b", mac);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, arena, out);
    return err;
}

enum error sessions_list_of_user(struct db *db, int64_t user_id, usec now, usec unused_since,
                                 int64_t limit, struct arena *arena, struct session_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct session_row)};
    enum error err = query_start(db, &q,
                                 "SELECT " COLUMNS " FROM sessions WHERE user_id = $1 AND "
                                 "expires_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, mac "
                                 "LIMIT $4");
    if (!err)
        err = query_bind(&q, "iiii", user_id, now, unused_since, limit);
    while (!err && !(err = query_row(&q)))
        read_row(&q, arena, many_add(&many));
    *out = (struct session_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error sessions_touch(struct db *db, str mac, usec seen_at)
{
    return db_run(db, "UPDATE sessions SET seen_at = $2 WHERE mac = $1", "bi", mac, seen_at);
}

enum error sessions_delete(struct db *db, str mac)
{
    return db_run(db, "DELETE FROM sessions WHERE mac = $1", "b", mac);
}

enum error sessions_delete_of_user(struct db *db, int64_t user_id)
{
    return db_run(db, "DELETE FROM sessions WHERE user_id = $1", "i", user_id);
}

enum error sessions_delete_others(struct db *db, int64_t user_id, str mac, int64_t *ended)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "DELETE FROM sessions WHERE user_id = $1 AND mac <> $2");
    if (!err)
        err = query_bind(&q, "ib", user_id, mac);
    if (!err)
        err = query_run(&q);
    if (!err)
        *ended = query_changed(&q);
    return err;
}

enum error sessions_purge(struct db *db, usec now, usec unused_since)
{
    return db_run(db, "DELETE FROM sessions WHERE expires_at <= $1 OR seen_at <= $2", "ii", now,
                  unused_since);
}
