#include "store/token_settings.h"

struct token_settings token_settings_default(void)
{
    return (struct token_settings){.api_tokens_enabled = true,
                                   .legacy_api_tokens_enabled = false,
                                   .api_keys_enabled = true,
                                   .direct_pat_enabled = true,
                                   .api_token_ttl_days = API_TOKEN_TTL_DAYS_MAX};
}

enum error token_settings_find(struct db *db, int64_t organization_id, struct token_settings *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT api_tokens_enabled, legacy_api_tokens_enabled, "
                                 "direct_pat_enabled, api_token_ttl_days, max_tokens_per_user, "
                                 "updated_at, api_keys_enabled, require_expiry, "
                                 "CASE WHEN allowed_ips = '' THEN 0 ELSE 1 END FROM token_settings "
                                 "WHERE organization_id = $1");
    if (!err)
        err = query_bind(&q, "i", organization_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = (struct token_settings){
            .api_tokens_enabled = row_flag(&q, 0),
            .legacy_api_tokens_enabled = row_flag(&q, 1),
            .direct_pat_enabled = row_flag(&q, 2),
            .api_token_ttl_days = row_i64(&q, 3),
            .max_tokens_per_user = row_i64(&q, 4),
            .updated_at = row_i64(&q, 5),
            .api_keys_enabled = row_flag(&q, 6),
            .require_expiry = row_flag(&q, 7),
            .has_allowed_ips = row_flag(&q, 8),
        };
    if (err == ERR_NOT_FOUND) {
        *out = token_settings_default();
        return OK;
    }
    return err;
}

enum error token_settings_save(struct db *db, int64_t organization_id,
                               const struct token_settings *s)
{
    return db_run(
        db,
        "INSERT INTO token_settings (organization_id, api_tokens_enabled, "
        "legacy_api_tokens_enabled, direct_pat_enabled, api_token_ttl_days, max_tokens_per_user, "
        "updated_at, api_keys_enabled, require_expiry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
        "ON CONFLICT (organization_id) DO UPDATE "
        "SET api_tokens_enabled = excluded.api_tokens_enabled, legacy_api_tokens_enabled = "
        "excluded.legacy_api_tokens_enabled, direct_pat_enabled = excluded.direct_pat_enabled, "
        "api_token_ttl_days = excluded.api_token_ttl_days, max_tokens_per_user = "
        "excluded.max_tokens_per_user, updated_at = excluded.updated_at, "
        "api_keys_enabled = excluded.api_keys_enabled, require_expiry = excluded.require_expiry",
        "ifffiiiff", organization_id, s->api_tokens_enabled, s->legacy_api_tokens_enabled,
        s->direct_pat_enabled, s->api_token_ttl_days, s->max_tokens_per_user, s->updated_at,
        s->api_keys_enabled, s->require_expiry);
}

enum error token_settings_find_allowed_ips(struct db *db, int64_t organization_id,
                                           struct arena *arena, str *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q, "SELECT allowed_ips FROM token_settings WHERE organization_id = $1");
    *out = STR("");
    if (!err)
        err = query_bind(&q, "i", organization_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_str(&q, 0, arena);
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error token_settings_set_allowed_ips(struct db *db, int64_t organization_id, str allowed_ips)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q, "UPDATE token_settings SET allowed_ips = $2 WHERE organization_id = $1");
    if (!err)
        err = query_bind(&q, "is", organization_id, allowed_ips);
    if (!err)
        err = query_run(&q);
    return err ? err : query_changed(&q) > 0 ? OK : ERR_NOT_FOUND;
}

enum error token_settings_find_shortening(struct db *db, int64_t organization_id,
                                          struct shortening *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q, "SELECT shorten_to, shortened FROM token_settings WHERE organization_id = $1");
    if (!err)
        err = query_bind(&q, "i", organization_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = (struct shortening){.to = row_is_null(&q, 0) ? 0 : row_i64(&q, 0),
                                   .count = row_i64(&q, 1)};
    return err;
}

enum error token_settings_set_shortening(struct db *db, int64_t organization_id,
                                         const struct shortening *shortening)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "UPDATE token_settings SET shorten_to = $2, shortened = $3 WHERE "
                                 "organization_id = $1");
    if (!err)
        err = query_bind(&q, "iIi", organization_id, shortening->to ? shortening->to : DB_NULL_I64,
                         shortening->count);
    if (!err)
        err = query_run(&q);
    return err ? err : query_changed(&q) > 0 ? OK : ERR_NOT_FOUND;
}

enum error token_settings_next_shortening(struct db *db, int64_t *organization_id)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT organization_id FROM token_settings WHERE shorten_to IS "
                                 "NOT NULL ORDER BY organization_id LIMIT 1");
    if (!err)
        err = query_row(&q);
    if (!err)
        *organization_id = row_i64(&q, 0);
    return err;
}
