#include "store/invitations.h"

#include "store/many.h"

/* The last column: what its maker is there now, if he may act. */
#define COLUMNS                                                                                    \
    "i.id, i.organization_id, i.email, i.role, i.created_by, i.created_at, i.expires_at, "         \
    "i.used_at, i.used_by, i.revoked_at, (SELECT m.role FROM members m JOIN users u ON u.id = "    \
    "m.user_id WHERE m.user_id = i.created_by AND m.organization_id = i.organization_id AND "      \
    "m.removed_at IS NULL AND u.is_active = 1)"

static int64_t number_or_0(struct query *q, int column)
{
    return row_is_null(q, column) ? 0 : row_i64(q, column);
}

static void read_row(struct query *q, struct arena *arena, struct invitation_row *out)
{
    *out = (struct invitation_row){
        .id = row_str(q, 0, arena),
        .organization_id = row_i64(q, 1),
        .mac = STR(""),
        .email = row_str(q, 2, arena),
        .role = (enum role)row_i64(q, 3),
        .created_by = number_or_0(q, 4),
        .created_at = row_i64(q, 5),
        .expires_at = row_i64(q, 6),
        .used_at = number_or_0(q, 7),
        .used_by = number_or_0(q, 8),
        .revoked_at = number_or_0(q, 9),
        .maker_role = (enum role)number_or_0(q, 10),
    };
}

enum error invitations_insert(struct db *db, const struct invitation_row *row)
{
    return db_run(db,
                  "INSERT INTO invitations (id, organization_id, mac, email, role, created_by, "
                  "created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                  "sibsiIii", row->id, row->organization_id, row->mac, row->email,
                  (int64_t)row->role, row->created_by ? row->created_by : DB_NULL_I64,
                  row->created_at, row->expires_at);
}

enum error invitations_find(struct db *db, int64_t organization_id, str id, struct arena *arena,
                            struct invitation_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q, "SELECT " COLUMNS " FROM invitations i WHERE i.id = $1 AND i.organization_id = $2");
    if (!err)
        err = query_bind(&q, "si", id, organization_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, arena, out);
    return err;
}

enum error invitations_find_by_mac(struct db *db, str mac, struct arena *arena,
                                   struct invitation_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT " COLUMNS " FROM invitations i WHERE i.mac = $1");
    if (!err)
        err = query_bind(&q, "b", mac);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, arena, out);
    return err;
}

enum error invitations_list(struct db *db, int64_t organization_id, usec before, str before_id,
                            int64_t limit, struct arena *arena, struct invitation_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    struct many many = {.arena = arena, .item_bytes = sizeof(struct invitation_row)};
    enum error err = query_start(db, &q,
                                 "SELECT " COLUMNS " FROM invitations i WHERE i.organization_id = "
                                 "$1 AND (i.created_at, i.id) < ($2, $3) ORDER BY i.created_at "
                                 "DESC, i.id DESC LIMIT $4");
    if (!err)
        err = query_bind(&q, "iisi", organization_id, before, before_id, limit);
    while (!err && !(err = query_row(&q)))
        read_row(&q, arena, many_add(&many));
    *out = (struct invitation_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

enum error invitations_count(struct db *db, int64_t organization_id, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q, "SELECT COUNT(*) FROM invitations WHERE organization_id = $1");
    if (!err)
        err = query_bind(&q, "i", organization_id);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

enum error invitations_use(struct db *db, str id, int64_t user_id, usec now)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "UPDATE invitations SET used_at = $3, used_by = $2 WHERE id = $1 "
                                 "AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $3 "
                                 "RETURNING id");
    if (!err)
        err = query_bind(&q, "sii", id, user_id, now);
    return err ? err : query_row(&q);
}

enum error invitations_revoke(struct db *db, str id, usec now)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "UPDATE invitations SET revoked_at = $2 WHERE id = $1 AND "
                                 "used_at IS NULL AND revoked_at IS NULL RETURNING id");
    if (!err)
        err = query_bind(&q, "si", id, now);
    return err ? err : query_row(&q);
}

enum error invitations_forget_user(struct db *db, int64_t user_id, usec now)
{
    enum error err = db_run(db,
                            "UPDATE invitations SET revoked_at = $2 WHERE created_by = $1 AND "
                            "used_at IS NULL AND revoked_at IS NULL",
                            "ii", user_id, now);
    if (!err)
        err = db_run(db, "UPDATE invitations SET created_by = NULL WHERE created_by = $1", "i",
                     user_id);
    return err ? err
               : db_run(db, "UPDATE invitations SET used_by = NULL WHERE used_by = $1", "i",
                        user_id);
}
