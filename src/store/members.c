#include "store/members.h"

#include "store/many.h"

#define COLUMNS                                                                                    \
    "m.id, m.organization_id, m.user_id, m.role, m.created_at, m.updated_at, m.removed_at"

static void read_row(struct query *q, struct member_row *out)
{
    *out = (struct member_row){
        .id = row_i64(q, 0),
        .organization_id = row_i64(q, 1),
        .user_id = row_i64(q, 2),
        .role = (enum role)row_i64(q, 3),
        .created_at = row_i64(q, 4),
        .updated_at = row_i64(q, 5),
        .removed_at = row_is_null(q, 6) ? 0 : row_i64(q, 6),
    };
}

enum error members_insert(struct db *db, const struct member_row *row)
{
    return db_run(db,
                  "INSERT INTO members (id, organization_id, user_id, role, created_at, "
                  "updated_at, removed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                  "iiiiiiI", row->id, row->organization_id, row->user_id, (int64_t)row->role,
                  row->created_at, row->updated_at,
                  row->removed_at ? row->removed_at : DB_NULL_I64);
}

enum error members_find(struct db *db, int64_t user_id, int64_t organization_id,
                        struct member_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT " COLUMNS
                                 " FROM members m WHERE m.user_id = $1 AND m.organization_id = $2");
    if (!err)
        err = query_bind(&q, "ii", user_id, organization_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, out);
    return err;
}

enum error members_list_between(struct db *db, int64_t after, int64_t up_to, struct arena *arena,
                                struct member_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct member_row)};
    enum error err = query_start(db, &q,
                                 "SELECT " COLUMNS " FROM members m WHERE m.user_id > $1 AND "
                                 "m.user_id <= $2 ORDER BY m.user_id, m.organization_id");
    if (!err)
        err = query_bind(&q, "ii", after, up_to);
    while (!err && !(err = query_row(&q)))
        read_row(&q, many_add(&many));
    *out = (struct member_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error members_first_of_user(struct db *db, int64_t user_id, struct member_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT " COLUMNS " FROM members m WHERE m.user_id = $1 AND "
                                 "m.removed_at IS NULL ORDER BY m.id LIMIT 1");
    if (!err)
        err = query_bind(&q, "i", user_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, out);
    return err;
}

enum error members_set_role(struct db *db, int64_t id, enum role role, usec now)
{
    return db_run(db, "UPDATE members SET role = $2, updated_at = $3 WHERE id = $1", "iii", id,
                  (int64_t)role, now);
}

enum error members_set_removed(struct db *db, int64_t id, usec removed_at, usec now)
{
    return db_run(db, "UPDATE members SET removed_at = $2, updated_at = $3 WHERE id = $1", "iIi",
                  id, removed_at ? removed_at : DB_NULL_I64, now);
}

enum error members_delete_of_user(struct db *db, int64_t user_id)
{
    return db_run(db, "DELETE FROM members WHERE user_id = $1", "i", user_id);
}

enum error members_count_other_owners(struct db *db, int64_t organization_id, int64_t user_id,
                                      int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT COUNT(*) FROM members m JOIN users u ON u.id = m.user_id "
                                 "WHERE m.organization_id = $1 AND m.user_id <> $2 AND m.role = 3 "
                                 "AND m.removed_at IS NULL AND u.is_active = 1 AND u.is_service = "
                                 "0");
    if (!err)
        err = query_bind(&q, "ii", organization_id, user_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

enum error members_count(struct db *db, int64_t organization_id, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "SELECT (SELECT COUNT(*) FROM members WHERE organization_id = $1 AND "
                    "removed_at IS NULL) - (SELECT COUNT(*) FROM users u CROSS JOIN members m "
                    "WHERE u.is_service = 1 AND m.user_id = u.id AND m.organization_id = $1 AND "
                    "m.removed_at IS NULL)");
    if (!err)
        err = query_bind(&q, "i", organization_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

enum error members_are_more_than(struct db *db, int64_t organization_id, int64_t count, bool *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT COUNT(*) FROM (SELECT 1 FROM members WHERE "
                                 "organization_id = $1 LIMIT $2) few");
    if (!err)
        err = query_bind(&q, "ii", organization_id, count + 1);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0) > count;
    return err;
}

enum error members_list(struct db *db, int64_t organization_id, int64_t limit, int64_t offset,
                        struct arena *arena, struct member_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    *out = (struct member_list){0};
    int64_t total;
    enum error err = members_count(db, organization_id, &total);
    if (err)
        return err;
    if (limit < 0 || limit > total)
        limit = total;
    out->items = ARENA_ARRAY(arena, struct member_row, (size_t)limit);
    out->users = ARENA_ARRAY(arena, struct user_row, (size_t)limit);
    err = query_start(db, &q,
                      "SELECT " COLUMNS " FROM members m JOIN users u ON u.id = m.user_id WHERE "
                      "m.organization_id = $1 AND m.removed_at IS NULL AND u.is_service = 0 "
                      "ORDER BY u.username, u.id LIMIT $2 OFFSET $3");
    if (!err)
        err = query_bind(&q, "iii", organization_id, limit, offset);
    while (!err && out->count < (size_t)limit) {
        err = query_row(&q);
        if (!err)
            read_row(&q, &out->items[out->count++]);
    }
    if (err == ERR_NOT_FOUND)
        err = OK;
    query_end(&q);
    for (size_t i = 0; !err && i < out->count; i++)
        err = users_find(db, out->items[i].user_id, arena, &out->users[i]);
    return err;
}
