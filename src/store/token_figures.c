#include "store/token_figures.h"

#include "store/tokens.h"

#define WHO_ACT                                                                                    \
    "WHERE m.organization_id = $1 AND m.user_id >= $2 AND m.user_id <= $3 AND m.removed_at IS "    \
    "NULL AND u.id = m.user_id AND u.is_active = 1 "

static struct kind_figures *of_kind(struct token_figures *figures, int64_t kind)
{
    return kind == TOKEN_API_KEY ? &figures->api_key : &figures->pat;
}

/* One row a kind and age. */
static enum error count_tokens(struct db *db, int64_t organization_id, int64_t from, int64_t up_to,
                               usec now, struct token_figures *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "SELECT t.kind, CASE WHEN t.created_at > $5 THEN 0 WHEN t.created_at > $6 THEN 1 WHEN "
        "t.created_at > $7 THEN 2 WHEN t.created_at > $8 THEN 3 ELSE 4 END AS age, COUNT(*), "
        "CAST(SUM(CASE WHEN x.token_key IS NULL THEN 1 ELSE 0 END) AS BIGINT), "
        "CAST(SUM(CASE WHEN COALESCE(x.last_at, t.created_at) < $10 THEN 1 ELSE 0 END) AS BIGINT), "
        "CAST(SUM(CASE WHEN t.expires_at < $9 THEN 1 ELSE 0 END) AS BIGINT) "
        "FROM members m CROSS JOIN users u CROSS JOIN tokens t LEFT JOIN usage x ON x.token_key = "
        "t.token_key " WHO_ACT
        "AND t.user_id = u.id AND " TOKENS_LIVING("t.", "$4") " GROUP BY t.kind, age");
    if (!err)
        err = query_bind(&q, "iiiiiiiiii", organization_id, from, up_to, now, now - DAYS(8),
                         now - DAYS(31), now - DAYS(91), now - DAYS(366), now + DAYS(14),
                         now - DAYS(90));
    while (!err && !(err = query_row(&q))) {
        struct kind_figures *kind = of_kind(out, row_i64(&q, 0));
        size_t age = (size_t)row_i64(&q, 1);
        kind->tokens += row_i64(&q, 2);
        kind->by_age[age < TOKEN_AGES ? age : TOKEN_AGES - 1] += row_i64(&q, 2);
        out->never_used += row_i64(&q, 3);
        out->unused_90d += row_i64(&q, 4);
        out->expiring_14d += row_i64(&q, 5);
    }
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum error count_people(struct db *db, int64_t organization_id, int64_t from, int64_t up_to,
                               enum token_kind kind, usec now, int64_t *sum)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT COUNT(*) FROM members m CROSS JOIN users u " WHO_ACT
                                 "AND EXISTS (SELECT 1 FROM tokens t WHERE t.user_id = u.id AND "
                                 "t.kind = $5 AND " TOKENS_LIVING("t.", "$4") ")");
    if (!err)
        err = query_bind(&q, "iiiii", organization_id, from, up_to, now, (int64_t)kind);
    if (!err)
        err = query_row(&q);
    if (!err)
        *sum += row_i64(&q, 0);
    return err;
}

static enum error count_legacy(struct db *db, int64_t organization_id, int64_t from, int64_t up_to,
                               int64_t *sum)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        "SELECT COUNT(*) FROM members m CROSS JOIN users u CROSS JOIN legacy_tokens l " WHO_ACT
        "AND l.user_id = u.id");
    if (!err)
        err = query_bind(&q, "iii", organization_id, from, up_to);
    if (!err)
        err = query_row(&q);
    if (!err)
        *sum += row_i64(&q, 0);
    return err;
}

enum error token_figures_add(struct db *db, int64_t organization_id, int64_t from, int64_t up_to,
                             usec now, struct token_figures *figures)
{
    enum error err = count_tokens(db, organization_id, from, up_to, now, figures);
    if (!err)
        err = count_people(db, organization_id, from, up_to, TOKEN_PAT, now, &figures->pat.people);
    if (!err)
        err = count_people(db, organization_id, from, up_to, TOKEN_API_KEY, now,
                           &figures->api_key.people);
    return err ? err : count_legacy(db, organization_id, from, up_to, &figures->legacy);
}

static enum error read_range(struct query *q, struct member_range *out)
{
    enum error err = query_row(q);
    if (!err && row_i64(q, 2) == 0)
        err = ERR_NOT_FOUND;
    if (!err)
        *out = (struct member_range){row_i64(q, 0), row_i64(q, 1), row_i64(q, 2)};
    return err;
}

enum error member_range_all(struct db *db, int64_t organization_id, struct member_range *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT MIN(user_id), MAX(user_id), COUNT(*) FROM members WHERE "
                                 "organization_id = $1");
    if (!err)
        err = query_bind(&q, "i", organization_id);
    return err ? err : read_range(&q, out);
}

enum error member_range_from(struct db *db, int64_t organization_id, int64_t user_id, int64_t count,
                             struct member_range *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT MIN(b.user_id), MAX(b.user_id), COUNT(*) FROM (SELECT "
                                 "user_id FROM members WHERE organization_id = $1 AND user_id >= "
                                 "$2 ORDER BY user_id LIMIT $3) b");
    if (!err)
        err = query_bind(&q, "iii", organization_id, user_id, count);
    return err ? err : read_range(&q, out);
}
