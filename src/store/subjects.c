#include "store/subjects.h"

#include "store/tokens.h"

#define COLUMNS                                                                                    \
    "u.is_active, u.active_organization_id, m.role, s.api_tokens_enabled, "                        \
    "s.legacy_api_tokens_enabled, s.direct_pat_enabled, s.api_token_ttl_days, "                    \
    "s.max_tokens_per_user, s.updated_at, s.api_keys_enabled, s.require_expiry, "                  \
    "CASE WHEN s.allowed_ips = '' THEN 0 ELSE 1 END"
#define TABLES                                                                                     \
    "users u "                                                                                     \
    "LEFT JOIN members m ON m.user_id = u.id AND m.organization_id = u.active_organization_id "    \
    "AND m.removed_at IS NULL "                                                                    \
    "LEFT JOIN token_settings s ON s.organization_id = u.active_organization_id "

/* Of a row that begins with COLUMNS. */
static struct subject read_subject(struct query *q, int64_t user_id)
{
    struct subject subject = {.user_id = user_id, .is_active = row_flag(q, 0)};
    if (!row_is_null(q, 1))
        subject.active_organization_id = row_i64(q, 1);
    if (!row_is_null(q, 2)) {
        subject.organization_id = subject.active_organization_id;
        subject.role = (enum role)row_i64(q, 2);
    }
    if (row_is_null(q, 3))
        subject.settings = token_settings_default();
    else
        subject.settings = (struct token_settings){
            .api_tokens_enabled = row_flag(q, 3),
            .legacy_api_tokens_enabled = row_flag(q, 4),
            .direct_pat_enabled = row_flag(q, 5),
            .api_token_ttl_days = row_i64(q, 6),
            .max_tokens_per_user = row_i64(q, 7),
            .updated_at = row_i64(q, 8),
            .api_keys_enabled = row_flag(q, 9),
            .require_expiry = row_flag(q, 10),
            .has_allowed_ips = row_flag(q, 11),
        };
    return subject;
}

enum error subjects_find(struct db *db, int64_t user_id, struct subject *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT " COLUMNS " FROM " TABLES "WHERE u.id = $1");
    if (!err)
        err = query_bind(&q, "i", user_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = read_subject(&q, user_id);
    return err;
}

/* Of a row of subjects_find_with_token. */
static struct subject_and_token read_subject_and_token(struct query *q, int64_t user_id,
                                                       struct arena *arena)
{
    struct token_row token = {
        .revoked_at = row_is_null(q, 14) ? 0 : row_i64(q, 14),
        .expires_at = row_is_null(q, 15) ? 0 : row_i64(q, 15),
        .replaced_by = row_is_null(q, 16) ? STR("") : STR("x"), /* by whom is of no interest */
        .grace_until = row_is_null(q, 17) ? 0 : row_i64(q, 17),
    };
    return (struct subject_and_token){
        .subject = read_subject(q, user_id),
        .token_is_there = !row_is_null(q, 12),
        .token_user_id = row_is_null(q, 13) ? 0 : row_i64(q, 13),
        .token_revoked_at = token.revoked_at,
        .token_ends_at = token_row_end(&token),
        .token_was_replaced = !row_is_null(q, 16),
        .token_end_is_noted = !row_is_null(q, 18),
        .token_scopes = row_is_null(q, 19) ? STR("") : row_str(q, 19, arena),
        .token_has_allowed_ips = row_flag(q, 20),
    };
}

enum error subjects_find_with_token(struct db *db, int64_t user_id, str token_id,
                                    struct arena *arena, struct subject_and_token *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "SELECT " COLUMNS ", t.token_key, t.user_id, t.revoked_at, "
                    "t.expires_at, t.replaced_by, t.grace_until, t.dead_used_at, t.scopes, "
                    "CASE WHEN t.allowed_ips <> '' THEN 1 ELSE 0 END FROM " TABLES
                    "LEFT JOIN tokens t ON t.id = $2 WHERE u.id = $1");
    if (!err)
        err = query_bind(&q, "is", user_id, token_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = read_subject_and_token(&q, user_id, arena);
    return err;
}
