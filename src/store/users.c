#include "store/users.h"

#include "store/many.h"

#define COLUMNS                                                                                    \
    "u.id, u.email, u.username, u.first_name, u.last_name, u.phone, u.avatar, u.password, "        \
    "u.is_active, u.active_organization_id, u.allow_newsletters, u.custom_hotkeys, "               \
    "u.date_joined, u.last_activity, u.is_service, u.owner_user_id, u.description, "               \
    "u.must_change_password"

static void read_row(struct query *q, struct arena *arena, struct user_row *out)
{
    *out = (struct user_row){
        .id = row_i64(q, 0),
        .email = row_str(q, 1, arena),
        .username = row_str(q, 2, arena),
        .first_name = row_str(q, 3, arena),
        .last_name = row_str(q, 4, arena),
        .phone = row_str(q, 5, arena),
        .avatar = row_str(q, 6, arena),
        .password = row_str(q, 7, arena),
        .is_active = row_flag(q, 8),
        .active_organization_id = row_is_null(q, 9) ? 0 : row_i64(q, 9),
        .allow_newsletters = row_i64(q, 10),
        .custom_hotkeys = row_str(q, 11, arena),
        .date_joined = row_i64(q, 12),
        .last_activity = row_i64(q, 13),
        .is_service = row_flag(q, 14),
        .owner_user_id = row_is_null(q, 15) ? 0 : row_i64(q, 15),
        .description = row_str(q, 16, arena),
        .must_change_password = row_flag(q, 17),
    };
}

static enum error read_list(struct query *q, struct arena *arena, struct user_list *out)
{
    struct many many = {.arena = arena, .item_bytes = sizeof(struct user_row)};
    enum error err;
    while (!(err = query_row(q)))
        read_row(q, arena, many_add(&many));
    *out = (struct user_list){.items = many.items, .count = many.count};
    return err == ERR_NOT_FOUND ? OK : err;
}

str email_fold(struct arena *arena, str email)
{
    char *folded = arena_bytes(arena, email.len + 1);
    for (size_t i = 0; i < email.len; i++) {
        char c = email.ptr[i];
        folded[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    folded[email.len] = '\0';
    return (str){folded, email.len};
}

static int64_t null_if_zero(int64_t id)
{
    return id ? id : DB_NULL_I64;
}

enum error users_insert_folded(struct db *db, const struct user_row *user, str email_folded)
{
    return db_run(db,
                  "INSERT INTO users (id, email, email_folded, username, first_name, last_name, "
                  "phone, avatar, password, is_active, active_organization_id, allow_newsletters, "
                  "custom_hotkeys, date_joined, last_activity, is_service, owner_user_id, "
                  "description, must_change_password) VALUES "
                  "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
                  "$18, $19)",
                  "issssssssfIIsiifIsf", user->id, user->email, email_folded, user->username,
                  user->first_name, user->last_name, user->phone, user->avatar, user->password,
                  user->is_active, null_if_zero(user->active_organization_id),
                  user->allow_newsletters, user->custom_hotkeys, user->date_joined,
                  user->last_activity, user->is_service, null_if_zero(user->owner_user_id),
                  str_is_empty(user->description) ? STR("") : user->description,
                  user->must_change_password);
}

enum error users_insert(struct db *db, const struct user_row *user, struct arena *arena)
{
    return users_insert_folded(db, user, email_fold(arena, user->email));
}

enum error users_find(struct db *db, int64_t id, struct arena *arena, struct user_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT " COLUMNS " FROM users u WHERE u.id = $1");
    if (!err)
        err = query_bind(&q, "i", id);
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, arena, out);
    return err;
}

enum error users_find_by_email(struct db *db, str email, struct arena *arena, struct user_row *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q, "SELECT " COLUMNS " FROM users u WHERE u.email_folded = $1");
    if (!err)
        err = query_bind(&q, "s", email_fold(arena, email));
    if (!err)
        err = query_row(&q);
    if (!err)
        read_row(&q, arena, out);
    return err;
}

enum error users_update(struct db *db, const struct user_row *user)
{
    return db_run(db,
                  "UPDATE users SET username = $2, first_name = $3, last_name = $4, phone = $5, "
                  "avatar = $6, is_active = $7, active_organization_id = $8, "
                  "allow_newsletters = $9, custom_hotkeys = $10, last_activity = $11 "
                  "WHERE id = $1",
                  "isssssfIIsi", user->id, user->username, user->first_name, user->last_name,
                  user->phone, user->avatar, user->is_active,
                  null_if_zero(user->active_organization_id), user->allow_newsletters,
                  user->custom_hotkeys, user->last_activity);
}

enum error users_set_password(struct db *db, int64_t id, str hash)
{
    return db_run(db, "UPDATE users SET password = $2, must_change_password = 0 WHERE id = $1",
                  "is", id, hash);
}

enum error users_must_change_password(struct db *db, int64_t id, bool *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT must_change_password FROM users WHERE id = $1");
    if (!err)
        err = query_bind(&q, "i", id);
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_flag(&q, 0);
    return err;
}

enum error users_renew_password(struct db *db, int64_t id, str old, str hash)
{
    return db_run(db, "UPDATE users SET password = $3 WHERE id = $1 AND password = $2", "iss", id,
                  old, hash);
}

enum error users_set_email(struct db *db, int64_t id, str email, str email_folded)
{
    return db_run(db, "UPDATE users SET email = $2, email_folded = $3 WHERE id = $1", "iss", id,
                  email, email_folded);
}

enum error users_set_active(struct db *db, int64_t id, bool is_active)
{
    return db_run(db, "UPDATE users SET is_active = $2 WHERE id = $1", "if", id, is_active);
}

enum error users_set_organization(struct db *db, int64_t id, int64_t organization_id)
{
    return db_run(db, "UPDATE users SET active_organization_id = $2 WHERE id = $1", "iI", id,
                  null_if_zero(organization_id));
}

enum error users_touch(struct db *db, int64_t id, usec last_activity)
{
    return db_run(db, "UPDATE users SET last_activity = $2 WHERE id = $1 AND last_activity < $2",
                  "ii", id, last_activity);
}

enum error users_disown(struct db *db, int64_t owner_user_id)
{
    return db_run(db, "UPDATE users SET owner_user_id = NULL WHERE owner_user_id = $1", "i",
                  owner_user_id);
}

enum error users_delete(struct db *db, int64_t id)
{
    return db_run(db, "DELETE FROM users WHERE id = $1", "i", id);
}

enum error users_lock(struct db *db, int64_t id)
{
    CLEANUP(query_end) struct query q = {0};
    /* alone with the database, there is nothing to hold, and a page less to write */
    enum error err = query_start(
        db, &q,
        db_is_shared(db) ? "UPDATE users SET is_active = is_active WHERE id = $1 RETURNING id"
                         : "SELECT id FROM users WHERE id = $1");
    if (!err)
        err = query_bind(&q, "i", id);
    return err ? err : query_row(&q);
}

enum error users_find_step(struct db *db, int64_t organization_id, int64_t after, int64_t count,
                           int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q,
        organization_id != 0 ? "SELECT MAX(s.id) FROM (SELECT id FROM users WHERE id > $1 AND "
                               "active_organization_id = $3 ORDER BY id LIMIT $2) s"
                             : "SELECT MAX(s.id) FROM (SELECT id FROM users WHERE id > $1 AND $3 = "
                               "0 ORDER BY id LIMIT $2) s");
    if (!err)
        err = query_bind(&q, "iii", after, count, organization_id);
    if (!err)
        err = query_row(&q);
    if (!err && row_is_null(&q, 0))
        return ERR_NOT_FOUND;
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

enum error users_count(struct db *db, int64_t *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT COUNT(*) FROM users");
    if (!err)
        err = query_row(&q);
    if (!err)
        *out = row_i64(&q, 0);
    return err;
}

enum error users_list(struct db *db, int64_t after, int64_t limit, struct arena *arena,
                      struct user_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q, "SELECT " COLUMNS " FROM users u WHERE u.id > $1 ORDER BY u.id LIMIT $2");
    if (!err)
        err = query_bind(&q, "ii", after, limit);
    return err ? err : read_list(&q, arena, out);
}

enum error users_list_between(struct db *db, int64_t after, int64_t up_to, struct arena *arena,
                              struct user_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(
        db, &q, "SELECT " COLUMNS " FROM users u WHERE u.id > $1 AND u.id <= $2 ORDER BY u.id");
    if (!err)
        err = query_bind(&q, "ii", after, up_to);
    return err ? err : read_list(&q, arena, out);
}

enum error users_list_of_organization(struct db *db, int64_t organization_id, struct arena *arena,
                                      struct user_list *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q,
                                 "SELECT " COLUMNS " FROM members m JOIN users u ON u.id = "
                                 "m.user_id WHERE m.organization_id = $1 ORDER BY u.id");
    if (!err)
        err = query_bind(&q, "i", organization_id);
    return err ? err : read_list(&q, arena, out);
}
