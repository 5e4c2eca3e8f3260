#include "store/many.h"
#include "store/webhooks.h"

#define COLUMNS                                                                                    \
    "d.id, d.webhook_id, d.event, d.created_at, d.attempts, d.attempted_at, d.next_at, "           \
    "d.delivered_at, d.status, d.problem"

static int64_t null_if_zero(int64_t n)
{
    return n ? n : DB_NULL_I64;
}

static int64_t zero_if_null(struct query *q, int column)
{
    return row_is_null(q, column) ? 0 : row_i64(q, column);
}

static void read_row(struct query *q, struct arena *arena, struct delivery_row *out)
{
    *out = (struct delivery_row){
        .id = row_str(q, 0, arena),
        .webhook_id = row_str(q, 1, arena),
        .event = row_str(q, 2, arena),
        .created_at = row_i64(q, 3),
        .attempts = row_i64(q, 4),
        .attempted_at = zero_if_null(q, 5),
        .next_at = zero_if_null(q, 6),
        .delivered_at = zero_if_null(q, 7),
        .status = zero_if_null(q, 8),
        .problem = row_str(q, 9, arena),
        .body = STR(""),
    };
}

enum error deliveries_insert(struct db *db, const struct delivery_row *row)
{
    return db_run(db,
                  "INSERT INTO webhook_deliveries (id, webhook_id, event, body, created_at, "
                  "attempts, next_at, problem) VALUES ($1, $2, $3, $4, $5, 0, $6, '')",
                  "ssssiI", row->id, row->webhook_id, row->event, row->body, row->created_at,
                  null_if_zero(row->next_at));
}

enum error deliveries_count_waiting(struct db *db, str webhook_id, int64_t most, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "SELECT COUNT(*) FROM (SELECT 1 AS one FROM webhook_deliveries WHERE "
                    "webhook_id = $1 AND next_at IS NOT NULL LIMIT $2) w");
    if (!err)
        err = query_bind(&q, "si", webhook_id, most);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

static enum error read_list(struct query *q, bool is_due, struct arena *arena,
                            struct delivery_list *out)
{
    struct many many = {.arena = arena, .item_bytes = sizeof(struct delivery_row)};
    enum error err;
    while (!(err = query_row(q))) {
        struct delivery_row *row = many_add(&many);
        read_row(q, arena, row);
        if (is_due) {
            row->body = row_str(q, 10, arena);
            row->organization_id = row_i64(q, 11);
        }
    }
    *out = (struct delivery_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error deliveries_list(struct db *db, str webhook_id, usec before_created_at, str before_id,
                           int64_t limit, struct arena *arena, struct delivery_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "SELECT " COLUMNS " FROM webhook_deliveries d WHERE d.webhook_id = $1 AND "
        "(d.created_at, d.id) < ($2, $3) ORDER BY d.created_at DESC, d.id DESC LIMIT $4");
    if (!err)
        err = query_bind(&q, "sisi", webhook_id, before_created_at, before_id, limit);
    return err ? err : read_list(&q, false, arena, out);
}

enum error deliveries_last(struct db *db, str webhook_id, struct arena *arena,
                           struct delivery_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "SELECT " COLUMNS " FROM webhook_deliveries d WHERE d.webhook_id = $1 AND d.attempts > 0 "
        "ORDER BY d.created_at DESC, d.id DESC LIMIT 1");
    if (!err)
        err = query_bind(&q, "s", webhook_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, arena, out);
    return err;
}

enum error deliveries_due(struct db *db, usec now, int64_t of_each, int64_t limit,
                          struct arena *arena, struct delivery_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "SELECT " COLUMNS ", d.body, r.organization_id FROM (SELECT f.id, h.organization_id, "
        "ROW_NUMBER() OVER (PARTITION BY h.organization_id ORDER BY CASE WHEN h.failing_since "
        "IS NULL THEN 0 ELSE 1 END, f.next_at, f.id) AS place "
        "FROM webhooks h JOIN webhook_deliveries f ON f.id = "
        "(SELECT w.id FROM webhook_deliveries w WHERE w.webhook_id = h.id AND w.next_at IS NOT "
        "NULL AND w.next_at <= $1 ORDER BY w.next_at LIMIT 1) WHERE h.is_enabled = 1) r "
        "JOIN webhook_deliveries d ON d.id = r.id WHERE r.place <= $2 "
        "ORDER BY r.place, d.next_at LIMIT $3");
    if (!err)
        err = query_bind(&q, "iii", now, of_each, limit);
    return err ? err : read_list(&q, true, arena, out);
}

enum error deliveries_claim(struct db *db, str id, usec next_at, usec until, usec now, bool *taken)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "UPDATE webhook_deliveries SET next_at = $3, attempts = attempts + 1, attempted_at = $4, "
        "status = NULL, problem = '' WHERE id = $1 AND next_at = $2");
    if (!err)
        err = query_bind(&q, "siii", id, next_at, until, now);
    if (!err)
        err = query_run(&q);
    if (!err)
        *taken = query_changed(&q) == 1;
    return err;
}

enum error deliveries_settle(struct db *db, const struct delivery_row *row)
{
    return db_run(db,
                  "UPDATE webhook_deliveries SET next_at = $2, delivered_at = $3, status = $4, "
                  "problem = $5 WHERE id = $1",
                  "sIIIs", row->id, null_if_zero(row->next_at), null_if_zero(row->delivered_at),
                  null_if_zero(row->status), row->problem);
}

enum error deliveries_purge(struct db *db, usec older_than)
{
    return db_run(db, "DELETE FROM webhook_deliveries WHERE created_at < $1 AND next_at IS NULL",
                  "i", older_than);
}
