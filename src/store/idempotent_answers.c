#include "store/idempotent_answers.h"

enum error idempotent_answers_add(struct db *db, const struct idempotent_answer *answer,
                                  bool *added)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "INSERT INTO idempotent_answers (user_id, key, fingerprint, "
                                 "status, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON "
                                 "CONFLICT (user_id, key) DO NOTHING");
    if (!err)
        err = query_bind(&q, "isbibi", answer->user_id, answer->key, answer->fingerprint,
                         answer->status, answer->sealed, answer->created_at);
    if (!err)
        err = query_run(&q);
    if (!err)
        *added = query_changed(&q) > 0;
    return err;
}

enum error idempotent_answers_find(struct db *db, int64_t user_id, str key, struct arena *arena,
                                   struct idempotent_answer *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT fingerprint, status, sealed, created_at FROM "
                                 "idempotent_answers WHERE user_id = $1 AND key = $2");
    if (!err)
        err = query_bind(&q, "is", user_id, key);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = (struct idempotent_answer){
            .user_id = user_id,
            .key = key,
            .fingerprint = row_bytes(&q, 0, arena),
            .status = row_i64(&q, 1),
            .sealed = row_bytes(&q, 2, arena),
            .created_at = row_i64(&q, 3),
        };
    return err;
}

enum error idempotent_answers_finish(struct db *db, const struct idempotent_answer *answer)
{
    return db_run(db,
                  "UPDATE idempotent_answers SET status = $3, sealed = $4 WHERE user_id = $1 AND "
                  "key = $2 AND created_at = $5",
                  "isibi", answer->user_id, answer->key, answer->status, answer->sealed,
                  answer->created_at);
}

enum error idempotent_answers_remove(struct db *db, int64_t user_id, str key, usec created_at,
                                     bool *removed)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "DELETE FROM idempotent_answers WHERE user_id = $1 AND key = $2 "
                                 "AND created_at = $3");
    if (!err)
        err = query_bind(&q, "isi", user_id, key, created_at);
    if (!err)
        err = query_run(&q);
    if (!err)
        *removed = query_changed(&q) > 0;
    return err;
}

enum error idempotent_answers_purge(struct db *db, usec created_before)
{
    return db_run(db, "DELETE FROM idempotent_answers WHERE created_at < $1", "i", created_before);
}
