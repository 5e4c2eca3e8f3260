#include "service/legacy.h"

#include "cluster/change.h"
#include "crypto/mac.h"
#include "crypto/seal.h"
#include "store/legacy_tokens.h"
#include "store/users.h"
#include "token/legacy.h"

/* The sealed copy opens for its own user only: a row moved to another user shows nothing. */
static str seal_context(int64_t user_id, struct arena *arena)
{
    return arena_printf(arena, "legacy token of user %lld", (long long)user_id);
}

static bool may_reach(const struct principal *who, int64_t user_id)
{
    return principal_is_somebody(who) &&
           (who->kind == CREDENTIAL_OPERATOR || who->user_id == user_id);
}

enum error legacy_token_put(const struct shared *shared, struct db *txn_db, int64_t user_id,
                            str text, usec now, struct arena *arena, str *out)
{
    if (str_is_empty(text))
        text = legacy_new(arena);
    unsigned char mac[MAC_BYTES];
    mac_compute(&shared->auth.legacy_mac, text, mac);
    struct legacy_token_row row = {
        .user_id = user_id,
        .mac = arena_copy(arena, str_of((const char *)mac, sizeof(mac))),
        .sealed = seal(shared->vault.legacy_seal, arena, text, seal_context(user_id, arena)),
        .created_at = now,
    };
    enum error err = legacy_tokens_save(txn_db, &row);
    if (!err)
        *out = text;
    return err;
}

static enum error replace(struct worker *w, int64_t user_id, usec now, struct arena *arena,
                          str *out)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_USER, (uint64_t)user_id);

    CLEANUP(txn_rollback) struct txn txn = {0};
    str text;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = users_lock(txn.db, user_id);
    if (!err)
        err = legacy_token_put(w->shared, txn.db, user_id, STR(""), now, arena, &text);
    if (!err)
        err = change_commit(&change, &txn);
    if (!err)
        *out = text;
    return err;
}

enum error legacy_token_read(struct worker *w, const struct principal *who, int64_t user_id,
                             usec now, struct arena *arena, str *out)
{
    if (!may_reach(who, user_id))
        return ERR_NOT_FOUND;
    arena_mark_secret(arena);
    struct legacy_token_row row;
    enum error err = legacy_tokens_find(w->db, user_id, arena, &row);
    if (err == ERR_NOT_FOUND)
        return replace(w, user_id, now, arena, out);
    if (err)
        return err;
    return unseal(w->shared->vault.legacy_seal, arena, row.sealed, seal_context(user_id, arena),
                  out);
}

enum error legacy_token_reset(struct worker *w, const struct principal *who, int64_t user_id,
                              usec now, struct arena *arena, str *out)
{
    if (!may_reach(who, user_id))
        return ERR_NOT_FOUND;
    arena_mark_secret(arena);
    return replace(w, user_id, now, arena, out);
}
