#include "store/token_roll.h"

#include "store/many.h"

/*
 * Parameters of all pages: $1 organization, $2 and $3 the place (value, id), $4 limit, $5 kind,
 * $6 state, $7 now, $8 pattern, $9 only never used, $10 unused since, $11 ends before; gathered:
 * $12 and $13 first and last user's id; scanned: $12 and $13 the last place.
 *
 * CROSS JOIN: SQLite joins in the order that is written, which is the only good one here.
 */
#define SHOWN ", t.id, u.email, u.first_name, u.last_name, u.is_service, t.token_key, m.role "
#define FITS                                                                                       \
    " AND (t.kind = $5 OR $5 IS NULL)"                                                             \
    " AND ((CASE WHEN t.revoked_at IS NULL AND t.expires_at > $7 AND (t.replaced_by IS NULL OR "   \
    "t.grace_until > $7) THEN 1 ELSE 2 END) = $6 OR $6 IS NULL)"                                   \
    " AND (lower(t.name) LIKE lower($8) ESCAPE '!' OR u.email_folded LIKE lower($8) ESCAPE '!' "   \
    "OR t.hint LIKE $8 ESCAPE '!' OR $8 IS NULL)"                                                  \
    " AND (x.token_key IS NULL OR $9 = 0)"                                                         \
    " AND (COALESCE(x.last_at, t.created_at) < $10 OR $10 IS NULL)"                                \
    " AND (t.expires_at < $11 OR $11 IS NULL)"
#define FEW                                                                                        \
    "FROM members m CROSS JOIN tokens t JOIN users u ON u.id = t.user_id "                         \
    "LEFT JOIN usage x ON x.token_key = t.token_key "                                              \
    "WHERE m.organization_id = $1 AND m.user_id >= $12 AND m.user_id <= $13 "                      \
    "AND t.user_id = m.user_id"
#define MANY                                                                                       \
    "FROM tokens t CROSS JOIN members m JOIN users u ON u.id = t.user_id "                         \
    "LEFT JOIN usage x ON x.token_key = t.token_key "                                              \
    "WHERE m.organization_id = $1 AND m.user_id = t.user_id"
#define MANY_USED                                                                                  \
    "FROM usage x CROSS JOIN tokens t CROSS JOIN members m JOIN users u ON u.id = t.user_id "      \
    "WHERE t.token_key = x.token_key AND m.organization_id = $1 AND m.user_id = t.user_id"

#define GATHER(value, than, down)                                                                  \
    "SELECT " value SHOWN FEW " AND (" value ", t.id) " than " ($2, $3)" FITS                      \
    " ORDER BY " value down ", t.id" down " LIMIT $4"
#define SCAN(value, id, tables, than, until, down)                                                 \
    "SELECT " value SHOWN tables " AND (" value ", " id ") " than " ($2, $3) AND (" value ", " id  \
    ") " until " ($12, $13)" FITS " ORDER BY " value down ", " id down " LIMIT $4"
/* The last of some, and how many they are. */
#define WINDOW(value, id, table, than, down, up)                                                   \
    "SELECT w.v, w.i, COUNT(*) OVER () FROM (SELECT " value " AS v, " id " AS i FROM " table       \
    " WHERE (" value ", " id ") " than " ($1, $2) ORDER BY " value down ", " id down               \
    " LIMIT $3) w ORDER BY w.v" up ", w.i" up " LIMIT 1"

static const struct {
    const char *gather, *scan, *window;
    bool is_down, is_text, is_by_key;
} orders[] = {
    [BY_CREATED] = {GATHER("t.created_at", ">", ""),
                    SCAN("t.created_at", "t.id", MANY, ">", "<=", ""),
                    WINDOW("created_at", "id", "tokens", ">", "", " DESC"), false, false, false},
    [BY_CREATED_DOWN] = {GATHER("t.created_at", "<", " DESC"),
                         SCAN("t.created_at", "t.id", MANY, "<", ">=", " DESC"),
                         WINDOW("created_at", "id", "tokens", "<", " DESC", ""), true, false,
                         false},
    [BY_END] = {GATHER("t.expires_at", ">", ""), SCAN("t.expires_at", "t.id", MANY, ">", "<=", ""),
                WINDOW("expires_at", "id", "tokens", ">", "", " DESC"), false, false, false},
    [BY_END_DOWN] = {GATHER("t.expires_at", "<", " DESC"),
                     SCAN("t.expires_at", "t.id", MANY, "<", ">=", " DESC"),
                     WINDOW("expires_at", "id", "tokens", "<", " DESC", ""), true, false, false},
    [BY_USE] = {GATHER("COALESCE(x.last_at, 0)", ">", ""),
                SCAN("x.last_at", "x.token_key", MANY_USED, ">", "<=", ""),
                WINDOW("last_at", "token_key", "usage", ">", "", " DESC"), false, false, true},
    [BY_USE_DOWN] = {GATHER("COALESCE(x.last_at, 0)", "<", " DESC"),
                     SCAN("x.last_at", "x.token_key", MANY_USED, "<", ">=", " DESC"),
                     WINDOW("last_at", "token_key", "usage", "<", " DESC", ""), true, false, true},
    [BY_NAME] = {GATHER("t.name", ">", ""), SCAN("t.name", "t.id", MANY, ">", "<=", ""),
                 WINDOW("name", "id", "tokens", ">", "", " DESC"), false, true, false},
};
_Static_assert(COUNT_OF(orders) == ROLL_ORDER_COUNT, "every order has its statements");

/* Before the first of all. Ids are letters and digits: none comes after many of "z". */
static struct roll_place beginning(enum roll_order order, bool is_by_key)
{
    if (!orders[order].is_down)
        return (struct roll_place){INT64_MIN + 1, STR(""), is_by_key ? STR("0") : STR("")};
    return (struct roll_place){INT64_MAX, STR(""),
                               is_by_key ? STR("0") : STR("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")};
}

static enum error bind_place(struct query *q, int first, enum roll_order order, bool is_by_key,
                             const struct roll_place *place)
{
    int64_t key = 0;
    enum error err =
        orders[order].is_text ? query_str(q, first, place->name) : query_i64(q, first, place->time);
    if (!err && is_by_key)
        err = str_to_i64(place->id, &key);
    if (err)
        return err;
    return is_by_key ? query_i64(q, first + 1, key) : query_str(q, first + 1, place->id);
}

static enum error bind_optional(struct query *q, int parameter, int64_t value)
{
    return value == DB_NULL_I64 ? query_null(q, parameter) : query_i64(q, parameter, value);
}

/* $5 to $11. */
static enum error bind_filter(struct query *q, const struct roll_filter *filter)
{
    enum error err = bind_optional(q, 5, filter->kind);
    if (!err)
        err = bind_optional(q, 6, filter->state);
    if (!err)
        err = query_i64(q, 7, filter->now);
    if (!err)
        err = str_is_empty(filter->like) ? query_null(q, 8) : query_str(q, 8, filter->like);
    if (!err)
        err = query_i64(q, 9, filter->never_used);
    if (!err)
        err = bind_optional(q, 10, filter->unused_since);
    return err ? err : bind_optional(q, 11, filter->ends_before);
}

static enum error read_page(struct query *q, enum roll_order order, bool is_by_key,
                            struct arena *arena, struct roll_page *out)
{
    struct many many = {.arena = arena, .item_bytes = sizeof(struct roll_entry)};
    enum error err;
    while (!(err = query_row(q))) {
        struct roll_entry *entry = many_add(&many);
        *entry = (struct roll_entry){
            .id = row_str(q, 1, arena),
            .place = {.name = STR("")},
            .email = row_str(q, 2, arena),
            .first_name = row_str(q, 3, arena),
            .last_name = row_str(q, 4, arena),
            .is_service = row_flag(q, 5),
            .role = (enum role)row_i64(q, 7),
        };
        if (orders[order].is_text)
            entry->place.name = row_str(q, 0, arena);
        else
            entry->place.time = row_i64(q, 0);
        entry->place.id = entry->id;
        if (is_by_key)
            entry->place.id = arena_printf(arena, "%lld", (long long)row_i64(q, 6));
    }
    *out = (struct roll_page){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error roll_gather(struct db *db, enum roll_order order, const struct roll_filter *filter,
                       const struct roll_place *after, int64_t limit, struct arena *arena,
                       struct roll_page *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct roll_place first = beginning(order, false);
    enum error err = query_start(db, &q, orders[order].gather);
    if (!err)
        err = query_i64(&q, 1, filter->organization_id);
    if (!err)
        err = bind_place(&q, 2, order, false, after ? after : &first);
    if (!err)
        err = query_i64(&q, 4, limit);
    if (!err)
        err = bind_filter(&q, filter);
    if (!err)
        err = query_i64(&q, 12, filter->user_id);
    if (!err)
        err = query_i64(&q, 13, filter->user_id ? filter->user_id : INT64_MAX);
    return err ? err : read_page(&q, order, false, arena, out);
}

enum error roll_scan(struct db *db, enum roll_order order, const struct roll_filter *filter,
                     const struct roll_place *after, const struct roll_place *last, int64_t limit,
                     struct arena *arena, struct roll_page *out)
{
    CLEANUP(query_end) struct query q = {0};
    bool is_by_key = orders[order].is_by_key;
    struct roll_place first = beginning(order, is_by_key);
    enum error err = query_start(db, &q, orders[order].scan);
    if (!err)
        err = query_i64(&q, 1, filter->organization_id);
    if (!err)
        err = bind_place(&q, 2, order, is_by_key, after ? after : &first);
    if (!err)
        err = query_i64(&q, 4, limit);
    if (!err)
        err = bind_filter(&q, filter);
    if (!err)
        err = bind_place(&q, 12, order, is_by_key, last);
    return err ? err : read_page(&q, order, is_by_key, arena, out);
}

enum error roll_window(struct db *db, enum roll_order order, const struct roll_place *after,
                       int64_t count, struct arena *arena, struct roll_place *out, bool *is_full)
{
    CLEANUP(query_end) struct query q = {0};
    bool is_by_key = orders[order].is_by_key;
    struct roll_place first = beginning(order, is_by_key);
    enum error err = query_start(db, &q, orders[order].window);
    if (!err)
        err = bind_place(&q, 1, order, is_by_key, after ? after : &first);
    if (!err)
        err = query_i64(&q, 3, count);
    if (!err)
        err = query_row(&q);
    if (err)
        return err;
    *out = (struct roll_place){.name = STR("")};
    if (orders[order].is_text)
        out->name = row_str(&q, 0, arena);
    else
        out->time = row_i64(&q, 0);
    out->id =
        is_by_key ? arena_printf(arena, "%lld", (long long)row_i64(&q, 1)) : row_str(&q, 1, arena);
    *is_full = row_i64(&q, 2) == count;
    return OK;
}

/* The parameters as those of a page; the place and the limit let all pass. */
enum error roll_count(struct db *db, const struct roll_filter *filter, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q, "SELECT COUNT(*) " FEW " AND (t.created_at, t.id) > ($2, $3) AND $4 = 0" FITS);
    struct roll_place first = beginning(BY_CREATED, false);
    if (!err)
        err = query_i64(&q, 1, filter->organization_id);
    if (!err)
        err = bind_place(&q, 2, BY_CREATED, false, &first);
    if (!err)
        err = query_i64(&q, 4, 0);
    if (!err)
        err = bind_filter(&q, filter);
    if (!err)
        err = query_i64(&q, 12, filter->user_id);
    if (!err)
        err = query_i64(&q, 13, filter->user_id ? filter->user_id : INT64_MAX);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}
