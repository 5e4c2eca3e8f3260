#include "store/imported.h"

#include "store/many.h"

#define ROWS 30 /* in one statement: 61 parameters */

#define INSERT "INSERT INTO imported (kind, id, fingerprint) VALUES "
#define UPDATE " ON CONFLICT (kind, id) DO UPDATE SET fingerprint = excluded.fingerprint"

// clang-format off
static const char insert_many[] =
    INSERT
    "($1, $2, $3), ($1, $4, $5), ($1, $6, $7), ($1, $8, $9), ($1, $10, $11), ($1, $12, $13), "
    "($1, $14, $15), ($1, $16, $17), ($1, $18, $19), ($1, $20, $21), ($1, $22, $23), ($1, $24, $25), "
    "($1, $26, $27), ($1, $28, $29), ($1, $30, $31), ($1, $32, $33), ($1, $34, $35), ($1, $36, $37), "
    "($1, $38, $39), ($1, $40, $41), ($1, $42, $43), ($1, $44, $45), ($1, $46, $47), ($1, $48, $49), "
    "($1, $50, $51), ($1, $52, $53), ($1, $54, $55), ($1, $56, $57), ($1, $58, $59), ($1, $60, $61)"
    UPDATE;
// clang-format on

static enum error save_many(struct db *db, enum imported_kind kind, const struct imported_row *rows)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, insert_many);
    if (!err)
        err = query_i64(&q, 1, (int64_t)kind);
    for (int i = 0; !err && i < ROWS; i++) {
        err = query_i64(&q, 2 + 2 * i, rows[i].id);
        if (!err)
            err = query_i64(&q, 3 + 2 * i, rows[i].fingerprint);
    }
    return err ? err : query_run(&q);
}

enum error imported_save(struct db *db, enum imported_kind kind, const struct imported_row *rows,
                         size_t count)
{
    enum error err = OK;
    size_t i = 0;
    for (; !err && i + ROWS <= count; i += ROWS)
        err = save_many(db, kind, rows + i);
    for (; !err && i < count; i++)
        err = db_run(db, INSERT "($1, $2, $3)" UPDATE, "iii", (int64_t)kind, rows[i].id,
                     rows[i].fingerprint);
    return err;
}

enum error imported_between(struct db *db, enum imported_kind kind, int64_t after, int64_t up_to,
                            struct arena *arena, struct imported_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct imported_row)};
    enum error err = query_start(db, &q,
                                 "SELECT id, fingerprint FROM imported WHERE kind = $1 AND id > $2 "
                                 "AND id <= $3 ORDER BY id");
    if (!err)
        err = query_bind(&q, "iii", (int64_t)kind, after, up_to);
    while (!err && !(err = query_row(&q))) {
        struct imported_row *row = many_add(&many);
        *row = (struct imported_row){.id = row_i64(&q, 0), .fingerprint = row_i64(&q, 1)};
    }
    *out = (struct imported_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error imported_find(struct db *db, enum imported_kind kind, int64_t id, int64_t *fingerprint)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q, "SELECT fingerprint FROM imported WHERE kind = $1 AND id = $2");
    if (!err)
        err = query_bind(&q, "ii", (int64_t)kind, id);
    if (!err)
        err = query_row(&q);
    if (!err)
        *fingerprint = row_i64(&q, 0);
    return err;
}
