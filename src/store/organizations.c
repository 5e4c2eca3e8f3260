#include "store/organizations.h"

#include "store/many.h"

#define COLUMNS                                                                                    \
    "o.id, o.title, o.invitation, o.contact_info, o.created_by, o.created_at, o.updated_at"

static void read_row(struct query *q, struct arena *arena, struct organization_row *out)
{
    *out = (struct organization_row){
        .id = row_i64(q, 0),
        .title = row_str(q, 1, arena),
        .invitation = row_str(q, 2, arena),
        .contact_info = row_str(q, 3, arena),
        .created_by = row_is_null(q, 4) ? 0 : row_i64(q, 4),
        .created_at = row_i64(q, 5),
        .updated_at = row_i64(q, 6),
    };
}

static enum error read_one(struct query *q, struct arena *arena, struct organization_row *out)
{
    enum error err = query_row(q);
    if (!err)
        read_row(q, arena, out);
    return err;
}

static enum error read_list(struct query *q, struct arena *arena, struct organization_list *out)
{
    struct many many = {.arena = arena, .item_bytes = sizeof(struct organization_row)};
    enum error err;
    while (!(err = query_row(q)))
        read_row(q, arena, many_add(&many));
    *out = (struct organization_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

static int64_t null_if_zero(int64_t id)
{
    return id ? id : DB_NULL_I64;
}

enum error organizations_insert(struct db *db, const struct organization_row *row)
{
    return db_run(db,
                  "INSERT INTO organizations (id, title, invitation, contact_info, created_by, "
                  "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                  "issSIii", row->id, row->title, row->invitation, row->contact_info,
                  null_if_zero(row->created_by), row->created_at, row->updated_at);
}

enum error organizations_find(struct db *db, int64_t id, struct arena *arena,
                              struct organization_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT " COLUMNS " FROM organizations o WHERE o.id = $1");
    if (!err)
        err = query_bind(&q, "i", id);
    return err ? err : read_one(&q, arena, out);
}

enum error organizations_find_by_invitation(struct db *db, str invitation, struct arena *arena,
                                            struct organization_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q, "SELECT " COLUMNS " FROM organizations o WHERE o.invitation = $1");
    if (!err)
        err = query_bind(&q, "s", invitation);
    return err ? err : read_one(&q, arena, out);
}

enum error organizations_update(struct db *db, const struct organization_row *row)
{
    return db_run(db,
                  "UPDATE organizations SET title = $2, contact_info = $3, created_by = $4, "
                  "updated_at = $5 WHERE id = $1",
                  "isSIi", row->id, row->title, row->contact_info, null_if_zero(row->created_by),
                  row->updated_at);
}

enum error organizations_set_invitation(struct db *db, int64_t id, str invitation, usec now)
{
    return db_run(db, "UPDATE organizations SET invitation = $2, updated_at = $3 WHERE id = $1",
                  "isi", id, invitation, now);
}

enum error organizations_lock(struct db *db, int64_t id)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q, "UPDATE organizations SET title = title WHERE id = $1 RETURNING id");
    if (!err)
        err = query_bind(&q, "i", id);
    return err ? err : query_row(&q);
}

enum error organizations_hold(struct db *db, int64_t id)
{
    CLEANUP(query_end) struct query q = {0};
    /* SQLite does not know the words, and needs them not: a transaction is alone there */
    enum error err =
        query_start(db, &q,
                    db_is_shared(db) ? "SELECT id FROM organizations WHERE id = $1 FOR SHARE"
                                     : "SELECT id FROM organizations WHERE id = $1");
    if (!err)
        err = query_bind(&q, "i", id);
    return err ? err : query_row(&q);
}

enum error organizations_first(struct db *db, struct arena *arena, struct organization_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q, "SELECT " COLUMNS " FROM organizations o ORDER BY o.id LIMIT 1");
    return err ? err : read_one(&q, arena, out);
}

enum error organizations_list(struct db *db, struct arena *arena, struct organization_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT " COLUMNS " FROM organizations o ORDER BY o.id");
    return err ? err : read_list(&q, arena, out);
}

enum error organizations_list_of_user(struct db *db, int64_t user_id, struct arena *arena,
                                      struct organization_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q,
                    "SELECT " COLUMNS " FROM organizations o JOIN members m ON m.organization_id = "
                    "o.id WHERE m.user_id = $1 AND m.removed_at IS NULL ORDER BY o.id");
    if (!err)
        err = query_bind(&q, "i", user_id);
    return err ? err : read_list(&q, arena, out);
}

enum error organizations_forget_founder(struct db *db, int64_t user_id)
{
    return db_run(db, "UPDATE organizations SET created_by = NULL WHERE created_by = $1", "i",
                  user_id);
}
