#include "store/tokens_read.h"

/*
 * One statement an order. $1 user, $2 kind, $3 now, $4 what is wanted (0 active, 1 ended, 2 all),
 * $5 and $6 the place after which the page begins ($6 NULL: from the first), $7 how many.
 */
#define SELECT                                                                                     \
    "SELECT " TOKEN_COLUMNS_OF(                                                                    \
        "t.") ", COALESCE(g.last_at, 0) FROM tokens t LEFT JOIN usage g ON "                       \
              "g.token_key = t.token_key WHERE t.user_id = $1 AND (t.kind = $2 OR $2 IS NULL) "    \
              "AND ($4 = 2 "                                                                       \
              "OR ($4 = 0 AND " TOKENS_LIVING(                                                     \
                  "t.", "$3") ") OR ($4 = 1 AND (t.revoked_at IS NOT NULL OR "                     \
                              "t.expires_at <= $3 OR t.grace_until <= $3)))"

// clang-format off
static const char *const statements[] = {
    [TOKENS_BY_CREATION] = SELECT
        " AND ((t.created_at, t.id) > ($5, $6) OR $6 IS NULL) ORDER BY t.created_at, t.id LIMIT $7",
    [TOKENS_BY_CREATION_BACKWARDS] = SELECT
        " AND ((t.created_at, t.id) < ($5, $6) OR $6 IS NULL) ORDER BY t.created_at DESC, t.id DESC LIMIT $7",
    [TOKENS_BY_NAME] = SELECT
        " AND ((t.name, t.id) > ($5, $6) OR $6 IS NULL) ORDER BY t.name, t.id LIMIT $7",
    [TOKENS_BY_NAME_BACKWARDS] = SELECT
        " AND ((t.name, t.id) < ($5, $6) OR $6 IS NULL) ORDER BY t.name DESC, t.id DESC LIMIT $7",
    [TOKENS_BY_END] = SELECT
        " AND ((t.expires_at, t.id) > ($5, $6) OR $6 IS NULL) ORDER BY t.expires_at, t.id LIMIT $7",
    [TOKENS_BY_END_BACKWARDS] = SELECT
        " AND ((t.expires_at, t.id) < ($5, $6) OR $6 IS NULL) ORDER BY t.expires_at DESC, t.id DESC LIMIT $7",
    [TOKENS_BY_LAST_USE] = SELECT
        " AND ((COALESCE(g.last_at, 0), t.id) > ($5, $6) OR $6 IS NULL) ORDER BY COALESCE(g.last_at, 0), t.id LIMIT $7",
    [TOKENS_BY_LAST_USE_BACKWARDS] = SELECT
        " AND ((COALESCE(g.last_at, 0), t.id) < ($5, $6) OR $6 IS NULL) ORDER BY COALESCE(g.last_at, 0) DESC, t.id DESC LIMIT $7",
};
// clang-format on

enum error tokens_page(struct db *db, int64_t user_id, int64_t kind, enum token_filter filter,
                       enum token_sort sort, const struct token_place *after, int64_t limit,
                       usec now, struct arena *arena, struct token_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct token_row)};
    str id = after->is_start ? STR("") : after->id;
    enum error err = query_start(db, &q, statements[sort]);
    if (!err && (sort == TOKENS_BY_NAME || sort == TOKENS_BY_NAME_BACKWARDS))
        err =
            query_bind(&q, "iIiisSi", user_id, kind, now, (int64_t)filter, after->name, id, limit);
    else if (!err)
        err = query_bind(&q, "iIiiiSi", user_id, kind, now, (int64_t)filter, after->number, id,
                         limit);
    while (!err && !(err = query_row(&q))) {
        struct token_row *row = many_add(&many);
        token_row_read(&q, arena, row);
        row->last_used_at = row_i64(&q, TOKEN_COLUMN_COUNT);
    }
    *out = (struct token_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}
