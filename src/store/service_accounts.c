#include "store/service_accounts.h"

#include "store/many.h"
#include "store/tokens.h"

/* The pattern, where there is one, is of the name or the address. */
#define FITS(pattern)                                                                              \
    " AND (lower(u.first_name) LIKE lower(" pattern ") ESCAPE '!' OR u.email_folded LIKE "         \
    "lower(" pattern ") ESCAPE '!' OR " pattern " IS NULL)"

/* $1 organization, $2 now, $3 and $4 ids above and up to, $5 limit, $6 pattern. */
static const char select_accounts[] =
    "SELECT u.id, u.first_name, u.email, u.description, u.owner_user_id, o.email, "
    "CASE WHEN o.is_active = 1 AND om.user_id IS NOT NULL THEN 1 ELSE 0 END, m.role, u.is_active, "
    "u.date_joined, (SELECT COUNT(*) FROM tokens t WHERE t.user_id = u.id AND " TOKENS_LIVING(
        "t.", "$2") "), (SELECT MAX(x.last_at) FROM tokens t JOIN usage x ON "
                    "x.token_key = t.token_key WHERE t.user_id = u.id) "
                    "FROM users u CROSS JOIN members m "
                    "LEFT JOIN users o ON o.id = u.owner_user_id "
                    "LEFT JOIN members om ON om.user_id = u.owner_user_id AND om.organization_id = "
                    "m.organization_id AND om.removed_at IS NULL "
                    "WHERE u.is_service = 1 AND m.user_id = u.id AND m.removed_at IS NULL AND "
                    "(m.organization_id = $1 OR $1 IS NULL) AND u.id > $3 AND "
                    "u.id <= $4" FITS("$6") " ORDER BY u.id LIMIT $5";

static void read_row(struct query *q, struct arena *arena, struct service_account *out)
{
    *out = (struct service_account){
        .id = row_i64(q, 0),
        .name = row_str(q, 1, arena),
        .email = row_str(q, 2, arena),
        .description = row_str(q, 3, arena),
        .owner_id = row_is_null(q, 5) ? 0 : row_i64(q, 4),
        .owner_email = row_str(q, 5, arena),
        .owner_can_act = row_flag(q, 6),
        .role = (enum role)row_i64(q, 7),
        .is_active = row_flag(q, 8),
        .created_at = row_i64(q, 9),
        .live_tokens = row_i64(q, 10),
        .used_at = row_is_null(q, 11) ? 0 : row_i64(q, 11),
    };
}

static enum error select_between(struct db *db, struct query *q, int64_t organization_id, str like,
                                 int64_t after, int64_t up_to, int64_t limit, usec now)
{
    enum error err = query_start(db, q, select_accounts);
    return err ? err : query_bind(q, "IiiiiS", organization_id, now, after, up_to, limit, like);
}

enum error service_accounts_find(struct db *db, int64_t organization_id, int64_t id, usec now,
                                 struct arena *arena, struct service_account *out)
{
    CLEANUP(query_end) struct query q = {0};
    if (id < 1)
        return ERR_NOT_FOUND;
    enum error err = select_between(db, &q, organization_id, STR(""), id - 1, id, 1, now);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, arena, out);
    return err;
}

enum error service_accounts_find_by_name(struct db *db, int64_t organization_id, str name,
                                         int64_t *id)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "SELECT u.id FROM users u CROSS JOIN members m WHERE m.user_id = "
                    "u.id AND m.removed_at IS NULL AND u.is_service = 1 AND "
                    "u.first_name = $2 AND (m.organization_id = $1 OR $1 IS NULL) ORDER BY u.id "
                    "LIMIT 2");
    if (!err)
        err = query_bind(&q, "Is", organization_id, name);
    if (!err)
        err = query_row(&q);
    if (err)
        return err;
    *id = row_i64(&q, 0);
    err = query_row(&q);
    return err ? (err == ERR_NOT_FOUND ? OK : err) : ERR_CONFLICT;
}

enum error service_accounts_list(struct db *db, int64_t organization_id, str like, int64_t after,
                                 int64_t limit, usec now, struct arena *arena,
                                 struct service_account_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct service_account)};
    enum error err = select_between(db, &q, organization_id, like, after, INT64_MAX, limit, now);
    while (!err && !(err = query_row(&q)))
        read_row(&q, arena, many_add(&many));
    *out = (struct service_account_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error service_accounts_count(struct db *db, int64_t organization_id, str like, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "SELECT COUNT(*) FROM users u CROSS JOIN members m WHERE "
                    "m.user_id = u.id AND m.removed_at IS NULL AND u.is_service = 1 AND "
                    "m.organization_id = $1" FITS("$2"));
    if (!err)
        err = query_bind(&q, "iS", organization_id, like);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

enum error service_accounts_update(struct db *db, const struct service_account *account)
{
    return db_run(db,
                  "UPDATE users SET first_name = $2, description = $3, owner_user_id = $4 "
                  "WHERE id = $1 AND is_service = 1",
                  "issI", account->id, account->name, account->description,
                  account->owner_id ? account->owner_id : DB_NULL_I64);
}
