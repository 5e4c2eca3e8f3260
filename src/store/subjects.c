#include "store/subjects.h"

enum error subjects_find(struct db *db, int64_t user_id, struct subject *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "SELECT u.is_active, u.active_organization_id, m.role, s.api_tokens_enabled, "
        "s.legacy_api_tokens_enabled, s.direct_pat_enabled, s.api_token_ttl_days, "
        "s.max_tokens_per_user, s.updated_at, s.api_keys_enabled FROM users u "
        "LEFT JOIN members m ON m.user_id = u.id AND m.organization_id = u.active_organization_id "
        "AND m.removed_at IS NULL "
        "LEFT JOIN token_settings s ON s.organization_id = u.active_organization_id "
        "WHERE u.id = $1");
    if (!err)
        err = query_bind(&q, "i", user_id);
    if (!err)
        err = query_row(&q);
    if (err)
        return err;

    *out = (struct subject){.user_id = user_id, .is_active = row_flag(&q, 0)};
    if (!row_is_null(&q, 1))
        out->active_organization_id = row_i64(&q, 1);
    if (!row_is_null(&q, 2)) {
        out->organization_id = out->active_organization_id;
        out->role = (enum role)row_i64(&q, 2);
    }
    if (row_is_null(&q, 3))
        out->settings = token_settings_default();
    else
        out->settings = (struct token_settings){
            .api_tokens_enabled = row_flag(&q, 3),
            .legacy_api_tokens_enabled = row_flag(&q, 4),
            .direct_pat_enabled = row_flag(&q, 5),
            .api_token_ttl_days = row_i64(&q, 6),
            .max_tokens_per_user = row_i64(&q, 7),
            .updated_at = row_i64(&q, 8),
            .api_keys_enabled = row_flag(&q, 9),
        };
    return OK;
}
