#include "service/tokens.h"

#include "cluster/change.h"
#include "service/internal.h"
#include "service/token_reach.h"
#include "store/subjects.h"
#include "token/key_ring.h"
#include "token/pat.h"

/* With the user's row held: the rules that span his other tokens. */
static enum error check_room(struct txn *txn, const struct subject *subject, usec now)
{
    int64_t living;
    if (subject->settings.max_tokens_per_user == 0)
        return OK;
    enum error err = tokens_count_living(txn->db, subject->user_id, ANY_KIND, now, &living);
    if (err)
        return err;
    return living < subject->settings.max_tokens_per_user ? OK : ERR_LIMIT;
}

/* Inside a transaction. The settings are read there, so that a limit lowered meanwhile holds. */
static enum error create(struct worker *w, struct txn *txn, int64_t user_id,
                         const struct token_order *order, usec now, struct arena *arena,
                         struct complaints *complaints, struct new_token *out)
{
    struct subject subject;
    enum error err = users_lock(txn->db, user_id);
    if (!err)
        err = subjects_find(txn->db, user_id, &subject);
    if (err)
        return err;
    if (token_kind_is_off(w->shared, &subject, order->kind))
        return ERR_KIND_OFF;
    struct token_draft draft = {.kind = order->kind, .user_id = user_id, .name = order->name};
    draft.expires_at =
        check_token_end(order, token_limit_days(w->shared, &subject), now, arena, complaints);
    if (complaints->count > 0)
        return ERR_INVALID;
    err = tokens_free_names(txn->db, user_id, now);
    if (!err)
        err = check_room(txn, &subject, now);
    if (!err)
        err = token_draft_make(w->shared, &draft, now, arena, out);
    return err ? err : tokens_insert(txn->db, &out->row);
}

enum error token_create(struct worker *w, const struct principal *who, int64_t user_id,
                        const struct token_order *order, usec now, struct arena *arena,
                        struct complaints *complaints, struct new_token *out)
{
    enum error err = token_reach(w->db, who, user_id);
    if (err)
        return err;
    check_token_name(order->name, complaints);
    if (complaints->count > 0)
        return ERR_INVALID;

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct new_token token;
    err = txn_begin(w->db, &txn);
    if (!err)
        err = create(w, &txn, user_id, order, now, arena, complaints, &token);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = token;
    return err;
}

enum error token_create_default(struct worker *w, const struct principal *who, usec now,
                                struct arena *arena, struct new_token *out)
{
    struct token_order order = {.kind = TOKEN_PAT, .name = STR(TOKEN_DEFAULT_NAME)};
    struct complaints complaints = {0};
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct new_token token;
    int64_t living = 0;
    enum error err = txn_begin(w->db, &txn);
    if (!err && w->shared->config->strict) {
        err = users_lock(txn.db, who->user_id);
        if (!err)
            err = tokens_count_living(txn.db, who->user_id, TOKEN_PAT, now, &living);
        if (!err && living > 0)
            err = ERR_CONFLICT;
    }
    if (!err)
        err = create(w, &txn, who->user_id, &order, now, arena, &complaints, &token);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = token;
    return err;
}

enum error token_list(struct worker *w, const struct principal *who, int64_t user_id, int64_t kind,
                      struct token_cursor after, int64_t limit, usec now, struct arena *arena,
                      struct token_list *out)
{
    enum error err = token_reach(w->db, who, user_id);
    if (err)
        return err;
    return tokens_list_living(w->db, user_id, kind, now, after.created_at, after.id, limit, arena,
                              out);
}

enum error token_show(struct worker *w, const struct principal *who, str id, struct arena *arena,
                      struct token_row *out)
{
    struct token_row row;
    enum error err = tokens_find(w->db, id, arena, &row);
    if (!err)
        err = token_reach(w->db, who, row.user_id);
    if (!err)
        *out = row;
    return err;
}

str token_unsigned_text(struct worker *w, const struct token_row *row, struct arena *arena)
{
    if (!str_is_empty(row->unsigned_text))
        return row->unsigned_text;
    const struct signing_key *key = key_ring_find(w->shared->keys, row->kid);
    struct pat pat = {
        .jti = row->id,
        .user_id = row->user_id,
        .issued_at = row->issued_at,
        .expires_at = row->expires_at,
        .user_id_json = STR(""),
        .extra = STR(""),
        .missing = STR(""),
    };
    str text = STR("");
    enum error err =
        pat_write_unsigned(&pat, key ? key->algorithm : JWT_HS256, row->kid, arena, &text);
    return err ? STR("")
               : text; /* a jti that JSON would have to escape: it has a text of its own */
}

enum error token_rename(struct worker *w, const struct principal *who, str id, str name, usec now,
                        struct arena *arena, struct complaints *complaints)
{
    struct token_row row;
    check_token_name(name, complaints);
    if (complaints->count > 0)
        return ERR_INVALID;
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = tokens_find(txn.db, id, arena, &row);
    if (!err)
        err = token_reach(txn.db, who, row.user_id);
    if (!err)
        err = tokens_free_names(txn.db, row.user_id, now);
    if (!err)
        row.name = name, err = tokens_change(txn.db, &row);
    return err ? err : txn_commit(&txn);
}

enum error token_end(struct worker *w, const struct token_row *row, usec now)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_TOKEN, (uint64_t)row->token_key);

    CLEANUP(txn_rollback) struct txn txn = {0};
    bool changed = false;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = tokens_revoke(txn.db, row->id, now, &changed);
    if (!err && !changed)
        err = ERR_REVOKED;
    return err ? err : change_commit(&change, &txn);
}

enum error token_revoke(struct worker *w, const struct principal *who, str id, usec now,
                        struct arena *arena)
{
    struct token_row row;
    enum error err = token_show(w, who, id, arena, &row);
    return err ? err : token_end(w, &row, now);
}

enum error token_succeed(struct worker *w, const struct token_row *old, usec now,
                         struct arena *arena, struct new_token *out)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_TOKEN, (uint64_t)old->token_key);

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct subject subject;
    struct new_token token;
    bool changed = false;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = users_lock(txn.db, old->user_id);
    if (!err)
        err = subjects_find(txn.db, old->user_id, &subject);
    if (!err && token_kind_is_off(w->shared, &subject, old->kind))
        err = ERR_KIND_OFF;
    if (!err)
        err = tokens_revoke(txn.db, old->id, now, &changed);
    if (!err && !changed)
        err = ERR_REVOKED;
    if (!err) {
        usec life =
            old->issued_at != 0 ? old->expires_at - old->issued_at : DAYS(API_TOKEN_TTL_DAYS_MAX);
        usec limit = DAYS(token_limit_days(w->shared, &subject));
        struct token_draft draft = {.kind = old->kind,
                                    .user_id = old->user_id,
                                    .name = old->name,
                                    .expires_at =
                                        whole_second(now) + (life < limit ? life : limit)};
        err = token_draft_make(w->shared, &draft, now, arena, &token);
    }
    if (!err)
        err = tokens_insert(txn.db, &token.row);
    if (!err)
        err = change_commit(&change, &txn);
    if (!err)
        *out = token;
    return err;
}

enum error token_rotate(struct worker *w, const struct principal *who, str id, usec now,
                        struct arena *arena, struct new_token *out)
{
    struct token_row row;
    enum error err = token_show(w, who, id, arena, &row);
    if (err)
        return err;
    if (row.revoked_at != 0)
        return ERR_REVOKED;
    if (row.expires_at <= now)
        return ERR_EXPIRED;
    return token_succeed(w, &row, now, arena, out);
}
