#include "store/roster.h"

#include "store/many.h"
#include "store/tokens.h"

/*
 * $1 organization, $2 and $3 the place, $4 limit, $5 role, $6 state, $7 pattern, $8 now. Tokens are
 * counted of those only that are on the page.
 */
#define FROM_MEMBERS                                                                               \
    "FROM members m CROSS JOIN users u WHERE m.organization_id = $1 AND u.id = m.user_id "         \
    "AND u.is_service = 0"
#define FITS                                                                                       \
    " AND (m.role = $5 OR $5 IS NULL)"                                                             \
    " AND ((CASE WHEN m.removed_at IS NOT NULL THEN 3 WHEN u.is_active = 1 THEN 1 ELSE 2 END) = "  \
    "$6 OR $6 IS NULL)"                                                                            \
    " AND (u.email_folded LIKE lower($7) ESCAPE '!' OR lower(u.first_name) LIKE lower($7) "        \
    "ESCAPE '!' OR lower(u.last_name) LIKE lower($7) ESCAPE '!' OR $7 IS NULL)"
#define PAGE(value, id, than, down, also)                                                          \
    "SELECT p.v, p.id, p.email, p.first_name, p.last_name, p.role, p.is_active, p.created_at, "    \
    "p.last_activity, p.removed_at, (SELECT COUNT(*) FROM tokens t WHERE t.user_id = p.id "        \
    "AND " TOKENS_LIVING("t.", "$8") ") FROM (SELECT " value                                       \
                                     " AS v, u.id, u.email, u.first_name, "                        \
                                     "u.last_name, m.role, u.is_active, m.created_at, "            \
                                     "u.last_activity, m.removed_at " FROM_MEMBERS also            \
                                     " AND (" value ", " id ") " than " ($2, $3)" FITS             \
                                     " ORDER BY " value down ", " id down                          \
                                     " LIMIT $4) p ORDER BY p.v" down ", p.id" down
/* Members only: that much the index knows. */
#define PRESENT " AND m.removed_at IS NULL"
#define BOTH(value, id, than, down)                                                                \
    {                                                                                              \
        PAGE(value, id, than, down, PRESENT), PAGE(value, id, than, down, "")                      \
    }

enum { THE_PRESENT, ALL };
static const struct {
    const char *page[2];
    bool is_down, is_text;
} orders[] = {
    [ROSTER_BY_JOINED] = {BOTH("m.created_at", "m.user_id", ">", ""), false, false},
    [ROSTER_BY_JOINED_DOWN] = {BOTH("m.created_at", "m.user_id", "<", " DESC"), true, false},
    [ROSTER_BY_EMAIL] = {BOTH("u.email_folded", "u.id", ">", ""), false, true},
    [ROSTER_BY_EMAIL_DOWN] = {BOTH("u.email_folded", "u.id", "<", " DESC"), true, true},
    [ROSTER_BY_ACTIVITY] = {BOTH("u.last_activity", "u.id", ">", ""), false, false},
    [ROSTER_BY_ACTIVITY_DOWN] = {BOTH("u.last_activity", "u.id", "<", " DESC"), true, false},
};
_Static_assert(COUNT_OF(orders) == ROSTER_ORDER_COUNT, "every order has its statements");

/* Before the first of all. No e-mail begins with what UTF-8 has last. */
static struct roster_place beginning(enum roster_order order)
{
    if (orders[order].is_down)
        return (struct roster_place){INT64_MAX, STR("\xF4\x8F\xBF\xBF"), INT64_MAX};
    return (struct roster_place){INT64_MIN + 1, STR(""), 0};
}

static enum error bind_optional(struct query *q, int parameter, int64_t value)
{
    return value == DB_NULL_I64 ? query_null(q, parameter) : query_i64(q, parameter, value);
}

static enum error bind(struct query *q, bool is_text, const struct roster_filter *filter,
                       const struct roster_place *after, int64_t limit)
{
    enum error err = query_i64(q, 1, filter->organization_id);
    if (!err)
        err = is_text ? query_str(q, 2, after->email) : query_i64(q, 2, after->time);
    if (!err)
        err = query_i64(q, 3, after->user_id);
    if (!err)
        err = query_i64(q, 4, limit);
    if (!err)
        err = bind_optional(q, 5, filter->role);
    if (!err)
        err = bind_optional(q, 6, filter->state);
    if (!err)
        err = str_is_empty(filter->like) ? query_null(q, 7) : query_str(q, 7, filter->like);
    return err ? err : query_i64(q, 8, filter->now);
}

static void read_entry(struct query *q, bool is_text, struct arena *arena, struct roster_entry *out)
{
    *out = (struct roster_entry){
        .place = {.email = STR(""), .user_id = row_i64(q, 1)},
        .user_id = row_i64(q, 1),
        .email = row_str(q, 2, arena),
        .first_name = row_str(q, 3, arena),
        .last_name = row_str(q, 4, arena),
        .role = (enum role)row_i64(q, 5),
        .is_active = row_flag(q, 6),
        .joined_at = row_i64(q, 7),
        .last_activity = row_i64(q, 8),
        .removed_at = row_is_null(q, 9) ? 0 : row_i64(q, 9),
        .live_tokens = row_i64(q, 10),
    };
    if (is_text)
        out->place.email = row_str(q, 0, arena);
    else
        out->place.time = row_i64(q, 0);
}

enum error roster_read(struct db *db, enum roster_order order, const struct roster_filter *filter,
                       const struct roster_place *after, int64_t limit, struct arena *arena,
                       struct roster_page *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct roster_entry)};
    struct roster_place first = beginning(order);
    bool is_text = orders[order].is_text;
    bool is_present = filter->state == ROSTER_ACTIVE || filter->state == ROSTER_DEACTIVATED;
    enum error err = query_start(db, &q, orders[order].page[is_present ? THE_PRESENT : ALL]);
    if (!err)
        err = bind(&q, is_text, filter, after ? after : &first, limit);
    while (!err && !(err = query_row(&q)))
        read_entry(&q, is_text, arena, many_add(&many));
    *out = (struct roster_page){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error roster_count(struct db *db, const struct roster_filter *filter, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct roster_place first = beginning(ROSTER_BY_JOINED);
    enum error err =
        query_start(db, &q,
                    "SELECT COUNT(*) " FROM_MEMBERS
                    " AND (m.created_at, m.user_id) > ($2, $3) AND $4 = 0" FITS " AND CAST($8 AS BIGINT) > 0");
    if (!err)
        err = bind(&q, false, filter, &first, 0);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

enum error roster_find(struct db *db, int64_t organization_id, int64_t user_id, usec now,
                       struct arena *arena, struct roster_entry *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "SELECT m.created_at, u.id, u.email, u.first_name, u.last_name, m.role, "
        "u.is_active, m.created_at, u.last_activity, m.removed_at, (SELECT COUNT(*) "
        "FROM tokens t WHERE t.user_id = u.id AND " TOKENS_LIVING(
            "t.", "$3") ") "
                        "FROM members m JOIN users u ON u.id = m.user_id WHERE m.user_id = $2 AND "
                        "m.organization_id = $1 AND u.is_service = 0");
    if (!err)
        err = query_bind(&q, "iii", organization_id, user_id, now);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_entry(&q, false, arena, out);
    return err;
}
