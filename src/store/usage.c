#include "store/usage.h"

#include "store/many.h"

/*
 * Several rows in one statement: PostgreSQL is asked over a network. Rows that are missing in the
 * last one are those of key 0, which no token has.
 */
#define ROWS 16
#define COLUMNS 8
#define DAY_ROWS 32
#define DAY_COLUMNS 3

// clang-format off

/*
 * The owner is a sub-select in the list, and not a join: so both engines take the rows in the order
 * in which they are given, which is the order in which all nodes lock them.
 */
static const char add[] =
    "INSERT INTO usage (token_key, user_id, is_legacy, first_at, last_at, address, user_agent, "
    "requests) "
    "SELECT r.column1, r.owner, r.column3, r.column4, r.column5, r.column6, r.column7, r.column8 "
    "FROM (SELECT v.column1, v.column3, v.column4, v.column5, v.column6, v.column7, v.column8, "
    "CASE WHEN v.column3 = 1 THEN (SELECT l.user_id FROM legacy_tokens l WHERE l.user_id = v.column2) "
    "ELSE (SELECT MIN(t.user_id) FROM tokens t WHERE t.token_key = v.column1) END AS owner "
    "FROM (VALUES "
        "(CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), $6, $7, CAST($8 AS BIGINT)), "
        "($9, $10, $11, $12, $13, $14, $15, $16), ($17, $18, $19, $20, $21, $22, $23, $24), "
        "($25, $26, $27, $28, $29, $30, $31, $32), ($33, $34, $35, $36, $37, $38, $39, $40), "
        "($41, $42, $43, $44, $45, $46, $47, $48), ($49, $50, $51, $52, $53, $54, $55, $56), "
        "($57, $58, $59, $60, $61, $62, $63, $64), ($65, $66, $67, $68, $69, $70, $71, $72), "
        "($73, $74, $75, $76, $77, $78, $79, $80), ($81, $82, $83, $84, $85, $86, $87, $88), "
        "($89, $90, $91, $92, $93, $94, $95, $96), "
        "($97, $98, $99, $100, $101, $102, $103, $104), "
        "($105, $106, $107, $108, $109, $110, $111, $112), "
        "($113, $114, $115, $116, $117, $118, $119, $120), "
        "($121, $122, $123, $124, $125, $126, $127, $128)"
    ") AS v) AS r WHERE r.owner IS NOT NULL "
    "ON CONFLICT (token_key) DO UPDATE SET "
    "requests = usage.requests + excluded.requests, "
    "first_at = CASE WHEN excluded.first_at < usage.first_at THEN excluded.first_at ELSE usage.first_at END, "
    "address = CASE WHEN excluded.last_at >= usage.last_at THEN excluded.address ELSE usage.address END, "
    "user_agent = CASE WHEN excluded.last_at >= usage.last_at THEN excluded.user_agent ELSE usage.user_agent END, "
    "last_at = CASE WHEN excluded.last_at > usage.last_at THEN excluded.last_at ELSE usage.last_at END";

#define DAY_VALUES \
        "(CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT)), ($4, $5, $6), " \
        "($7, $8, $9), ($10, $11, $12), ($13, $14, $15), ($16, $17, $18), ($19, $20, $21), " \
        "($22, $23, $24), ($25, $26, $27), ($28, $29, $30), ($31, $32, $33), ($34, $35, $36), " \
        "($37, $38, $39), ($40, $41, $42), ($43, $44, $45), ($46, $47, $48), ($49, $50, $51), " \
        "($52, $53, $54), ($55, $56, $57), ($58, $59, $60), ($61, $62, $63), ($64, $65, $66), " \
        "($67, $68, $69), ($70, $71, $72), ($73, $74, $75), ($76, $77, $78), ($79, $80, $81), " \
        "($82, $83, $84), ($85, $86, $87), ($88, $89, $90), ($91, $92, $93), ($94, $95, $96)"

static const char add_days[] =
    "INSERT INTO usage_days (token_key, day, requests) "
    "SELECT v.column1, v.column2, v.column3 FROM (VALUES "
    DAY_VALUES
    ") AS v WHERE (SELECT COUNT(*) FROM usage u WHERE u.token_key = v.column1) = 1 "
    "ON CONFLICT (token_key, day) DO UPDATE SET requests = usage_days.requests + excluded.requests";

static const char add_organization_days[] =
    "INSERT INTO usage_organization_days (organization_id, day, requests) "
    "SELECT v.column1, v.column2, v.column3 FROM (VALUES "
    DAY_VALUES
    ") AS v WHERE (SELECT COUNT(*) FROM organizations o WHERE o.id = v.column1) = 1 "
    "ON CONFLICT (organization_id, day) DO UPDATE SET "
    "requests = usage_organization_days.requests + excluded.requests";

#define KEYS \
    "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, " \
    "$19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, " \
    "$35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, " \
    "$51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66, " \
    "$67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, $80, $81, $82, " \
    "$83, $84, $85, $86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96, $97, $98, " \
    "$99, $100, $101, $102, $103, $104, $105, $106, $107, $108, $109, $110, $111, $112, " \
    "$113, $114, $115, $116, $117, $118, $119, $120, $121, $122, $123, $124, $125, $126, " \
    "$127, $128, $129, $130, $131, $132, $133, $134, $135, $136, $137, $138, $139, $140, " \
    "$141, $142, $143, $144, $145, $146, $147, $148, $149, $150, $151, $152, $153, $154, " \
    "$155, $156, $157, $158, $159, $160, $161, $162, $163, $164, $165, $166, $167, $168, " \
    "$169, $170, $171, $172, $173, $174, $175, $176, $177, $178, $179, $180, $181, $182, " \
    "$183, $184, $185, $186, $187, $188, $189, $190, $191, $192, $193, $194, $195, $196, " \
    "$197, $198, $199, $200"

static const char find[] =
    "SELECT token_key, user_id, is_legacy, first_at, last_at, address, user_agent, requests "
    "FROM usage WHERE token_key IN ("
    KEYS
    ")";

static const char find_days[] =
    "SELECT token_key, day, requests FROM usage_days WHERE token_key IN ("
    KEYS
    ") AND day >= $201";

/* A user who is no more, or a token that ended long ago. */
static const char purge[] =
    "DELETE FROM usage WHERE token_key > $1 AND token_key <= $2 AND ("
    "NOT EXISTS (SELECT 1 FROM users u WHERE u.id = usage.user_id) "
    "OR (is_legacy = 1 AND NOT EXISTS (SELECT 1 FROM legacy_tokens l WHERE l.user_id = usage.user_id)) "
    "OR (is_legacy = 0 AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.token_key = usage.token_key "
    "AND t.user_id IS NOT NULL)) "
    "OR (is_legacy = 0 AND last_at < $3 AND NOT EXISTS (SELECT 1 FROM tokens t "
    "WHERE t.token_key = usage.token_key AND t.revoked_at IS NULL AND t.expires_at > $4)))";
// clang-format on

static enum error bind_row(struct query *q, int first, const struct usage_row *row)
{
    enum error err = query_i64(q, first, row->token_key);
    if (!err)
        err = query_i64(q, first + 1, row->user_id);
    if (!err)
        err = query_i64(q, first + 2, row->is_legacy);
    if (!err)
        err = query_i64(q, first + 3, row->first_at);
    if (!err)
        err = query_i64(q, first + 4, row->last_at);
    if (!err)
        err = query_str(q, first + 5, row->address);
    if (!err)
        err = query_str(q, first + 6, row->user_agent);
    return err ? err : query_i64(q, first + 7, row->requests);
}

enum error usage_add(struct db *db, const struct usage_row *rows, size_t count)
{
    static const struct usage_row none = {.address = STR_INIT(""), .user_agent = STR_INIT("")};
    enum error err = OK;
    for (size_t at = 0; !err && at < count; at += ROWS) {
        CLEANUP(query_end) struct query q = {0};
        err = query_start(db, &q, add);
        for (size_t i = 0; !err && i < ROWS; i++)
            err = bind_row(&q, 1 + (int)i * COLUMNS, at + i < count ? &rows[at + i] : &none);
        if (!err)
            err = query_run(&q);
    }
    return err;
}

static enum error add_some_days(struct db *db, const char *sql, const struct usage_day_row *rows,
                                size_t count)
{
    static const struct usage_day_row none;
    enum error err = OK;
    for (size_t at = 0; !err && at < count; at += DAY_ROWS) {
        CLEANUP(query_end) struct query q = {0};
        err = query_start(db, &q, sql);
        for (size_t i = 0; !err && i < DAY_ROWS; i++) {
            const struct usage_day_row *row = at + i < count ? &rows[at + i] : &none;
            int first = 1 + (int)i * DAY_COLUMNS;
            err = query_i64(&q, first, row->owner);
            if (!err)
                err = query_i64(&q, first + 1, row->day);
            if (!err)
                err = query_i64(&q, first + 2, row->requests);
        }
        if (!err)
            err = query_run(&q);
    }
    return err;
}

enum error usage_add_days(struct db *db, const struct usage_day_row *rows, size_t count)
{
    return add_some_days(db, add_days, rows, count);
}

enum error usage_add_organization_days(struct db *db, const struct usage_day_row *rows,
                                       size_t count)
{
    return add_some_days(db, add_organization_days, rows, count);
}

/* A short list asks for its first key again. */
static enum error bind_keys(struct query *q, const int64_t *keys, size_t count)
{
    enum error err = count > 0 && count <= USAGE_ASKED ? OK : ERR_INTERNAL;
    for (size_t i = 0; !err && i < USAGE_ASKED; i++)
        err = query_i64(q, (int)i + 1, keys[i < count ? i : 0]);
    return err;
}

enum error usage_find(struct db *db, const int64_t *token_keys, size_t count, struct arena *arena,
                      struct usage_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct usage_row)};
    enum error err = query_start(db, &q, find);
    if (!err)
        err = bind_keys(&q, token_keys, count);
    while (!err && !(err = query_row(&q))) {
        struct usage_row *row = many_add(&many);
        row->token_key = row_i64(&q, 0);
        row->user_id = row_i64(&q, 1);
        row->is_legacy = row_flag(&q, 2);
        row->first_at = row_i64(&q, 3);
        row->last_at = row_i64(&q, 4);
        row->address = row_str(&q, 5, arena);
        row->user_agent = row_str(&q, 6, arena);
        row->requests = row_i64(&q, 7);
    }
    *out = (struct usage_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum error read_days(struct query *q, struct arena *arena, struct usage_day_list *out)
{
    struct many many = {.arena = arena, .item_bytes = sizeof(struct usage_day_row)};
    enum error err;
    while (!(err = query_row(q))) {
        struct usage_day_row *row = many_add(&many);
        row->owner = row_i64(q, 0);
        row->day = row_i64(q, 1);
        row->requests = row_i64(q, 2);
    }
    *out = (struct usage_day_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error usage_find_days(struct db *db, const int64_t *token_keys, size_t count, int64_t from_day,
                           struct arena *arena, struct usage_day_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, find_days);
    if (!err)
        err = bind_keys(&q, token_keys, count);
    if (!err)
        err = query_i64(&q, USAGE_ASKED + 1, from_day);
    return err ? err : read_days(&q, arena, out);
}

enum error usage_find_organization_days(struct db *db, int64_t organization_id, int64_t from_day,
                                        struct arena *arena, struct usage_day_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "SELECT organization_id, day, requests FROM "
                    "usage_organization_days WHERE organization_id = $1 AND day >= $2");
    if (!err)
        err = query_bind(&q, "ii", organization_id, from_day);
    return err ? err : read_days(&q, arena, out);
}

/* The last of the next `limit` keys; ERR_NOT_FOUND: there is none. */
static enum error find_end(struct db *db, int64_t after, int64_t limit, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT MAX(k.token_key) FROM (SELECT token_key FROM usage WHERE "
                                 "token_key > $1 ORDER BY token_key LIMIT $2) AS k");
    if (!err)
        err = query_bind(&q, "ii", after, limit);
    if (!err)
        err = query_row(&q);
    if (!err && row_is_null(&q, 0))
        err = ERR_NOT_FOUND;
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

enum error usage_purge(struct db *db, usec now, int64_t before_day, usec unused_since,
                       int64_t limit, int64_t *after)
{
    int64_t end = INT64_MAX;
    enum error err = find_end(db, *after, limit, &end);
    if (err == ERR_NOT_FOUND)
        err = OK; /* the last round: what lies behind the last row */
    if (!err && end != INT64_MAX)
        err = db_run(db, purge, "iiii", *after, end, unused_since, now);
    if (!err)
        err =
            db_run(db,
                   "DELETE FROM usage_days WHERE token_key > $1 AND token_key <= $2 AND (day < $3 "
                   "OR NOT EXISTS (SELECT 1 FROM usage u WHERE u.token_key = "
                   "usage_days.token_key))",
                   "iii", *after, end, before_day);
    if (!err)
        *after = end == INT64_MAX ? INT64_MIN : end;
    return err;
}

enum error usage_purge_organization_days(struct db *db, int64_t before_day, int64_t limit)
{
    return db_run(db,
                  "DELETE FROM usage_organization_days WHERE (organization_id, day) IN (SELECT "
                  "organization_id, day FROM usage_organization_days WHERE day < $1 ORDER BY day "
                  "LIMIT $2)",
                  "ii", before_day, limit);
}
