#include "store/tokens.h"

#include "store/tokens_read.h"

usec token_row_end(const struct token_row *row)
{
    if (row->revoked_at != 0)
        return 0;
    if (str_is_empty(row->replaced_by) || row->grace_until > row->expires_at)
        return row->expires_at;
    return row->grace_until;
}

bool token_row_lives(const struct token_row *row, usec now)
{
    return token_row_end(row) > now;
}

bool token_row_is_rotated_away(const struct token_row *row, usec now)
{
    return !str_is_empty(row->replaced_by) && row->grace_until <= now &&
           (row->revoked_at == 0 || row->ended_why == ENDED_ROTATED);
}

usec token_row_claimed_end(const struct token_row *row)
{
    return row->claimed_end != 0 ? row->claimed_end : row->expires_at;
}

enum error tokens_insert(struct db *db, const struct token_row *row)
{
    return db_run(
        db,
        "INSERT INTO tokens (id, token_key, user_id, name, holds_name, kid, issued_at, "
        "expires_at, created_at, revoked_at, unsigned_text, kind, mac, hint, scopes, "
        "allowed_ips, made_by, family, claimed_end, rotated_from) VALUES ($1, $2, $3, $4, $5, $6, "
        "$7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        "siIsfsiiiISiBSssISIS", row->id, row->token_key, row->user_id ? row->user_id : DB_NULL_I64,
        row->name, row->holds_name, row->kid, row->issued_at, row->expires_at, row->created_at,
        row->revoked_at ? row->revoked_at : DB_NULL_I64, row->unsigned_text, (int64_t)row->kind,
        row->mac, row->hint, str_is_empty(row->scopes) ? STR("all") : row->scopes,
        str_is_empty(row->allowed_ips) ? STR("") : row->allowed_ips,
        row->made_by ? row->made_by : DB_NULL_I64, row->family,
        row->claimed_end ? row->claimed_end : DB_NULL_I64, row->rotated_from);
}

enum error tokens_find(struct db *db, str id, struct arena *arena, struct token_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT " TOKEN_COLUMNS " FROM tokens WHERE id = $1");
    if (!err)
        err = query_bind(&q, "s", id);
    if (!err)
        err = query_row(&q);
    if (!err)
        token_row_read(&q, arena, out);
    return err;
}

enum error tokens_find_by_mac(struct db *db, str mac, struct arena *arena, struct token_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT " TOKEN_COLUMNS " FROM tokens WHERE mac = $1");
    if (!err)
        err = query_bind(&q, "b", mac);
    if (!err)
        err = query_row(&q);
    if (!err)
        token_row_read(&q, arena, out);
    return err;
}

enum error tokens_find_by_key(struct db *db, int64_t token_key, struct arena *arena,
                              struct token_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q, "SELECT " TOKEN_COLUMNS " FROM tokens WHERE token_key = $1 ORDER BY id LIMIT 1");
    if (!err)
        err = query_bind(&q, "i", token_key);
    if (!err)
        err = query_row(&q);
    if (!err)
        token_row_read(&q, arena, out);
    return err;
}

enum error tokens_revoke(struct db *db, str id, usec now, bool *changed)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "UPDATE tokens SET revoked_at = $2, holds_name = 0 WHERE id = $1 "
                                 "AND revoked_at IS NULL");
    if (!err)
        err = query_bind(&q, "si", id, now);
    if (!err)
        err = query_run(&q);
    if (!err)
        *changed = query_changed(&q) > 0;
    return err;
}

enum error tokens_change(struct db *db, const struct token_row *row)
{
    return db_run(db,
                  "UPDATE tokens SET name = $2, scopes = $3, allowed_ips = $4, expires_at = $5, "
                  "claimed_end = $6 WHERE id = $1",
                  "ssssiI", row->id, row->name, row->scopes, row->allowed_ips, row->expires_at,
                  row->claimed_end ? row->claimed_end : DB_NULL_I64);
}

enum error tokens_free_name(struct db *db, int64_t user_id, str name, usec now)
{
    return db_run(db,
                  "UPDATE tokens SET holds_name = 0 WHERE user_id = $1 AND name = $2 AND "
                  "holds_name = 1 AND expires_at <= $3",
                  "isi", user_id, name, now);
}

enum error tokens_count_living(struct db *db, int64_t user_id, int64_t kind, usec now, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "SELECT COUNT(*) FROM tokens WHERE user_id = $1 AND " TOKENS_LIVING(
                        "", "$2") " AND (kind = $3 OR $3 IS NULL)");
    if (!err)
        err = query_bind(&q, "iiI", user_id, now, kind);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

static enum error count_legacy(struct db *db, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT COUNT(*) FROM legacy_tokens l "
                                 "JOIN users u ON u.id = l.user_id AND u.is_active = 1 "
                                 "JOIN members m ON m.user_id = u.id AND m.organization_id = "
                                 "u.active_organization_id AND m.removed_at IS NULL "
                                 "JOIN token_settings s ON s.organization_id = m.organization_id "
                                 "AND s.legacy_api_tokens_enabled = 1");
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

enum error tokens_count_all_living(struct db *db, usec now, struct living_tokens *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct living_tokens living = {0};
    enum error err = query_start(
        db, &q,
        "SELECT kind, COUNT(*) FROM tokens WHERE " TOKENS_LIVING("", "$1") " GROUP BY kind");
    if (!err)
        err = query_bind(&q, "i", now);
    while (!err && !(err = query_row(&q)))
        *(row_i64(&q, 0) == TOKEN_API_KEY ? &living.api_keys : &living.pats) = row_i64(&q, 1);
    if (err == ERR_NOT_FOUND)
        err = count_legacy(db, &living.legacy);
    if (!err)
        *out = living;
    return err;
}

enum error tokens_list_living(struct db *db, int64_t user_id, int64_t kind, usec now,
                              usec after_created_at, str after_id, int64_t limit,
                              struct arena *arena, struct token_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "SELECT " TOKEN_COLUMNS " FROM tokens WHERE user_id = $1 AND " TOKENS_LIVING(
                        "", "$2") " AND (created_at, id) > "
                                  "($3, $4) AND (kind = $6 OR $6 IS NULL) ORDER BY created_at, id "
                                  "LIMIT $5");
    if (!err)
        err = query_bind(&q, "iiisiI", user_id, now, after_created_at, after_id, limit, kind);
    return err ? err : token_list_read(&q, arena, out);
}

enum error tokens_list_all(struct db *db, int64_t user_id, usec after_created_at, str after_id,
                           int64_t limit, struct arena *arena, struct token_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT " TOKEN_COLUMNS " FROM tokens WHERE user_id = $1 AND "
                                 "(created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4");
    if (!err)
        err = query_bind(&q, "iisi", user_id, after_created_at, after_id, limit);
    return err ? err : token_list_read(&q, arena, out);
}

enum error tokens_orphan(struct db *db, int64_t user_id)
{
    return db_run(db, "UPDATE tokens SET user_id = NULL, holds_name = 0 WHERE user_id = $1", "i",
                  user_id);
}
