#include "service/dead_token.h"

#include "base/log.h"
#include "service/internal.h"
#include "store/users.h"

static enum error note(struct worker *w, struct txn *txn, const struct token_row *row,
                       int64_t ended, usec now, struct arena *arena)
{
    static const struct principal nobody;
    int64_t organization_id;
    enum error err = token_organization(txn->db, row->user_id, &organization_id);
    if (err)
        return err;
    struct audit_event event = token_event(
        ended > 0 ? AUDIT_TOKEN_REUSE_DETECTED : AUDIT_TOKEN_DEAD_USED, row, organization_id);
    const struct audit_fact fact = {STR("ended_tokens"), STR(""), audit_number(arena, ended)};
    event.facts = &fact;
    event.fact_count = ended > 0 ? 1 : 0;
    return audit_note(w, txn, &nobody, &event, now);
}

static enum error shown(struct worker *w, str id, usec now, struct arena *arena)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct token_row row;
    bool is_first = false;
    int64_t ended = 0;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = tokens_find(txn.db, id, arena, &row);
    if (!err && row.user_id != 0)
        err = users_lock(txn.db, row.user_id); /* against a rotation of its successor */
    if (!err)
        err = tokens_note_dead(txn.db, id, now, &is_first);
    if (err || !is_first)
        return err;
    if (token_row_is_rotated_away(&row, now))
        err = token_end_family_within(&txn, &change, &row, ENDED_REUSED, 0, now, arena, &ended);
    if (!err)
        err = note(w, &txn, &row, ended, now, arena);
    return err ? err : change_commit(&change, &txn);
}

void token_dead_shown(struct worker *w, str id, usec now)
{
    if (str_is_empty(id) || w->shared->config->strict)
        return;
    struct arena arena = {0};
    enum error err = shown(w, id, now, &arena);
    if (err)
        log_error("that an ended token was shown could not be noted: %s", error_name(err));
    arena_release(&arena);
}
