#include "store/signing_keys.h"

enum error signing_keys_insert(struct db *db, const struct signing_key_row *row)
{
    return db_run(db,
                  "INSERT INTO signing_keys (kid, algorithm, state, sealed, created_at) VALUES "
                  "($1, $2, $3, $4, $5)",
                  "ssibi", row->kid, row->algorithm, (int64_t)row->state, row->sealed,
                  row->created_at);
}

enum error signing_keys_set_state(struct db *db, str kid, enum key_state state)
{
    return db_run(db, "UPDATE signing_keys SET state = $2 WHERE kid = $1", "si", kid,
                  (int64_t)state);
}

enum error signing_keys_list(struct db *db, struct arena *arena, struct signing_key_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    *out = (struct signing_key_list){0};
    enum error err = query_start(db, &q,
                                 "SELECT kid, algorithm, state, sealed, created_at FROM "
                                 "signing_keys WHERE state < 4 ORDER BY created_at, kid");
    while (!err) {
        err = query_row(&q);
        if (err)
            break;
        if (out->count == COUNT_OF(out->items))
            return ERR_LIMIT;
        out->items[out->count++] = (struct signing_key_row){
            .kid = row_str(&q, 0, arena),
            .algorithm = row_str(&q, 1, arena),
            .state = (enum key_state)row_i64(&q, 2),
            .sealed = row_bytes(&q, 3, arena),
            .created_at = row_i64(&q, 4),
        };
    }
    return err == ERR_NOT_FOUND ? OK : err;
}
