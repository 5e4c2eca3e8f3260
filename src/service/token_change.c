#include "auth/guard.h"
#include "auth/scope.h"
#include "service/authority.h"
#include "service/internal.h"
#include "service/token_reach.h"

/* What guards a token may become narrower, never wider. */
static void check_narrower(const struct token_row *old, const struct token_row *row, usec now,
                           struct complaints *complaints)
{
    if (!scope_narrows(old->scopes, row->scopes))
        complain(complaints, STR("scopes"),
                 STR("Can only be narrowed: each scope must be one that the token has. Make a new "
                     "token for more."));
    if (!allowed_ips_narrow(old->allowed_ips, row->allowed_ips))
        complain(complaints, STR("allowed_ips"),
                 STR("Can only be narrowed: each network must lie within one that the token has. "
                     "Make a new token for more."));
    if (row->expires_at > old->expires_at)
        complain(complaints, STR("expires_at"),
                 STR("Can only be moved to an earlier time. Make a new token for a longer life."));
    else if (row->expires_at <= now)
        complain(complaints, STR("expires_at"),
                 STR("Must lie in the future; revoke the token to end it now."));
}

/* The row as it is to be. */
static struct token_row changed(struct worker *w, const struct token_row *old,
                                const struct token_patch *patch, struct arena *arena,
                                struct complaints *complaints)
{
    struct token_row row = *old;
    if (patch->has_name)
        row.name = patch->name;
    if (patch->has_scopes)
        check_scopes(w, patch->scopes, patch->scope_count, arena, complaints, &row.scopes);
    if (patch->has_allowed_ips)
        check_allowed_ips(patch->allowed_ips, patch->allowed_ip_count, arena, complaints,
                          &row.allowed_ips);
    if (patch->has_end) {
        row.expires_at = whole_second(patch->expires_at);
        if (row.kind == TOKEN_PAT && row.expires_at != old->expires_at && row.claimed_end == 0)
            row.claimed_end = old->expires_at;
    }
    return row;
}

static enum error note(struct worker *w, struct txn *txn, const struct principal *who,
                       const struct token_row *old, const struct token_row *row, usec now,
                       struct arena *arena)
{
    struct audit_fact facts[4];
    size_t count = 0;
    int64_t organization_id;
    audit_compare(facts, &count, STR("name"), old->name, row->name);
    audit_compare(facts, &count, STR("scopes"), old->scopes, row->scopes);
    audit_compare(facts, &count, STR("allowed_ips"), old->allowed_ips, row->allowed_ips);
    audit_compare(facts, &count, STR("expires_at"), audit_time(arena, old->expires_at),
                  audit_time(arena, row->expires_at));
    if (count == 0)
        return OK;
    enum error err = token_organization(txn->db, row->user_id, &organization_id);
    if (err)
        return err;
    struct audit_event event = token_event(AUDIT_TOKEN_CHANGED, row, organization_id);
    event.facts = facts;
    event.fact_count = count;
    return audit_note(w, txn, who, &event, now);
}

enum error token_change(struct worker *w, const struct principal *who, str id,
                        const struct token_patch *patch, usec now, struct arena *arena,
                        struct complaints *complaints, struct token_row *out)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct token_row old, row;
    struct subject ignored;
    if (patch->has_name)
        check_token_name(patch->name, complaints);
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = tokens_find(txn.db, id, arena, &old);
    if (!err)
        err = token_reach(txn.db, who, old.user_id);
    if (!err && old.user_id != 0)
        err = subject_hold(&txn, old.user_id, &ignored);
    if (!err)
        err = authority_over_tokens(&txn, who, old.user_id);
    if (!err) /* again: another change, which this one must not undo, may have been waited for */
        err = tokens_find(txn.db, id, arena, &old);
    if (err)
        return err;
    if (!token_row_lives(&old, now) || !str_is_empty(old.replaced_by))
        return old.expires_at <= now && old.revoked_at == 0 ? ERR_EXPIRED : ERR_REVOKED;
    row = changed(w, &old, patch, arena, complaints);
    if (complaints->count == 0)
        check_narrower(&old, &row, now, complaints);
    if (complaints->count > 0)
        return ERR_INVALID;
    change_of(&change, OWNER_TOKEN, (uint64_t)row.token_key);
    err = tokens_free_name(txn.db, row.user_id, row.name, now);
    if (!err)
        err = tokens_change(txn.db, &row);
    if (!err)
        err = note(w, &txn, who, &old, &row, now, arena);
    if (!err)
        err = change_commit(&change, &txn);
    if (!err)
        *out = row;
    return err;
}
