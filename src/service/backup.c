#include "service/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "cluster/change.h"
#include "crypto/master.h"
#include "crypto/random.h"
#include "service/internal.h"
#include "store/store.h"
#include "store/users.h"

#define MASTER_CHECK_LABEL "backup check"

static void close_database(struct database **database)
{
    database_close(*database);
}

static void close_connection(struct db **db)
{
    db_close(*db);
}

static enum error says(struct arena *arena, str *problem, enum error err, const char *what,
                       str path)
{
    if (str_is_empty(*problem))
        *problem = err == ERR_CONFLICT
                       ? arena_printf(arena, "%s %.*s", what, STR_ARG(path))
                       : arena_printf(arena, "%s %.*s: %s", what, STR_ARG(path), error_name(err));
    return err;
}

/* Tells whether a master key is the one, and nothing about it. */
static str master_check(const struct master *master, struct arena *arena)
{
    unsigned char subkey[SUBKEY_BYTES];
    master_subkey(master, MASTER_CHECK_LABEL, subkey);
    return hex_encode(arena, str_of((const char *)subkey, sizeof(subkey)));
}

static str master_path(const struct config *config, struct arena *arena)
{
    return ARENA_JOIN(arena, config->data, STR("/" MASTER_FILE));
}

/* A name beside the file: what is not complete never has the name that people look for. */
static const char *draft_name(str path, struct arena *arena)
{
    return arena_cstr(arena, ARENA_JOIN(arena, path, STR("."), random_hex(arena, 8), STR(".part")));
}

static void forget_draft(const char *draft, struct arena *arena)
{
    static const str suffixes[] = {STR_INIT(""), STR_INIT("-wal"), STR_INIT("-shm"),
                                   STR_INIT("-journal")};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        unlink(arena_cstr(arena, ARENA_JOIN(arena, str_from(draft), suffixes[i])));
}

static enum error sync_folder_of(str path, struct arena *arena)
{
    str folder, name;
    if (!str_cut_last(path, '/', &folder, &name))
        folder = STR(".");
    int fd = open(arena_cstr(arena, str_is_empty(folder) ? STR("/") : folder),
                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum error err = fd >= 0 && fsync(fd) == 0 ? OK : error_of_errno(errno);
    if (fd >= 0)
        close(fd);
    return err;
}

/* link() and not rename(): a file that is there is never replaced. */
static enum error give_name(const char *draft, str path, struct arena *arena)
{
    if (link(draft, arena_cstr(arena, path)) != 0)
        return error_of_errno(errno);
    return sync_folder_of(path, arena);
}

/* The table that makes a database file a backup */

static enum error write_facts(struct txn *txn, const struct backup_facts *facts, str check,
                              const struct master *master)
{
    enum error err = db_run(txn->db,
                            "CREATE TABLE backup (made_at BIGINT NOT NULL, program TEXT NOT NULL, "
                            "master_check TEXT NOT NULL, master_key BYTEA)",
                            "");
    str key =
        facts->has_master_key ? str_of((const char *)master->key, sizeof(master->key)) : STR("");
    return err ? err
               : db_run(txn->db,
                        "INSERT INTO backup (made_at, program, master_check, master_key) VALUES "
                        "($1, $2, $3, $4)",
                        "issB", facts->made_at, facts->program, check, key);
}

struct found_facts {
    struct backup_facts facts;
    str check;
    str master_key; /* a secret; empty: it is not in the file */
};

static enum error read_facts(struct db *db, struct arena *arena, struct found_facts *out)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(db, &q, "SELECT made_at, program, master_check, master_key FROM backup");
    if (!err)
        err = query_row(&q);
    if (err)
        return err;
    *out = (struct found_facts){
        .facts = {.made_at = row_i64(&q, 0),
                  .program = row_str(&q, 1, arena),
                  .has_master_key = !row_is_null(&q, 3)},
        .check = row_str(&q, 2, arena),
        .master_key = row_bytes(&q, 3, arena),
    };
    return OK;
}

/* Making one */

static enum error copy_out(struct worker *w, const struct backup_order *order, struct db *target,
                           struct txn *txn, struct backup_facts *facts)
{
    CLEANUP(txn_rollback) struct txn source = {0};
    struct copy copy = {
        .to = txn, .schema = target, .progress = order->progress, .context = order->context};
    enum error err = txn_begin(w->db, &source); /* one moment, and nothing is written */
    copy.from = source.db;
    if (!err)
        err = database_copy_rows(&copy);
    facts->rows = copy.rows;
    return err;
}

static enum error fill_draft(struct worker *w, const struct backup_order *order,
                             const struct master *master, const char *draft, usec now,
                             struct arena *arena, str *problem, struct backup_facts *facts)
{
    struct database *source = w->shared->database;
    bool is_postgres = database_is_postgres(source);
    enum error err = is_postgres ? OK : database_copy_file(source, draft);
    CLEANUP(close_database) struct database *target = NULL;
    CLEANUP(close_connection) struct db *db = NULL;
    CLEANUP(txn_rollback) struct txn txn = {0};
    if (!err)
        err = store_open(str_from(draft), DB_EXISTING, now, arena, problem, &target);
    if (!err && is_postgres)
        database_expect_bulk(target);
    if (!err)
        err = db_connect(target, &db);
    if (!err)
        err = txn_begin(db, &txn);
    if (!err && is_postgres)
        err = copy_out(w, order, db, &txn, facts);
    if (!err)
        err = write_facts(&txn, facts, master_check(master, arena), master);
    return err ? err : txn_commit(&txn);
}

static enum error make_draft(const char *draft)
{
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_of_errno(errno);
    close(fd);
    return OK;
}

enum error backup_make(struct worker *w, const struct backup_order *order, usec now,
                       struct arena *arena, str *problem, struct backup_facts *out)
{
    struct master master;
    struct backup_facts facts = {
        .made_at = now, .program = STR(LATCHKEY_VERSION), .has_master_key = order->with_master_key};
    if (access(arena_cstr(arena, order->path), F_OK) == 0)
        return says(arena, problem, ERR_CONFLICT, "there is already a file", order->path);
    enum error err =
        master_open(master_path(w->shared->config, arena), MASTER_EXPECT, arena, problem, &master);
    if (err)
        return err;
    const char *draft = draft_name(order->path, arena);
    err = make_draft(draft);
    if (!err)
        err = fill_draft(w, order, &master, draft, now, arena, problem, &facts);
    if (!err)
        err = give_name(draft, order->path, arena);
    forget_draft(draft, arena);
    master_release(&master);
    if (err)
        return says(arena, problem, err, "cannot write", order->path);
    *out = facts;
    return OK;
}

/* Restoring one */

static enum error copy_bytes(int from, int to)
{
    char piece[65536];
    ssize_t n;
    while ((n = read(from, piece, sizeof(piece))) > 0)
        for (ssize_t at = 0; at < n;) {
            ssize_t written = write(to, piece + at, (size_t)(n - at));
            if (written < 0)
                return error_of_errno(errno);
            at += written;
        }
    return n < 0 || fsync(to) != 0 ? error_of_errno(errno) : OK;
}

static enum error copy_file(str from, const char *to, struct arena *arena)
{
    int in = open(arena_cstr(arena, from), O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return error_of_errno(errno);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum error err = out < 0 ? error_of_errno(errno) : copy_bytes(in, out);
    close(in);
    if (out >= 0)
        close(out);
    return err;
}

/* The folder's master key must be the one that sealed the file; where there is none, the file's own
 * is put there. */
static enum error settle_master(const struct config *config, const struct found_facts *found,
                                struct arena *arena, str *problem)
{
    struct master master;
    str path = master_path(config, arena);
    if (access(arena_cstr(arena, path), F_OK) != 0 && found->master_key.len == MASTER_BYTES) {
        memcpy(master.key, found->master_key.ptr, MASTER_BYTES);
        enum error err = master_put(path, &master, arena, problem);
        master_release(&master);
        return err;
    }
    enum error err = master_open(path, MASTER_EXPECT, arena, problem, &master);
    if (err == ERR_NOT_FOUND)
        *problem = arena_printf(arena,
                                "the backup was made without its master key: copy the old "
                                "server's master.key to %.*s first, mode 0600",
                                STR_ARG(path));
    if (err)
        return err;
    bool fits = str_equal(master_check(&master, arena), found->check);
    master_release(&master);
    if (!fits)
        *problem = arena_printf(arena,
                                "%.*s is not the master key that this backup was sealed with; "
                                "put the old server's in its place",
                                STR_ARG(path));
    return fits ? OK : ERR_FORGED;
}

/* Sound, of a schema that is known, and no longer a backup. */
static enum error prepare_draft(const char *draft, usec now, struct arena *arena, str *problem,
                                struct database **out)
{
    CLEANUP(close_connection) struct db *db = NULL;
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = store_open(str_from(draft), DB_EXISTING, now, arena, problem, out);
    if (!err)
        err = db_connect(*out, &db);
    if (!err)
        err = database_check(db, arena, problem);
    if (!err)
        err = txn_begin(db, &txn);
    if (!err)
        err = db_run(txn.db, "DROP TABLE backup", "");
    return err ? err : txn_commit(&txn);
}

static enum error check_is_empty(struct db *db, str *problem)
{
    int64_t users = 0;
    enum error err = users_count(db, &users);
    if (err || users == 0)
        return err;
    *problem = STR("there are users in that database already; restore into an empty one");
    return ERR_CONFLICT;
}

static enum error copy_in(struct worker *w, const struct backup_order *order,
                          struct database *draft, usec now, str *problem, int64_t *rows)
{
    CLEANUP(close_connection) struct db *db = NULL;
    CLEANUP(change_end) struct change change;
    CLEANUP(txn_rollback) struct txn txn = {0};
    change_init(&change, w->shared->page, now);
    change_of_everything(&change);
    enum error err = db_connect(draft, &db);
    if (!err)
        err = txn_begin(w->db, &txn);
    if (!err)
        err = check_is_empty(txn.db, problem);
    struct copy copy = {.from = db,
                        .to = &txn,
                        .schema = db,
                        .progress = order->progress,
                        .context = order->context};
    if (!err)
        err = database_copy_rows(&copy);
    *rows = copy.rows;
    return err ? err : change_commit(&change, &txn);
}

static enum error restore_rows(const struct config *config, const struct backup_order *order,
                               struct database *draft, usec now, struct arena *arena, str *problem,
                               int64_t *rows)
{
    struct shared *shared = NULL;
    struct worker *w = NULL;
    enum error err = shared_open(config, OPEN_PREPARE, now, arena, problem, &shared);
    if (!err)
        err = worker_open(shared, 0, &w);
    if (!err)
        err = copy_in(w, order, draft, now, problem, rows);
    worker_close(w);
    shared_close(shared);
    return err;
}

static enum error look_at_backup(str path, struct arena *arena, str *problem,
                                 struct found_facts *out)
{
    CLEANUP(close_database) struct database *database = NULL;
    CLEANUP(close_connection) struct db *db = NULL;
    enum error err = database_open(path, DB_READ_ONLY, arena, problem, &database);
    if (!err)
        err = db_connect(database, &db);
    if (err)
        return err;
    err = read_facts(db, arena, out);
    if (!err)
        return OK;
    *problem = arena_printf(arena, "%.*s was not made by 'latchkey backup'", STR_ARG(path));
    return ERR_MALFORMED;
}

enum error backup_restore(const struct config *config, const struct backup_order *order, usec now,
                          struct arena *arena, str *problem, struct backup_facts *out)
{
    bool is_postgres = str_starts(config->database, STR("postgres://")) ||
                       str_starts(config->database, STR("postgresql://"));
    str place = is_postgres || str_is_empty(config->database)
                    ? ARENA_JOIN(arena, config->data, STR("/" DATABASE_FILE))
                    : config->database; /* a path */
    struct found_facts found = {0};
    enum error err = look_at_backup(order->path, arena, problem, &found);
    if (!err)
        err = folder_make(config->data, arena, problem);
    if (!err && !is_postgres && access(arena_cstr(arena, place), F_OK) == 0)
        return says(arena, problem, ERR_CONFLICT,
                    "restore only goes into an empty folder, and there is", place);
    if (!err)
        err = settle_master(config, &found, arena, problem);
    if (err)
        return says(arena, problem, err, "cannot restore", order->path);

    CLEANUP(close_database) struct database *database = NULL;
    const char *draft = draft_name(place, arena);
    err = copy_file(order->path, draft, arena);
    if (!err)
        err = prepare_draft(draft, now, arena, problem, &database);
    if (!err && is_postgres)
        err = restore_rows(config, order, database, now, arena, problem, &found.facts.rows);
    database_close(database);
    database = NULL;
    if (!err && !is_postgres)
        err = give_name(draft, place, arena);
    forget_draft(draft, arena);
    if (err)
        return says(arena, problem, err, "cannot restore", order->path);
    *out = found.facts;
    return OK;
}
