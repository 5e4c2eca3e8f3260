#include "store/webhooks.h"

#include "store/many.h"

#define COLUMNS                                                                                    \
    "id, organization_id, url, events, description, sealed, is_enabled, created_at, created_by, "  \
    "failing_since"

static int64_t null_if_zero(int64_t n)
{
    return n ? n : DB_NULL_I64;
}

static int64_t zero_if_null(struct query *q, int column)
{
    return row_is_null(q, column) ? 0 : row_i64(q, column);
}

static void read_row(struct query *q, struct arena *arena, struct webhook_row *out)
{
    *out = (struct webhook_row){
        .id = row_str(q, 0, arena),
        .organization_id = row_i64(q, 1),
        .url = row_str(q, 2, arena),
        .events = row_str(q, 3, arena),
        .description = row_str(q, 4, arena),
        .sealed = row_bytes(q, 5, arena),
        .is_enabled = row_flag(q, 6),
        .created_at = row_i64(q, 7),
        .created_by = zero_if_null(q, 8),
        .failing_since = zero_if_null(q, 9),
    };
}

enum error webhooks_insert(struct db *db, const struct webhook_row *row)
{
    return db_run(db,
                  "INSERT INTO webhooks (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
                  "$10)",
                  "sisssbfiII", row->id, row->organization_id, row->url, row->events,
                  row->description, row->sealed, row->is_enabled, row->created_at,
                  null_if_zero(row->created_by), null_if_zero(row->failing_since));
}

enum error webhooks_find(struct db *db, str id, struct arena *arena, struct webhook_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT " COLUMNS " FROM webhooks WHERE id = $1");
    if (!err)
        err = query_bind(&q, "s", id);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, arena, out);
    return err;
}

enum error webhooks_list(struct db *db, int64_t organization_id, struct arena *arena,
                         struct webhook_list *out)
{
    struct many many = {.arena = arena, .item_bytes = sizeof(struct webhook_row)};
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT " COLUMNS " FROM webhooks WHERE organization_id = $1 "
                                 "ORDER BY created_at, id");
    if (!err)
        err = query_bind(&q, "i", organization_id);
    while (!err) {
        err = query_row(&q);
        if (!err)
            read_row(&q, arena, many_add(&many));
    }
    *out = (struct webhook_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error webhooks_count(struct db *db, int64_t organization_id, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q, "SELECT COUNT(*) FROM webhooks WHERE organization_id = $1");
    if (!err)
        err = query_bind(&q, "i", organization_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

enum error webhooks_update(struct db *db, const struct webhook_row *row)
{
    return db_run(db,
                  "UPDATE webhooks SET url = $2, events = $3, description = $4, sealed = $5, "
                  "is_enabled = $6 WHERE id = $1",
                  "ssssbf", row->id, row->url, row->events, row->description, row->sealed,
                  row->is_enabled);
}

enum error webhooks_set_failing(struct db *db, str id, usec since)
{
    if (since == 0)
        return db_run(db,
                      "UPDATE webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS "
                      "NOT NULL",
                      "s", id);
    return db_run(db,
                  "UPDATE webhooks SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL",
                  "si", id, since);
}

enum error webhooks_delete(struct db *db, str id)
{
    enum error err = db_run(db, "DELETE FROM webhook_deliveries WHERE webhook_id = $1", "s", id);
    return err ? err : db_run(db, "DELETE FROM webhooks WHERE id = $1", "s", id);
}
