#include "service/context.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "auth/guard.h"
#include "auth/scope_file.h"
#include "base/file.h"
#include "crypto/master.h"
#include "crypto/random.h"
#include "service/audit.h"
#include "service/keys.h"
#include "store/store.h"

#define LOCK_FILE "lock"

/* Fixed memory, whatever the number of tokens and users. */
static const struct decision_limits decision_limits = {
    .entries = 16384, .key_bytes_max = 512, .answer_bytes_max = DECISION_ANSWER_MAX};
static const struct decision_limits body_limits = {
    .entries = 2048, .key_bytes_max = 16, .answer_bytes_max = BODY_KEPT_MAX};
static const struct decision_limits identity_limits = {
    .entries = 8192, .key_bytes_max = 32, .answer_bytes_max = IDENTITY_BYTES_MAX};
static const struct decision_limits address_lists = {
    .entries = 2048, .key_bytes_max = 8, .answer_bytes_max = GUARD_LIST_BYTES};
static const struct rate_limits account_limits = {
    .names = 8192, .failures = 10, .window = MINUTES(5)};
static const struct rate_limits address_limits = {
    .names = 8192, .failures = 100, .window = MINUTES(5)};
static const struct rate_limits strangers_limits = {
    .names = 8, .failures = AUDIT_STRANGERS_MAX, .window = MINUTES(5)};
static const struct rate_limits noted_limits = {.names = 8192, .failures = 1, .window = MINUTES(5)};

static str in_folder(const struct config *config, const char *name, struct arena *arena)
{
    return ARENA_JOIN(arena, config->data, STR("/"), str_from(name));
}

static enum error take_lock(struct shared *shared, struct arena *arena, str *problem)
{
    str path = in_folder(shared->config, LOCK_FILE, arena);
    shared->lock = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (shared->lock < 0) {
        enum error err = error_of_errno(errno);
        *problem = arena_printf(arena, "cannot write in the data folder %.*s: %s",
                                STR_ARG(shared->config->data), strerror(errno));
        return err;
    }
    if (flock(shared->lock, LOCK_EX | LOCK_NB) == 0)
        return OK;
    *problem = arena_printf(arena,
                            "another latchkey serves the data folder %.*s; stop it, or name "
                            "another folder with --data",
                            STR_ARG(shared->config->data));
    return ERR_BUSY;
}

static enum error open_secrets(struct shared *shared, enum open_mode mode, struct arena *arena,
                               str *problem)
{
    struct master master;
    unsigned char key[SUBKEY_BYTES];
    enum error err =
        master_open(in_folder(shared->config, MASTER_FILE, arena),
                    mode == OPEN_COMMAND ? MASTER_EXPECT : MASTER_MAKE, arena, problem, &master);
    if (err)
        return err;
    master_subkey(&master, "legacy token seal", shared->vault.legacy_seal);
    master_subkey(&master, "signing key seal", shared->vault.key_seal);
    master_subkey(&master, "repeated answer seal", shared->vault.answer_seal);
    master_subkey(&master, "webhook secret seal", shared->vault.webhook_seal);
    master_subkey(&master, "legacy token index", key);
    mac_key_init(&shared->auth.legacy_mac, str_of((const char *)key, sizeof(key)));
    master_subkey(&master, "API key index", key);
    mac_key_init(&shared->auth.api_key_mac, str_of((const char *)key, sizeof(key)));
    master_subkey(&master, "session index", key);
    mac_key_init(&shared->auth.session_mac, str_of((const char *)key, sizeof(key)));
    master_subkey(&master, "device code index", key);
    mac_key_init(&shared->device_mac, str_of((const char *)key, sizeof(key)));
    master_subkey(&master, "audit log", key);
    mac_key_init(&shared->audit_mac, str_of((const char *)key, sizeof(key)));
    master_subkey(&master, "invitation index", key);
    mac_key_init(&shared->invitation_mac, str_of((const char *)key, sizeof(key)));
    wipe(key, sizeof(key));
    master_release(&master);
    return OK;
}

static enum error open_page(struct shared *shared, enum open_mode mode, usec now,
                            struct arena *arena, str *problem)
{
    str path = in_folder(shared->config, GENERATION_FILE, arena);
    enum error err = generation_open(path, READ_WRITE, &shared->page);
    if (err) {
        *problem = arena_printf(
            arena, "cannot use %.*s (%s); if it is damaged, stop latchkey and delete it",
            STR_ARG(path), error_name(err));
        return err;
    }
    shared->page_path = realpath(path.ptr, NULL);
    if (mode != OPEN_DAEMON)
        return OK;
    err = generation_clear_announcements(shared->page, now);
    /* a command is at work, and what it announced is no left-over */
    return err == ERR_BUSY ? OK : err;
}

static enum error open_database(struct shared *shared, enum open_mode mode, usec now,
                                struct arena *arena, str *problem)
{
    str where = str_is_empty(shared->config->database)
                    ? in_folder(shared->config, DATABASE_FILE, arena)
                    : shared->config->database;
    return store_open(where, mode == OPEN_COMMAND ? DB_EXISTING : DB_READ_WRITE, now, arena,
                      problem, &shared->database);
}

static enum error open_keys(struct shared *shared, usec now, struct arena *arena, str *problem)
{
    const struct config *config = shared->config;
    struct db *db = NULL;
    str secret = STR("");
    enum error err = OK;
    if (!str_is_empty(config->secret_key_file))
        err = secret_key_read(config->secret_key_file, arena, problem, &secret);
    if (!err)
        err = db_connect(shared->database, &db);
    if (!err)
        err = keys_load(shared, db, secret, now, arena, problem);
    db_close(db);
    if (err == ERR_CONFLICT && !str_is_empty(*problem))
        *problem = ARENA_JOIN(arena, config->secret_key_file, STR(": "), *problem);
    return err;
}

static enum error open_caches(struct shared *shared)
{
    enum error err = decision_cache_new(&decision_limits, &shared->decisions);
    if (!err)
        err = decision_cache_new(&body_limits, &shared->bodies);
    if (!err)
        err = decision_cache_new(&identity_limits, &shared->identities);
    if (!err)
        err = decision_cache_new(&address_lists, &shared->auth.addresses);
    if (!err)
        err = rate_new(&account_limits, &shared->failures_by_account);
    if (!err)
        err = rate_new(&address_limits, &shared->failures_by_address);
    if (!err)
        err = rate_new(&address_limits, &shared->devices_by_address);
    if (!err)
        err = rate_new(&account_limits, &shared->device_guesses);
    if (!err)
        err = rate_new(&noted_limits, &shared->noted_lately);
    if (!err)
        err = rate_new(&strangers_limits, &shared->noted_strangers);
    return err;
}

/*
 * The keys of this database were sealed with a master key that is lost. One made just now opens
 * nothing, and would hide the loss from whoever looks for it.
 */
static void unmake_master_key(const struct shared *shared, struct arena *arena)
{
    unlink(arena_cstr(arena, in_folder(shared->config, MASTER_FILE, arena)));
}

static enum error open_all(struct shared *shared, enum open_mode mode, usec now,
                           struct arena *arena, str *problem)
{
    enum error err = OK;
    bool had_key =
        access(arena_cstr(arena, in_folder(shared->config, MASTER_FILE, arena)), F_OK) == 0;
    if (!str_is_empty(shared->config->scopes_file))
        err = scopes_load(shared->scopes, shared->config->scopes_file, arena, problem);
    if (!err && mode != OPEN_COMMAND)
        err = folder_make(shared->config->data, arena, problem);
    if (!err && mode == OPEN_DAEMON)
        err = take_lock(shared, arena, problem);
    if (!err)
        err = open_secrets(shared, mode, arena, problem);
    if (!err)
        err = open_page(shared, mode, now, arena, problem);
    if (!err)
        err = open_database(shared, mode, now, arena, problem);
    if (!err)
        err = open_keys(shared, now, arena, problem);
    if (err == ERR_FORGED && !had_key)
        unmake_master_key(shared, arena);
    if (!err)
        err = open_caches(shared);
    return err;
}

enum error shared_open(const struct config *config, enum open_mode mode, usec now,
                       struct arena *arena, str *problem, struct shared **out)
{
    *problem = STR("");
    struct shared *shared = calloc(1, sizeof(*shared));
    if (!shared)
        return ERR_INTERNAL;
    shared->config = config;
    shared->lock = -1;
    shared->base_path = STR("");
    shared->scopes = scopes_new();
    enum error err = crypto_start();
    if (!err)
        err = open_all(shared, mode, now, arena, problem);
    if (err) {
        if (str_is_empty(*problem))
            *problem = arena_printf(arena, "could not start: %s; the lines above say why",
                                    error_name(err));
        shared_close(shared);
        return err;
    }
    shared->auth.page = shared->page;
    shared->auth.decisions = shared->decisions;
    shared->auth.strict = config->strict;
    shared->auth.leeway_seconds = usec_to_seconds(config->leeway);
    *out = shared;
    return OK;
}

void shared_close(struct shared *shared)
{
    if (!shared)
        return;
    rate_free(shared->failures_by_account);
    rate_free(shared->failures_by_address);
    rate_free(shared->devices_by_address);
    rate_free(shared->device_guesses);
    rate_free(shared->noted_lately);
    rate_free(shared->noted_strangers);
    decision_cache_free(shared->decisions);
    decision_cache_free(shared->bodies);
    decision_cache_free(shared->identities);
    decision_cache_free(shared->auth.addresses);
    scopes_free(shared->scopes);
    keys_close(shared);
    database_close(shared->database);
    generation_close(shared->page);
    free(shared->page_path);
    mac_key_release(&shared->auth.legacy_mac);
    mac_key_release(&shared->auth.api_key_mac);
    mac_key_release(&shared->auth.session_mac);
    mac_key_release(&shared->device_mac);
    mac_key_release(&shared->audit_mac);
    mac_key_release(&shared->invitation_mac);
    if (shared->lock >= 0)
        close(shared->lock);
    wipe(shared, sizeof(*shared));
    free(shared);
}

enum error worker_open(struct shared *shared, int number, struct worker **out)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    if (!worker)
        return ERR_INTERNAL;
    worker->shared = shared;
    worker->number = number;
    worker->origin = ORIGIN_NONE;
    enum error err = db_connect(shared->database, &worker->db);
    if (err) {
        free(worker);
        return err;
    }
    *out = worker;
    return OK;
}

void worker_close(struct worker *worker)
{
    if (!worker)
        return;
    db_close(worker->db);
    free(worker);
}
