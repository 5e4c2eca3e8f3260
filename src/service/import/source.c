#include "service/import/source.h"

/* A flag is a boolean in PostgreSQL and a number in SQLite; a time is a text in SQLite. */
#define FLAG(column) "CASE WHEN " column " THEN 1 ELSE 0 END"
#define TIME(column) "CAST(" column " AS TEXT)"

void source_release(struct source *source)
{
    db_close(source->db);
    if (source->database)
        database_close(source->database);
    *source = (struct source){0};
}

/* Whether there is such a column; asked of the catalogue, as asking the table would be an error. */
static enum error has_column(struct source *source, const char *table, const char *column,
                             bool *out)
{
    static const char sqlite[] = "SELECT 1 FROM pragma_table_info($1) WHERE name = $2";
    static const char postgres[] =
        "SELECT 1 FROM information_schema.columns WHERE table_name = $1 AND column_name = $2 AND "
        "table_schema = ANY (current_schemas(false))";
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(source->db, &q, database_is_postgres(source->database) ? postgres : sqlite);
    if (!err)
        err = query_bind(&q, "ss", str_from(table), str_from(column));
    if (!err)
        err = query_row(&q);
    *out = !err;
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum error check_tables(struct source *source, struct arena *arena, str name, str *problem)
{
    /* of each table that must be there, the column that came last */
    static const struct {
        const char *table, *column;
    } needed[] = {
        {"htx_user", "id"},
        {"organization", "id"},
        {"organizations_organizationmember", "deleted_at"},
        {"authtoken_token", "key"},
        {"htx_user", "allow_newsletters"},
        {"organization", "contact_info"},
    };
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        bool is_there = false;
        enum error err = has_column(source, needed[i].table, needed[i].column, &is_there);
        if (err)
            return err;
        if (is_there)
            continue;
        *problem = arena_printf(arena,
                                "'%.*s' is not Label Studio's database, or it is of an old "
                                "version: its table %s has no column %s; upgrade Label Studio "
                                "first",
                                STR_ARG(name), needed[i].table, needed[i].column);
        return ERR_NOT_FOUND;
    }
    bool has_blacklist = false;
    enum error err = has_column(source, "htx_user", "custom_hotkeys", &source->has_hotkeys);
    if (!err)
        err = has_column(source, "jwt_auth_jwtsettings", "legacy_api_tokens_enabled",
                         &source->has_settings);
    if (!err)
        err = has_column(source, "token_blacklist_outstandingtoken", "jti", &source->has_tokens);
    if (!err)
        err = has_column(source, "token_blacklist_blacklistedtoken", "token_id", &has_blacklist);
    source->has_tokens = source->has_tokens && has_blacklist;
    return err;
}

/* A URL may hold a password: what is shown of it ends where that begins. */
static str name_of(str url_or_path, struct arena *arena)
{
    str scheme, rest, credentials, host;
    if (!str_cut(url_or_path, ':', &scheme, &rest) || !str_starts(rest, STR("//")))
        return url_or_path;
    str_cut(str_from_at(rest, 2), '?', &rest, &host);
    return str_cut_last(rest, '@', &credentials, &host)
               ? ARENA_JOIN(arena, scheme, STR("://"), host)
               : ARENA_JOIN(arena, scheme, STR("://"), rest);
}

enum error source_open(str url_or_path, struct arena *arena, str *problem, struct source *out)
{
    str name = name_of(url_or_path, arena);
    enum error err = database_open(url_or_path, DB_READ_ONLY, arena, problem, &out->database);
    if (err)
        return err;
    err = db_connect(out->database, &out->db);
    if (!err)
        err = check_tables(out, arena, name, problem);
    if (err && str_is_empty(*problem))
        *problem = arena_printf(arena, "'%.*s' cannot be read: %s", STR_ARG(name), error_name(err));
    return err;
}

static enum error one_row(struct source *source, const char *sql, int64_t *first, int64_t *second)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(source->db, &q, sql);
    if (!err)
        err = query_row(&q);
    if (err)
        return err;
    *first = row_i64(&q, 0);
    if (second)
        *second = row_i64(&q, 1);
    return OK;
}

enum error source_measure(struct source *source, struct source_size *out)
{
    *out = (struct source_size){0};
    enum error err = one_row(source, "SELECT COUNT(*), COALESCE(MAX(id), 0) FROM organization",
                             &out->organizations, &out->last_organization);
    if (!err)
        err = one_row(source, "SELECT COUNT(*), COALESCE(MAX(id), 0) FROM htx_user", &out->users,
                      &out->last_user);
    if (!err)
        err = one_row(source,
                      "SELECT COUNT(*), COALESCE(MAX(id), 0) FROM organizations_organizationmember",
                      &out->members, &out->last_member);
    if (!err)
        err = one_row(source, "SELECT COUNT(*) FROM authtoken_token", &out->legacy_tokens, NULL);
    if (!err && source->has_settings)
        err = one_row(source, "SELECT COUNT(*) FROM jwt_auth_jwtsettings", &out->settings, NULL);
    if (!err && source->has_tokens)
        err = one_row(source, "SELECT COUNT(*) FROM token_blacklist_outstandingtoken", &out->tokens,
                      NULL);
    return err;
}

/* Rows */

static usec row_time(struct query *q, int column, struct arena *arena)
{
    usec t = 0;
    return time_parse(row_str(q, column, arena), &t) ? 0 : t;
}

static int64_t row_id(struct query *q, int column)
{
    return row_is_null(q, column) ? 0 : row_i64(q, column);
}

static void read_organization(struct query *q, struct arena *arena, void *out)
{
    *(struct source_organization *)out = (struct source_organization){
        .id = row_i64(q, 0),
        .title = row_str(q, 1, arena),
        .invitation = row_str(q, 2, arena),
        .contact_info = row_str(q, 3, arena),
        .created_by = row_id(q, 4),
        .created_at = row_time(q, 5, arena),
        .updated_at = row_time(q, 6, arena),
    };
}

static void read_settings(struct query *q, struct arena *arena, void *out)
{
    *(struct source_settings *)out = (struct source_settings){
        .organization_id = row_i64(q, 0),
        .api_tokens_enabled = row_flag(q, 1),
        .legacy_api_tokens_enabled = row_flag(q, 2),
        .api_token_ttl_days = row_i64(q, 3),
        .updated_at = row_time(q, 4, arena),
    };
}

static void read_doublet(struct query *q, struct arena *arena, void *out)
{
    *(struct source_doublet *)out =
        (struct source_doublet){.user_id = row_i64(q, 0), .email = row_str(q, 1, arena)};
}

static void read_user(struct query *q, struct arena *arena, void *out)
{
    str hotkeys = row_str(q, 11, arena);
    *(struct user_row *)out = (struct user_row){
        .id = row_i64(q, 0),
        .email = row_str(q, 1, arena),
        .username = row_str(q, 2, arena),
        .first_name = row_str(q, 3, arena),
        .last_name = row_str(q, 4, arena),
        .phone = row_str(q, 5, arena),
        .avatar = row_str(q, 6, arena),
        .password = row_str(q, 7, arena),
        .is_active = row_flag(q, 8),
        .active_organization_id = row_id(q, 9),
        .allow_newsletters = row_i64(q, 10),
        .custom_hotkeys = str_starts(hotkeys, STR("{")) ? hotkeys : STR("{}"),
        .date_joined = row_time(q, 12, arena),
        .last_activity = row_time(q, 13, arena),
    };
}

static void read_member(struct query *q, struct arena *arena, void *out)
{
    *(struct source_member *)out = (struct source_member){
        .id = row_i64(q, 0),
        .user_id = row_i64(q, 1),
        .organization_id = row_i64(q, 2),
        .created_at = row_time(q, 3, arena),
        .updated_at = row_time(q, 4, arena),
        .is_removed = !row_is_null(q, 5),
        .removed_at = row_time(q, 5, arena),
        .has_no_user = row_is_null(q, 6),
    };
}

static void read_legacy_token(struct query *q, struct arena *arena, void *out)
{
    *(struct source_legacy_token *)out = (struct source_legacy_token){
        .user_id = row_i64(q, 0),
        .key = row_str(q, 1, arena),
        .created_at = row_time(q, 2, arena),
        .has_no_user = row_is_null(q, 3),
    };
}

static void read_token(struct query *q, struct arena *arena, void *out)
{
    *(struct source_token *)out = (struct source_token){
        .id = row_i64(q, 0),
        .user_id = row_id(q, 1),
        .jti = row_str(q, 2, arena),
        .text = row_str(q, 3, arena),
        .created_at = row_time(q, 4, arena),
        .expires_at = row_time(q, 5, arena),
        .is_revoked = !row_is_null(q, 6),
        .revoked_at = row_time(q, 7, arena),
        .has_no_user = row_is_null(q, 8),
    };
}

/* Pages */

struct page {
    struct query q;
    void *items;
    size_t count, room, item_bytes;
    void (*read)(struct query *q, struct arena *arena, void *out);
};

static enum error page_read(struct page *page, struct arena *arena)
{
    enum error err = OK;
    while (!(err = query_row(&page->q))) {
        if (page->count == page->room) {
            size_t room = page->room ? page->room * 2 : 64;
            void *items = arena_alloc(arena, room * page->item_bytes);
            if (page->count > 0)
                memcpy(items, page->items, page->count * page->item_bytes);
            page->items = items;
            page->room = room;
        }
        page->read(&page->q, arena, (char *)page->items + page->count++ * page->item_bytes);
    }
    return err == ERR_NOT_FOUND ? OK : err;
}

static void page_end(struct page *page)
{
    query_end(&page->q);
}

/* Runs `sql` with up to three numbers, and fills `out`, one of the structs with items and count. */
#define PAGE_INTO(out, source, arena, read_row, sql, types, ...)                                   \
    do {                                                                                           \
        CLEANUP(page_end)                                                                          \
        struct page page_ = {.read = (read_row), .item_bytes = sizeof((out)->items[0])};           \
        enum error err_ = query_start((source)->db, &page_.q, (sql));                              \
        if (!err_)                                                                                 \
            err_ = query_bind(&page_.q, (types), __VA_ARGS__);                                     \
        if (!err_)                                                                                 \
            err_ = page_read(&page_, (arena));                                                     \
        (out)->items = page_.items;                                                                \
        (out)->count = page_.count;                                                                \
        return err_;                                                                               \
    } while (0)

enum error source_read_organizations(struct source *source, struct arena *arena,
                                     struct source_organizations *out)
{
    PAGE_INTO(out, source, arena, read_organization,
              "SELECT id, title, token, contact_info, created_by_id, " TIME("created_at") ", " TIME(
                  "updated_at") " FROM organization WHERE id > $1 ORDER BY id",
              "i", (int64_t)0);
}

enum error source_read_settings(struct source *source, struct arena *arena,
                                struct source_settings_list *out)
{
    *out = (struct source_settings_list){0};
    if (!source->has_settings)
        return OK;
    PAGE_INTO(
        out, source, arena, read_settings,
        "SELECT organization_id, " FLAG("api_tokens_enabled") ", " FLAG(
            "legacy_api_tokens_enabled") ", api_token_ttl_days, " TIME("updated_at") " FROM "
                                                                                     "jwt_auth_"
                                                                                     "jwtsettings "
                                                                                     "WHERE "
                                                                                     "organization_"
                                                                                     "id > $1 "
                                                                                     "ORDER BY "
                                                                                     "organization_"
                                                                                     "id",
        "i", (int64_t)0);
}

enum error source_read_doublets(struct source *source, struct arena *arena,
                                struct source_doublets *out)
{
    /* LOWER is in both engines; PostgreSQL's knows more letters, so the caller looks again */
    PAGE_INTO(out, source, arena, read_doublet,
              "SELECT id, email FROM htx_user WHERE LOWER(email) IN (SELECT LOWER(email) FROM "
              "htx_user GROUP BY LOWER(email) HAVING COUNT(*) > 1) AND id > $1 ORDER BY id",
              "i", (int64_t)0);
}

#define USERS(hotkeys)                                                                             \
    "SELECT id, email, username, first_name, last_name, phone, avatar, password, " FLAG(           \
        "is_active") ", active_organization_id, CASE WHEN allow_newsletters IS NULL THEN NULL "    \
                     "WHEN allow_newsletters THEN 1 ELSE 0 END, " hotkeys ", " TIME(               \
                         "date_joined") ", " TIME("last_activity") " FROM htx_user WHERE id > $1 " \
                                                                   "ORDER BY id LIMIT $2"

enum error source_read_users(struct source *source, int64_t after, int64_t limit,
                             struct arena *arena, struct user_list *out)
{
    const char *sql = source->has_hotkeys ? USERS("CAST(custom_hotkeys AS TEXT)") : USERS("'{}'");
    PAGE_INTO(out, source, arena, read_user, sql, "ii", after, limit);
}

enum error source_read_members(struct source *source, int64_t after_user, int64_t after_id,
                               int64_t limit, struct arena *arena, struct source_members *out)
{
    PAGE_INTO(out, source, arena, read_member,
              "SELECT m.id, m.user_id, m.organization_id, " TIME("m.created_at") ", " TIME(
                  "m.updated_at") ", " TIME("m.deleted_at") ", u.id FROM "
                                                            "organizations_organizationmember m "
                                                            "LEFT JOIN htx_user u ON u.id = "
                                                            "m.user_id WHERE (m.user_id, m.id) > "
                                                            "($1, $2) ORDER BY m.user_id, m.id "
                                                            "LIMIT $3",
              "iii", after_user, after_id, limit);
}

enum error source_read_legacy_tokens(struct source *source, int64_t after_user, int64_t limit,
                                     struct arena *arena, struct source_legacy_tokens *out)
{
    PAGE_INTO(out, source, arena, read_legacy_token,
              "SELECT t.user_id, t.key, " TIME("t.created") ", u.id FROM authtoken_token t LEFT "
                                                            "JOIN htx_user u ON u.id = t.user_id "
                                                            "WHERE t.user_id > $1 ORDER BY "
                                                            "t.user_id LIMIT $2",
              "ii", after_user, limit);
}

#define TOKENS                                                                                     \
    "SELECT o.id, o.user_id, o.jti, o.token, " TIME("o.created_at") ", " TIME(                     \
        "o.expires_at") ", b.token_id, " TIME("b.blacklisted_at") ", u.id FROM "                   \
                                                                  "token_blacklist_"               \
                                                                  "outstandingtoken o LEFT JOIN "  \
                                                                  "token_blacklist_"               \
                                                                  "blacklistedtoken b ON "         \
                                                                  "b.token_id = o.id LEFT JOIN "   \
                                                                  "htx_user u ON u.id = "          \
                                                                  "o.user_id "

enum error source_read_tokens(struct source *source, int64_t after_user, int64_t limit,
                              struct arena *arena, struct source_tokens *out)
{
    PAGE_INTO(out, source, arena, read_token,
              TOKENS "WHERE o.user_id > $1 ORDER BY o.user_id, o.id DESC LIMIT $2", "ii",
              after_user, limit);
}

enum error source_read_tokens_of(struct source *source, int64_t user_id, int64_t before_id,
                                 int64_t limit, struct arena *arena, struct source_tokens *out)
{
    PAGE_INTO(out, source, arena, read_token,
              TOKENS "WHERE o.user_id = $1 AND o.id < $2 ORDER BY o.id DESC LIMIT $3", "iii",
              user_id, before_id, limit);
}

enum error source_read_orphans(struct source *source, int64_t after_id, int64_t limit,
                               struct arena *arena, struct source_tokens *out)
{
    PAGE_INTO(out, source, arena, read_token,
              TOKENS "WHERE o.user_id IS NULL AND o.id > $1 ORDER BY o.id LIMIT $2", "ii", after_id,
              limit);
}
