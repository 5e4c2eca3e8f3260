#include "store/legacy_tokens.h"

#include "store/many.h"

static void read_row(struct query *q, struct arena *arena, struct legacy_token_row *out)
{
    *out = (struct legacy_token_row){
        .user_id = row_i64(q, 0),
        .mac = row_bytes(q, 1, arena),
        .sealed = row_bytes(q, 2, arena),
        .created_at = row_i64(q, 3),
    };
}

enum error legacy_tokens_save(struct db *db, const struct legacy_token_row *row)
{
    return db_run(db,
                  "INSERT INTO legacy_tokens (user_id, mac, sealed, created_at) VALUES ($1, $2, "
                  "$3, $4) ON CONFLICT (user_id) DO UPDATE SET mac = excluded.mac, sealed = "
                  "excluded.sealed, created_at = excluded.created_at",
                  "ibbi", row->user_id, row->mac, row->sealed, row->created_at);
}

enum error legacy_tokens_find(struct db *db, int64_t user_id, struct arena *arena,
                              struct legacy_token_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q, "SELECT user_id, mac, sealed, created_at FROM legacy_tokens WHERE user_id = $1");
    if (!err)
        err = query_bind(&q, "i", user_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, arena, out);
    return err;
}

enum error legacy_tokens_find_by_mac(struct db *db, str mac, struct arena *arena,
                                     struct legacy_token_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q, "SELECT user_id, mac, sealed, created_at FROM legacy_tokens WHERE mac = $1");
    if (!err)
        err = query_bind(&q, "b", mac);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, arena, out);
    return err;
}

enum error legacy_tokens_list_between(struct db *db, int64_t after, int64_t up_to,
                                      struct arena *arena, struct legacy_token_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct legacy_token_row)};
    enum error err = query_start(db, &q,
                                 "SELECT user_id, mac, sealed, created_at FROM legacy_tokens WHERE "
                                 "user_id > $1 AND user_id <= $2 ORDER BY user_id");
    if (!err)
        err = query_bind(&q, "ii", after, up_to);
    while (!err && !(err = query_row(&q)))
        read_row(&q, arena, many_add(&many));
    *out = (struct legacy_token_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error legacy_tokens_delete(struct db *db, int64_t user_id)
{
    return db_run(db, "DELETE FROM legacy_tokens WHERE user_id = $1", "i", user_id);
}
