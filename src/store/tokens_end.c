#include "store/tokens_read.h"

enum error tokens_end(struct db *db, str id, enum token_end_reason why, int64_t by, usec now,
                      bool *changed)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "UPDATE tokens SET revoked_at = $2, holds_name = 0, ended_why = "
                                 "$3, ended_by = $4 WHERE id = $1 AND revoked_at IS NULL");
    if (!err)
        err = query_bind(&q, "siiI", id, now, (int64_t)why, by ? by : DB_NULL_I64);
    if (!err)
        err = query_run(&q);
    if (!err)
        *changed = query_changed(&q) > 0;
    return err;
}

enum error tokens_replace(struct db *db, str id, str successor, usec grace_until, usec now,
                          bool *changed)
{
    CLEANUP(query_end) struct query q = {0};
    bool has_grace = grace_until > now;
    enum error err =
        query_start(db, &q,
                    "UPDATE tokens SET replaced_by = $2, grace_until = $3, holds_name = 0, "
                    "revoked_at = $4, ended_why = $5 WHERE id = $1 AND revoked_at IS NULL AND "
                    "replaced_by IS NULL");
    if (!err)
        err = query_bind(&q, "ssiII", id, successor, grace_until, has_grace ? DB_NULL_I64 : now,
                         has_grace ? DB_NULL_I64 : (int64_t)ENDED_ROTATED);
    if (!err)
        err = query_run(&q);
    if (!err)
        *changed = query_changed(&q) > 0;
    return err;
}

str token_row_family(const struct token_row *row)
{
    return str_is_empty(row->family) ? row->id : row->family;
}

enum error tokens_list_family(struct db *db, str family, usec now, struct arena *arena,
                              struct token_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT " TOKEN_COLUMNS " FROM tokens WHERE (id = $1 OR family = "
                                 "$1) AND revoked_at IS NULL AND expires_at > $2 AND (replaced_by "
                                 "IS NULL OR grace_until > $2) ORDER BY created_at, id");
    if (!err)
        err = query_bind(&q, "si", family, now);
    return err ? err : token_list_read(&q, arena, out);
}

enum error tokens_note_dead(struct db *db, str id, usec now, bool *changed)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q, "UPDATE tokens SET dead_used_at = $2 WHERE id = $1 AND dead_used_at IS NULL");
    if (!err)
        err = query_bind(&q, "si", id, now);
    if (!err)
        err = query_run(&q);
    if (!err)
        *changed = query_changed(&q) > 0;
    return err;
}

enum error tokens_shorten(struct db *db, int64_t organization_id, int64_t after, int64_t up_to,
                          usec latest, usec longest, usec now, int64_t *changed)
{
    CLEANUP(query_end) struct query q = {0};
    /* a PAT keeps what it says of itself: its text is written from that */
    enum error err =
        query_start(db, &q,
                    "UPDATE tokens SET claimed_end = CASE WHEN kind = 1 AND claimed_end IS NULL "
                    "THEN expires_at ELSE claimed_end END, expires_at = $4 WHERE user_id IN "
                    "(SELECT u.id FROM users u WHERE u.active_organization_id = $1 AND u.id > $2 "
                    "AND u.id <= $3) AND expires_at > $4 AND expires_at > created_at + $5 AND "
                    "expires_at > $6 AND revoked_at IS NULL AND replaced_by IS NULL");
    if (!err)
        err = query_bind(&q, "iiiiii", organization_id, after, up_to, latest, longest, now);
    if (!err)
        err = query_run(&q);
    if (!err)
        *changed = query_changed(&q);
    return err;
}

enum error tokens_choose(struct db *db, const struct token_choice *choice, usec now,
                         struct arena *arena, struct token_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct token_row)};
    enum error err =
        query_start(db, &q,
                    "SELECT t.id, t.token_key, t.user_id, t.name, t.kind FROM users u JOIN tokens "
                    "t ON t.user_id = u.id LEFT JOIN usage g ON g.token_key = t.token_key WHERE "
                    "(u.active_organization_id = $1 OR $1 IS NULL) AND u.id > $2 AND u.id <= $3 "
                    "AND (t.kind = $4 OR $4 IS NULL) AND t.revoked_at IS NULL AND t.expires_at > "
                    "$5 AND (t.replaced_by IS NULL OR t.grace_until > $5) AND (t.created_at < $6 "
                    "OR $6 IS NULL) AND (g.last_at IS NULL OR g.last_at < $6 OR $6 IS NULL) ORDER "
                    "BY t.user_id, t.created_at, t.id");
    if (!err)
        err = query_bind(&q, "IiiIiI",
                         choice->organization_id ? choice->organization_id : DB_NULL_I64,
                         choice->after, choice->up_to, choice->kind, now,
                         choice->unused_since ? choice->unused_since : DB_NULL_I64);
    while (!err && !(err = query_row(&q))) {
        struct token_row *row = many_add(&many);
        row->id = row_str(&q, 0, arena);
        row->token_key = row_i64(&q, 1);
        row->user_id = row_i64(&q, 2);
        row->name = row_str(&q, 3, arena);
        row->kind = (enum token_kind)row_i64(&q, 4);
    }
    *out = (struct token_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}
