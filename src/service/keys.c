#include "service/keys.h"

#include <pthread.h>

#include "base/file.h"
#include "base/log.h"
#include "cluster/change.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "service/audit.h"
#include "service/key_changes.h"
#include "service/secret_key.h"
#include "store/counters.h"
#include "store/signing_keys.h"
#include "token/key_ring.h"

_Static_assert(SIGNING_KEYS_MAX <= KEY_RING_MAX, "all that count fit a ring");

#define SECRET_BYTES 32 /* of a key made here: as long as the hash (RFC 7518 3.2) */
#define KID_BYTES 8
#define SECRET_KEY_FILE_MAX 65536 /* a .env has other lines too */

str key_seal_context(str kid, struct arena *arena)
{
    return ARENA_JOIN(arena, STR("signing key "), kid);
}

enum error secret_key_read(str path, struct arena *arena, str *problem, str *out)
{
    str text;
    enum error err = file_read(path, SECRET_KEY_FILE_MAX, arena, problem, &text);
    return err ? err : secret_key_parse(text, path, arena, problem, out);
}

static enum error insert(const struct shared *shared, struct db *txn_db, str kid, str secret,
                         usec now, struct arena *arena)
{
    struct signing_key_row row = {
        .kid = kid,
        .algorithm = jwt_algorithm_name(JWT_HS256),
        .state = KEY_CURRENT,
        .sealed = seal(shared->vault.key_seal, arena, secret, key_seal_context(kid, arena)),
        .created_at = now,
        .changed_at = now,
    };
    return signing_keys_insert(txn_db, &row);
}

static bool signs_pats(const struct signing_key_row *row)
{
    return row->state == KEY_CURRENT && str_equal(row->algorithm, jwt_algorithm_name(JWT_HS256));
}

/* Whoever signed until now goes on verifying. */
static enum error retire_current(struct db *txn_db, const struct signing_key_list *list, usec now)
{
    enum error err = OK;
    for (size_t i = 0; !err && i < list->count; i++)
        if (signs_pats(&list->items[i]))
            err = signing_keys_set_state(txn_db, list->items[i].kid, KEY_RETIRING, now);
    return err;
}

/* One SECRET_KEY was taken over already: it must be this one, and still count. */
static enum error check_same(const struct shared *shared, const struct signing_key_row *known,
                             str secret, struct arena *arena, str *problem)
{
    str text;
    enum error err = unseal(shared->vault.key_seal, arena, known->sealed,
                            key_seal_context(STR(""), arena), &text);
    if (err)
        return err;
    if (!equal_secret(text, secret)) {
        *problem = STR("this is another SECRET_KEY than the one that was taken over before; with "
                       "it, every token issued so far would end. Give the old key's file, or "
                       "start with an empty data folder");
        return ERR_CONFLICT;
    }
    if (known->state == KEY_RETIRED) {
        *problem = STR("this SECRET_KEY was retired with 'latchkey key retire'; start without it");
        return ERR_CONFLICT;
    }
    return OK;
}

enum error keys_adopt(const struct shared *shared, struct db *txn_db, str secret, usec now,
                      struct arena *arena, str *problem)
{
    struct signing_key_list list;
    struct signing_key_row known;
    if (str_is_empty(secret) || secret.len > SECRET_KEY_BYTES_MAX) {
        *problem = STR("Label Studio's SECRET_KEY must have 1 to 4096 bytes");
        return ERR_INVALID;
    }
    enum error err = signing_keys_find(txn_db, STR(""), arena, &known);
    if (!err)
        return check_same(shared, &known, secret, arena, problem);
    if (err == ERR_NOT_FOUND)
        err = signing_keys_list(txn_db, arena, &list);
    if (!err)
        err = retire_current(txn_db, &list, now);
    return err ? err : insert(shared, txn_db, STR(""), secret, now, arena);
}

static bool is_among(const struct signing_key_list *list, str kid)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i].kid, kid))
            return true;
    return false;
}

static enum error note_added(struct shared *shared, struct txn *txn,
                             const struct signing_key_list *before,
                             const struct signing_key_list *after, usec now)
{
    struct worker w = {.shared = shared, .db = txn->db, .origin = ORIGIN_NONE};
    enum error err = OK;
    for (size_t i = 0; !err && i < after->count; i++) {
        const struct signing_key_row *row = &after->items[i];
        if (is_among(before, row->kid))
            continue;
        bool is_taken_over = str_is_empty(row->kid);
        const struct audit_fact facts[] = {
            {STR("algorithm"), STR(""), row->algorithm},
            {STR("state"), STR(""), key_state_name(row->state)},
            {STR("origin"), STR(""),
             is_taken_over ? STR("Label Studio's SECRET_KEY, sealed") : STR("made here")}};
        const struct audit_event event = {.kind = AUDIT_KEY_ADDED,
                                          .subject_kind = STR("key"),
                                          .subject_id = key_shown_name(row->kid),
                                          .subject_name = STR(""),
                                          .facts = facts,
                                          .fact_count = COUNT_OF(facts)};
        err = audit_note(&w, txn, NULL, &event, now);
    }
    return err;
}

/* What the start may have to change, with other starts held off. */
static enum error settle(struct shared *shared, struct db *db, str secret, usec now,
                         struct arena *arena, str *problem)
{
    CLEANUP(change_end) struct change change; /* other hosts may serve already */
    change_init(&change, shared->page, now);
    change_of(&change, OWNER_KEYS, 0);
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct signing_key_list before, list;
    int64_t ignored;
    enum error err = txn_begin(db, &txn);
    if (!err) /* its row is the lock; none is taken from it */
        err = counter_take(txn.db, COUNTER_ORGANIZATION, 0, &ignored);
    if (!err)
        err = signing_keys_list(txn.db, arena, &before);
    if (!err && !str_is_empty(secret))
        err = keys_adopt(shared, txn.db, secret, now, arena, problem);
    if (!err)
        err = signing_keys_list(txn.db, arena, &list);
    bool has_current = false;
    for (size_t i = 0; !err && i < list.count; i++)
        has_current = has_current || signs_pats(&list.items[i]);
    if (!err && !has_current) {
        str bytes = str_of(arena_bytes(arena, SECRET_BYTES), SECRET_BYTES);
        random_bytes((char *)(uintptr_t)bytes.ptr, bytes.len);
        err = insert(shared, txn.db, random_hex(arena, KID_BYTES), bytes, now, arena);
        if (!err)
            err = signing_keys_list(txn.db, arena, &list);
    }
    if (!err)
        err = note_added(shared, &txn, &before, &list, now);
    return err ? err : change_commit(&change, &txn);
}

/* A ring, and what it was made of: so that it is not made anew when nothing has changed. */
struct loaded {
    struct key_ring *ring;
    struct loaded *before; /* superseded, perhaps still read by somebody */
    usec superseded_at;    /* by the monotonic clock: the other one may be set forward */
    size_t count;
    struct {
        char kid[KEY_ID_MAX];
        size_t kid_len;
        enum key_state state;
    } made_of[SIGNING_KEYS_MAX];
};

/* Of struct shared. */
struct key_box {
    pthread_mutex_t lock;   /* held while the newest is replaced; never across I/O */
    struct loaded *newest;  /* under lock; owned, and so are those before it */
    _Atomic uint64_t heard; /* the page's version that the newest was read under */
};

#define SUPERSEDED_KEPT HOURS(1) /* no request takes so long */

static enum error import_all(const struct shared *shared, const struct signing_key_list *list,
                             struct arena *arena, struct signing_key **keys, size_t *count)
{
    enum error err = OK;
    for (*count = 0; !err && *count < list->count;) {
        const struct signing_key_row *row = &list->items[*count];
        enum jwt_algorithm algorithm = JWT_HS256;
        str secret = STR("");
        err = jwt_algorithm_find(row->algorithm, &algorithm);
        if (!err)
            err = unseal(shared->vault.key_seal, arena, row->sealed,
                         key_seal_context(row->kid, arena), &secret);
        if (!err)
            err = signing_key_import(algorithm, row->kid, secret, &keys[*count]);
        if (!err)
            ++*count;
    }
    return err;
}

static enum error build_ring(const struct shared *shared, const struct signing_key_list *list,
                             struct arena *arena, struct key_ring **out)
{
    struct signing_key *keys[SIGNING_KEYS_MAX];
    size_t count = 0, current = 0;
    enum error err = import_all(shared, list, arena, keys, &count);
    if (err) {
        for (size_t i = 0; i < count; i++)
            signing_key_free(keys[i]);
        return err;
    }
    for (size_t i = 0; i < count; i++)
        if (signs_pats(&list->items[i]))
            current = i;
    size_t access = current;
    for (size_t i = 0; i < count; i++)
        if (list->items[i].state == KEY_CURRENT && !signs_pats(&list->items[i]))
            access = i;
    return key_ring_new_with(keys, count, current, access, out); /* takes the keys over */
}

static enum error loaded_new(const struct shared *shared, const struct signing_key_list *list,
                             struct arena *arena, struct loaded **out)
{
    struct loaded *loaded = calloc(1, sizeof(*loaded));
    if (!loaded)
        return ERR_INTERNAL;
    enum error err = build_ring(shared, list, arena, &loaded->ring);
    if (err) {
        free(loaded);
        return err;
    }
    loaded->count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        str kid = list->items[i].kid; /* one that could be imported, hence not too long */
        memcpy(loaded->made_of[i].kid, kid.ptr, kid.len);
        loaded->made_of[i].kid_len = kid.len;
        loaded->made_of[i].state = list->items[i].state;
    }
    *out = loaded;
    return OK;
}

static bool is_made_of(const struct loaded *loaded, const struct signing_key_list *list)
{
    if (!loaded || loaded->count != list->count)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (loaded->made_of[i].state != list->items[i].state ||
            !str_equal(str_of(loaded->made_of[i].kid, loaded->made_of[i].kid_len),
                       list->items[i].kid))
            return false;
    return true;
}

static void free_chain(struct loaded *loaded)
{
    while (loaded) {
        struct loaded *before = loaded->before;
        key_ring_free(loaded->ring);
        free(loaded);
        loaded = before;
    }
}

/* Those that nobody can be reading any more; `lock` is held. */
static void free_old(struct loaded *newest, usec now)
{
    for (struct loaded *l = newest; l; l = l->before)
        if (l->before && l->before->superseded_at + SUPERSEDED_KEPT < now) {
            free_chain(l->before);
            l->before = NULL;
        }
}

static void publish(struct shared *shared, struct loaded *loaded)
{
    usec now = time_monotonic();
    struct key_box *box = shared->key_box;
    pthread_mutex_lock(&box->lock);
    loaded->before = box->newest;
    if (box->newest)
        box->newest->superseded_at = now;
    box->newest = loaded;
    shared->keys = loaded->ring;
    shared->auth.keys = loaded->ring;
    free_old(loaded, now);
    pthread_mutex_unlock(&box->lock);
}

static bool is_newest_made_of(struct key_box *box, const struct signing_key_list *list)
{
    pthread_mutex_lock(&box->lock);
    bool is = is_made_of(box->newest, list);
    pthread_mutex_unlock(&box->lock);
    return is;
}

/* The page's version is read before the truth that it stands for, see generation.h. */
static enum error load(struct shared *shared, struct db *db, struct arena *arena)
{
    struct signing_key_list list;
    struct loaded *loaded;
    bool announced;
    uint64_t version = generation_read(shared->page, generation_slot(OWNER_KEYS, 0), &announced);
    enum error err = signing_keys_list(db, arena, &list);
    if (!err && !is_newest_made_of(shared->key_box, &list)) {
        err = loaded_new(shared, &list, arena, &loaded);
        if (!err)
            publish(shared, loaded);
    }
    if (!err)
        atomic_store(&shared->key_box->heard, version);
    return err;
}

enum error keys_refresh(struct shared *shared, struct db *db)
{
    bool announced;
    uint64_t version = generation_read(shared->page, generation_slot(OWNER_KEYS, 0), &announced);
    /* announced by a process that died, the change may have been made or not: one has to look */
    if (!announced && version == atomic_load(&shared->key_box->heard))
        return OK;
    if (!db)
        return ERR_WOULD_BLOCK;
    struct arena arena = {0};
    arena_mark_secret(&arena);
    enum error err = load(shared, db, &arena);
    if (err)
        log_error("the keys that sign tokens were changed, and cannot be read: %s",
                  error_name(err));
    arena_release(&arena);
    return err;
}

enum error keys_load(struct shared *shared, struct db *db, str secret, usec now,
                     struct arena *arena, str *problem)
{
    struct signing_key_list list;
    arena_mark_secret(arena);
    shared->key_box = calloc(1, sizeof(*shared->key_box));
    if (!shared->key_box)
        return ERR_INTERNAL;
    pthread_mutex_init(&shared->key_box->lock, NULL);
    enum error err = signing_keys_list(db, arena, &list);
    bool has_current = false;
    for (size_t i = 0; !err && i < list.count; i++)
        has_current = has_current || signs_pats(&list.items[i]);
    if (!err && (!has_current || !str_is_empty(secret)))
        err = settle(shared, db, secret, now, arena, problem);
    if (!err)
        err = load(shared, db, arena);
    if (err == ERR_FORGED)
        *problem = STR("the master key does not open this database's keys; put back the "
                       "master.key that belongs to it");
    return err;
}

str keys_public_set(const struct shared *shared, struct arena *arena)
{
    return key_ring_jwks(shared->keys, arena);
}

void keys_close(struct shared *shared)
{
    if (!shared->key_box)
        return;
    free_chain(shared->key_box->newest);
    pthread_mutex_destroy(&shared->key_box->lock);
    free(shared->key_box);
    shared->key_box = NULL;
}
