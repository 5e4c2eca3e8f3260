/*
 * Label Studio's database, read page by page in the order of keys: one text of SQL for SQLite and
 * PostgreSQL. Nothing is ever written there. Texts live in the arena that is given, and are as they
 * were found: whoever uses them checks them.
 */
#ifndef LATCHKEY_SERVICE_IMPORT_SOURCE_H
#define LATCHKEY_SERVICE_IMPORT_SOURCE_H

#include "db/db.h"
#include "store/users.h"

struct source {
    struct database *database;
    struct db *db;
    bool has_hotkeys; /* older ones have not got these */
    bool has_settings;
    bool has_tokens;
};

/*
 * Opens it and looks whether it has Label Studio's tables. An all-zero `out` may be released too.
 * ERR_NOT_FOUND  it is not there, or is another program's; and those of database_open
 */
enum error source_open(str url_or_path, struct arena *arena, str *problem,
                       struct source *out) MUST_CHECK;
void source_release(struct source *source);

/* How many rows there are, and the highest ids, where none is 0. */
struct source_size {
    int64_t organizations, users, members, settings, legacy_tokens, tokens;
    int64_t last_organization, last_user, last_member;
};
enum error source_measure(struct source *source, struct source_size *out) MUST_CHECK;

/* Times that cannot be read are 0. */
struct source_organization {
    int64_t id;
    str title;
    str invitation; /* may be empty */
    str contact_info;
    int64_t created_by; /* 0: deleted */
    usec created_at, updated_at;
};
struct source_organizations {
    struct source_organization *items;
    size_t count;
};

struct source_settings {
    int64_t organization_id;
    bool api_tokens_enabled, legacy_api_tokens_enabled;
    int64_t api_token_ttl_days;
    usec updated_at;
};
struct source_settings_list {
    struct source_settings *items;
    size_t count;
};

/* The e-mails that differ from another one in letter case only, in order of id. */
struct source_doublet {
    int64_t user_id;
    str email;
};
struct source_doublets {
    struct source_doublet *items;
    size_t count;
};

struct source_member {
    int64_t id;
    int64_t user_id;
    int64_t organization_id;
    usec created_at, updated_at;
    usec removed_at; /* 0: is a member */
    bool is_removed;
    bool has_no_user; /* Label Studio forbids that, an edited database does not */
};
struct source_members {
    struct source_member *items;
    size_t count;
};

struct source_legacy_token {
    int64_t user_id;
    str key; /* a secret */
    usec created_at;
    bool has_no_user;
};
struct source_legacy_tokens {
    struct source_legacy_token *items;
    size_t count;
};

struct source_token {
    int64_t id;
    int64_t user_id; /* 0: deleted */
    bool has_no_user;
    str jti;
    str text; /* header.payload, or anything at all, even a whole token */
    usec created_at, expires_at;
    usec revoked_at;
    bool is_revoked;
};
struct source_tokens {
    struct source_token *items;
    size_t count;
};

/* All of them: few. */
enum error source_read_organizations(struct source *source, struct arena *arena,
                                     struct source_organizations *out) MUST_CHECK;
enum error source_read_settings(struct source *source, struct arena *arena,
                                struct source_settings_list *out) MUST_CHECK;
enum error source_read_doublets(struct source *source, struct arena *arena,
                                struct source_doublets *out) MUST_CHECK;

/* Pages of at most `limit` rows, after the last row of the page before. */
enum error source_read_users(struct source *source, int64_t after, int64_t limit,
                             struct arena *arena, struct user_list *out) MUST_CHECK;
/* By user, then id. */
enum error source_read_members(struct source *source, int64_t after_user, int64_t after_id,
                               int64_t limit, struct arena *arena,
                               struct source_members *out) MUST_CHECK;
enum error source_read_legacy_tokens(struct source *source, int64_t after_user, int64_t limit,
                                     struct arena *arena,
                                     struct source_legacy_tokens *out) MUST_CHECK;
/* Of the users above `after_user`: by user, each one's newest first. */
enum error source_read_tokens(struct source *source, int64_t after_user, int64_t limit,
                              struct arena *arena, struct source_tokens *out) MUST_CHECK;
/* The older ones of one user, where a page ended in the middle. */
enum error source_read_tokens_of(struct source *source, int64_t user_id, int64_t before_id,
                                 int64_t limit, struct arena *arena,
                                 struct source_tokens *out) MUST_CHECK;
/* Those of deleted users, by id. */
enum error source_read_orphans(struct source *source, int64_t after_id, int64_t limit,
                               struct arena *arena, struct source_tokens *out) MUST_CHECK;

#endif
