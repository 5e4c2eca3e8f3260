#include "service/keys.h"

#include "base/file.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "service/secret_key.h"
#include "store/counters.h"
#include "store/signing_keys.h"
#include "token/key_ring.h"

#define SECRET_BYTES 32 /* of a key made here: as long as the hash (RFC 7518 3.2) */
#define KID_BYTES 8
#define SECRET_KEY_FILE_MAX 65536 /* a .env has other lines too */

static str seal_context(str kid, struct arena *arena)
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
        .sealed = seal(shared->vault.key_seal, arena, secret, seal_context(kid, arena)),
        .created_at = now,
    };
    return signing_keys_insert(txn_db, &row);
}

/* Whoever signed until now goes on verifying. */
static enum error retire_current(struct db *txn_db, const struct signing_key_list *list)
{
    enum error err = OK;
    for (size_t i = 0; !err && i < list->count; i++)
        if (list->items[i].state == KEY_CURRENT)
            err = signing_keys_set_state(txn_db, list->items[i].kid, KEY_RETIRING);
    return err;
}

enum error keys_adopt(const struct shared *shared, struct db *txn_db, str secret, usec now,
                      struct arena *arena, str *problem)
{
    struct signing_key_list list;
    if (str_is_empty(secret) || secret.len > SECRET_KEY_BYTES_MAX) {
        *problem = STR("Label Studio's SECRET_KEY must have 1 to 4096 bytes");
        return ERR_INVALID;
    }
    enum error err = signing_keys_list(txn_db, arena, &list);
    for (size_t i = 0; !err && i < list.count; i++) {
        str known;
        if (!str_is_empty(list.items[i].kid))
            continue;
        err = unseal(shared->vault.key_seal, arena, list.items[i].sealed,
                     seal_context(STR(""), arena), &known);
        if (err || equal_secret(known, secret))
            return err;
        *problem = STR("this is another SECRET_KEY than the one that was taken over before; with "
                       "it, every token issued so far would end. Give the old key's file, or "
                       "start with an empty data folder");
        return ERR_CONFLICT;
    }
    if (!err)
        err = retire_current(txn_db, &list);
    return err ? err : insert(shared, txn_db, STR(""), secret, now, arena);
}

/* What the start may have to change, with other starts held off. */
static enum error settle(const struct shared *shared, struct db *db, str secret, usec now,
                         struct arena *arena, str *problem)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct signing_key_list list;
    int64_t ignored;
    enum error err = txn_begin(db, &txn);
    if (!err)
        err = counter_next(txn.db, COUNTER_CHANGE, &ignored); /* its row is the lock */
    if (!err && !str_is_empty(secret))
        err = keys_adopt(shared, txn.db, secret, now, arena, problem);
    if (!err)
        err = signing_keys_list(txn.db, arena, &list);
    bool has_current = false;
    for (size_t i = 0; !err && i < list.count; i++)
        has_current = has_current || list.items[i].state == KEY_CURRENT;
    if (!err && !has_current) {
        str bytes = str_of(arena_bytes(arena, SECRET_BYTES), SECRET_BYTES);
        random_bytes((char *)(uintptr_t)bytes.ptr, bytes.len);
        err = insert(shared, txn.db, random_hex(arena, KID_BYTES), bytes, now, arena);
    }
    return err ? err : txn_commit(&txn);
}

static enum error build_ring(const struct shared *shared, const struct signing_key_list *list,
                             struct arena *arena, struct key_ring **out)
{
    struct signing_key *keys[KEY_RING_MAX];
    size_t count = 0, current = 0;
    enum error err = OK;
    for (size_t i = 0; !err && i < list->count && count < KEY_RING_MAX; i++) {
        const struct signing_key_row *row = &list->items[i];
        enum jwt_algorithm algorithm;
        str secret;
        err = jwt_algorithm_find(row->algorithm, &algorithm);
        if (!err)
            err = unseal(shared->vault.key_seal, arena, row->sealed, seal_context(row->kid, arena),
                         &secret);
        if (!err)
            err = signing_key_import(algorithm, row->kid, secret, &keys[count]);
        if (err)
            break;
        if (row->state == KEY_CURRENT)
            current = count;
        count++;
    }
    if (!err)
        return key_ring_new(keys, count, current, out); /* takes the keys over */
    for (size_t i = 0; i < count; i++)
        signing_key_free(keys[i]);
    return err;
}

enum error keys_load(struct shared *shared, struct db *db, str secret, usec now,
                     struct arena *arena, str *problem, struct key_ring **out)
{
    struct signing_key_list list;
    arena_mark_secret(arena);
    enum error err = signing_keys_list(db, arena, &list);
    bool has_current = false;
    for (size_t i = 0; !err && i < list.count; i++)
        has_current = has_current || list.items[i].state == KEY_CURRENT;
    if (!err && (!has_current || !str_is_empty(secret)))
        err = settle(shared, db, secret, now, arena, problem);
    if (!err)
        err = signing_keys_list(db, arena, &list);
    if (!err)
        err = build_ring(shared, &list, arena, out);
    if (err == ERR_FORGED)
        *problem = STR("the master key does not open this database's keys; put back the "
                       "master.key that belongs to it");
    return err;
}
