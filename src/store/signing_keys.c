#include "store/signing_keys.h"

enum error signing_keys_lock(struct db *db)
{
    return db_run(db, "UPDATE signing_keys SET kid = kid WHERE state < 4", "");
}

enum error signing_keys_insert(struct db *db, const struct signing_key_row *row)
{
    return db_run(db,
                  "INSERT INTO signing_keys (kid, algorithm, state, sealed, created_at, "
                  "changed_at) VALUES ($1, $2, $3, $4, $5, $6)",
                  "ssibii", row->kid, row->algorithm, (int64_t)row->state, row->sealed,
                  row->created_at, row->changed_at);
}

enum error signing_keys_set_state(struct db *db, str kid, enum key_state state, usec now)
{
    return db_run(db, "UPDATE signing_keys SET state = $2, changed_at = $3 WHERE kid = $1", "sii",
                  kid, (int64_t)state, now);
}

static struct signing_key_row read_row(struct query *q, struct arena *arena)
{
    struct signing_key_row row = {
        .kid = row_str(q, 0, arena),
        .algorithm = row_str(q, 1, arena),
        .state = (enum key_state)row_i64(q, 2),
        .sealed = row_bytes(q, 3, arena),
        .created_at = row_i64(q, 4),
        .changed_at = row_i64(q, 5),
    };
    return row;
}

enum error signing_keys_find(struct db *db, str kid, struct arena *arena,
                             struct signing_key_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "SELECT kid, algorithm, state, sealed, created_at, COALESCE(changed_at, "
                    "created_at) FROM signing_keys WHERE kid = $1");
    if (!err)
        err = query_bind(&q, "s", kid);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = read_row(&q, arena);
    return err;
}

static enum error read_all(struct query *q, size_t room, struct arena *arena,
                           struct signing_key_list *out)
{
    out->items = ARENA_ARRAY(arena, struct signing_key_row, room);
    out->count = 0;
    enum error err;
    while ((err = query_row(q)) == OK) {
        if (out->count == room)
            return ERR_LIMIT;
        out->items[out->count++] = read_row(q, arena);
    }
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error signing_keys_list(struct db *db, struct arena *arena, struct signing_key_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "SELECT kid, algorithm, state, sealed, created_at, COALESCE(changed_at, "
                    "created_at) FROM signing_keys WHERE state < 4 ORDER BY created_at, kid");
    return err ? err : read_all(&q, SIGNING_KEYS_MAX, arena, out);
}

enum error signing_keys_list_all(struct db *db, int64_t limit, struct arena *arena,
                                 struct signing_key_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "SELECT kid, algorithm, state, sealed, created_at, changed_at FROM (SELECT kid, algorithm, "
        "state, sealed, created_at, COALESCE(changed_at, created_at) AS changed_at FROM "
        "signing_keys ORDER BY created_at DESC, kid DESC LIMIT $1) AS newest ORDER BY created_at, "
        "kid");
    if (!err)
        err = query_bind(&q, "i", limit);
    return err ? err : read_all(&q, (size_t)limit, arena, out);
}

enum error signing_keys_count_living_pats(struct db *db, str kid, usec now, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT COUNT(*) FROM tokens WHERE kind = 1 AND kid = $1 AND "
                                 "revoked_at IS NULL AND expires_at > $2");
    if (!err)
        err = query_bind(&q, "si", kid, now);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}
