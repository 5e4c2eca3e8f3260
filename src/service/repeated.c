#include "service/repeated.h"

#include "crypto/seal.h"
#include "store/idempotent_answers.h"

static str seal_context(const struct repeated *repeated, struct arena *arena)
{
    return ARENA_JOIN(arena,
                      arena_printf(arena, "answer for user %lld ", (long long)repeated->user_id),
                      repeated->key);
}

/* One try. ERR_BUSY: an old answer was in the way and is gone; try again. */
static enum error begin(struct worker *w, struct repeated *repeated, usec now, struct arena *arena)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct idempotent_answer found;
    const struct idempotent_answer mine = {.user_id = repeated->user_id,
                                           .key = repeated->key,
                                           .fingerprint = repeated->fingerprint,
                                           .sealed = STR(""),
                                           .created_at = now};
    bool is_mine = false, removed;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = idempotent_answers_add(txn.db, &mine, &is_mine);
    if (!err && is_mine) {
        repeated->began_at = now;
        repeated->status = 0;
        return txn_commit(&txn);
    }
    if (!err)
        err = idempotent_answers_find(txn.db, repeated->user_id, repeated->key, arena, &found);
    if (err)
        return err == ERR_NOT_FOUND ? ERR_BUSY : err;
    usec life = found.status != 0 ? REPEATED_KEPT : REPEATED_ABANDONED;
    if (found.created_at + life <= now) {
        err = idempotent_answers_remove(txn.db, repeated->user_id, repeated->key, found.created_at,
                                        &removed);
        if (!err)
            err = txn_commit(&txn);
        return err ? err : ERR_BUSY;
    }
    if (!str_equal(found.fingerprint, repeated->fingerprint))
        return ERR_INVALID;
    if (found.status == 0)
        return ERR_CONFLICT;
    repeated->status = found.status;
    return unseal(w->shared->vault.answer_seal, arena, found.sealed, seal_context(repeated, arena),
                  &repeated->answer);
}

enum error repeated_begin(struct worker *w, struct repeated *repeated, usec now,
                          struct arena *arena)
{
    enum error err = ERR_BUSY;
    for (int i = 0; i < 3 && err == ERR_BUSY; i++)
        err = begin(w, repeated, now, arena);
    return err;
}

enum error repeated_end(struct worker *w, const struct repeated *repeated, struct arena *arena)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    bool removed;
    enum error err = txn_begin(w->db, &txn);
    if (!err && repeated->status != 0) {
        const struct idempotent_answer answer = {
            .user_id = repeated->user_id,
            .key = repeated->key,
            .status = repeated->status,
            .sealed = seal(w->shared->vault.answer_seal, arena, repeated->answer,
                           seal_context(repeated, arena)),
            .created_at = repeated->began_at,
        };
        err = idempotent_answers_finish(txn.db, &answer);
    } else if (!err) {
        err = idempotent_answers_remove(txn.db, repeated->user_id, repeated->key,
                                        repeated->began_at, &removed);
    }
    return err ? err : txn_commit(&txn);
}
