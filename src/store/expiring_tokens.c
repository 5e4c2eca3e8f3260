#include "store/expiring_tokens.h"

#include "store/many.h"

enum error expiring_tokens_list(struct db *db, usec after, str after_id, usec up_to, int64_t days,
                                int64_t limit, struct arena *arena, struct expiring_list *out)
{
    struct many many = {.arena = arena, .item_bytes = sizeof(struct expiring_token)};
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "SELECT t.id, t.name, t.kind, t.expires_at, t.user_id, u.email, u.active_organization_id "
        "FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.revoked_at IS NULL AND "
        "t.replaced_by IS NULL AND (t.expires_at, t.id) > ($1, $2) AND t.expires_at <= $3 AND "
        "(t.warned_days > $4 OR t.warned_days IS NULL) AND t.expires_at - t.created_at > $6 "
        "ORDER BY t.expires_at, t.id LIMIT $5");
    if (!err)
        err = query_bind(&q, "isiiii", after, after_id, up_to, days, limit, DAYS(days));
    while (!err) {
        err = query_row(&q);
        if (err)
            break;
        *(struct expiring_token *)many_add(&many) = (struct expiring_token){
            .id = row_str(&q, 0, arena),
            .name = row_str(&q, 1, arena),
            .kind = (enum token_kind)row_i64(&q, 2),
            .expires_at = row_i64(&q, 3),
            .user_id = row_i64(&q, 4),
            .email = row_str(&q, 5, arena),
            .organization_id = row_is_null(&q, 6) ? 0 : row_i64(&q, 6),
        };
    }
    *out = (struct expiring_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error expiring_tokens_mark(struct db *db, str id, int64_t days, bool *is_first)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "UPDATE tokens SET warned_days = $2 WHERE id = $1 AND revoked_at "
                                 "IS NULL AND replaced_by IS NULL AND (warned_days > $2 OR "
                                 "warned_days IS NULL)");
    if (!err)
        err = query_bind(&q, "si", id, days);
    if (!err)
        err = query_run(&q);
    if (!err)
        *is_first = query_changed(&q) == 1;
    return err;
}
