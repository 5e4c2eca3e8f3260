#include "service/tokens.h"

#include "service/authority.h"
#include "service/internal.h"
#include "service/token_reach.h"
#include "store/users.h"
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

static enum error note_created(struct worker *w, struct txn *txn, const struct principal *who,
                               const struct token_row *row, int64_t organization_id, usec now,
                               struct arena *arena)
{
    const struct audit_fact facts[] = {
        {STR("kind"), STR(""), token_kind_word(row->kind)},
        {STR("scopes"), STR(""), row->scopes},
        {STR("allowed_ips"), STR(""), row->allowed_ips},
        {STR("expires_at"), STR(""), audit_time(arena, row->expires_at)},
    };
    struct audit_event event = token_event(AUDIT_TOKEN_CREATED, row, organization_id);
    event.facts = facts;
    event.fact_count = COUNT_OF(facts);
    return audit_note(w, txn, who, &event, now);
}

/* What a token is made from, as far as it was found good. */
struct plan {
    const struct token_order *order;
    struct token_power power;
    str scopes, allowed_ips;
};

/* Inside a transaction. The settings are read there, so that a limit lowered meanwhile holds. */
static enum error create(struct worker *w, struct txn *txn, const struct principal *who,
                         int64_t user_id, const struct plan *plan, usec now, struct arena *arena,
                         struct complaints *complaints, struct new_token *out)
{
    struct subject subject;
    int64_t by = user_behind(who);
    enum error err = subject_hold(txn, user_id, &subject);
    if (!err)
        err = authority_over_tokens(txn, who, user_id);
    if (!err && !subject.is_active && who->kind != CREDENTIAL_OPERATOR)
        err = ERR_INACTIVE; /* since the request was let in: it would wait for the day he is back */
    if (err)
        return err;
    if (token_kind_is_off(w->shared, &subject, plan->order->kind))
        return ERR_KIND_OFF;
    struct token_draft draft = {
        .kind = plan->order->kind,
        .user_id = user_id,
        .name = plan->order->name,
        .scopes = plan->scopes,
        .allowed_ips = plan->allowed_ips,
        .made_by = by != user_id ? by : 0,
        .family = STR(""),
        .rotated_from = STR(""),
        .expires_at =
            check_token_end(plan->order, &subject.settings, token_limit_days(w->shared, &subject),
                            &plan->power, now, arena, complaints),
    };
    if (complaints->count > 0)
        return ERR_INVALID;
    err = tokens_free_name(txn->db, user_id, draft.name, now);
    if (!err)
        err = check_room(txn, &subject, now);
    if (!err)
        err = token_draft_make(w->shared, &draft, now, arena, out);
    if (!err)
        err = tokens_insert(txn->db, &out->row);
    return err ? err
               : note_created(w, txn, who, &out->row, subject.active_organization_id, now, arena);
}

/* Something is wrong already: what else is, so that the client hears of all at once. */
static enum error complain_of_the_rest(struct worker *w, int64_t user_id, const struct plan *plan,
                                       usec now, struct arena *arena, struct complaints *complaints)
{
    struct subject subject;
    enum error err = subjects_find(w->db, user_id, &subject);
    if (err)
        return err;
    (void)check_token_end(plan->order, &subject.settings, token_limit_days(w->shared, &subject),
                          &plan->power, now, arena, complaints);
    return ERR_INVALID;
}

enum error token_create(struct worker *w, const struct principal *who, int64_t user_id,
                        const struct token_order *order, usec now, struct arena *arena,
                        struct complaints *complaints, struct new_token *out)
{
    struct plan plan = {.order = order};
    enum error err = token_reach(w->db, who, user_id);
    if (!err)
        err = token_power_of(w, who, arena, &plan.power);
    if (err)
        return err;
    if (!order->name_is_bad)
        check_token_name(order->name, complaints);
    check_token_guards(w, order, &plan.power, arena, complaints, &plan.scopes, &plan.allowed_ips);
    if (complaints->count > 0)
        return complain_of_the_rest(w, user_id, &plan, now, arena, complaints);

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct new_token token;
    err = txn_begin(w->db, &txn);
    if (!err)
        err = create(w, &txn, who, user_id, &plan, now, arena, complaints, &token);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = token;
    return err;
}

enum error token_create_default(struct worker *w, const struct principal *who, usec now,
                                struct arena *arena, struct new_token *out)
{
    struct token_order order = {
        .kind = TOKEN_PAT, .name = STR(TOKEN_DEFAULT_NAME), .is_bare = true};
    struct plan plan = {.order = &order};
    struct complaints complaints = {0};
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct new_token token;
    int64_t living = 0;
    enum error err = token_power_of(w, who, arena, &plan.power);
    if (!err) {
        plan.scopes = plan.power.scopes;
        plan.allowed_ips = plan.power.allowed_ips;
        err = txn_begin(w->db, &txn);
    }
    if (!err && w->shared->config->strict) {
        struct subject subject;
        err = subject_hold(&txn, who->user_id, &subject);
        if (!err)
            err = tokens_count_living(txn.db, who->user_id, TOKEN_PAT, now, &living);
        if (!err && living > 0)
            err = ERR_CONFLICT;
    }
    if (!err)
        err = create(w, &txn, who, who->user_id, &plan, now, arena, &complaints, &token);
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

struct token_place token_place_of(enum token_sort sort, const struct token_row *row)
{
    struct token_place place = {.name = row->name, .id = row->id};
    switch (sort) {
    case TOKENS_BY_CREATION:
    case TOKENS_BY_CREATION_BACKWARDS:
        place.number = row->created_at;
        break;
    case TOKENS_BY_NAME:
    case TOKENS_BY_NAME_BACKWARDS:
        break;
    case TOKENS_BY_END:
    case TOKENS_BY_END_BACKWARDS:
        place.number = row->expires_at;
        break;
    case TOKENS_BY_LAST_USE:
    case TOKENS_BY_LAST_USE_BACKWARDS:
        place.number = row->last_used_at;
        break;
    }
    return place;
}

enum error token_page(struct worker *w, const struct principal *who, int64_t user_id,
                      const struct token_question *question, usec now, struct arena *arena,
                      struct token_list *out)
{
    enum error err = token_reach(w->db, who, user_id);
    if (err)
        return err;
    return tokens_page(w->db, user_id, question->kind, question->filter, question->sort,
                       &question->after, question->limit, now, arena, out);
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
        .expires_at = token_row_claimed_end(row),
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

enum error token_end_within(struct txn *txn, struct change *change, const struct token_row *row,
                            enum token_end_reason why, int64_t by, usec now, struct arena *arena)
{
    struct token_list family = {0};
    bool changed = false;
    change_of(change, OWNER_TOKEN, (uint64_t)row->token_key);
    enum error err = tokens_end(txn->db, row->id, why, by, now, &changed);
    if (!err && !changed)
        return ERR_REVOKED;
    if (!err && !str_is_empty(row->family)) /* else it has no predecessor */
        err = tokens_list_family(txn->db, row->family, now, arena, &family);
    for (size_t i = 0; !err && i < family.count; i++) {
        const struct token_row *other = &family.items[i];
        if (str_is_empty(other->replaced_by))
            continue; /* its successor: that one lives on */
        change_of(change, OWNER_TOKEN, (uint64_t)other->token_key);
        err = tokens_end(txn->db, other->id, why, by, now, &changed);
    }
    return err;
}

enum error token_end_family_within(struct txn *txn, struct change *change,
                                   const struct token_row *row, enum token_end_reason why,
                                   int64_t by, usec now, struct arena *arena, int64_t *ended)
{
    struct token_list family = {0};
    enum error err = OK;
    *ended = 0;
    if (row->user_id != 0)
        err = users_lock(txn->db, row->user_id); /* against a rotation meanwhile */
    if (!err)
        err = tokens_list_family(txn->db, token_row_family(row), now, arena, &family);
    for (size_t i = 0; !err && i < family.count; i++) {
        bool changed = false;
        change_of(change, OWNER_TOKEN, (uint64_t)family.items[i].token_key);
        err = tokens_end(txn->db, family.items[i].id, why, by, now, &changed);
        *ended += changed;
    }
    return err;
}

enum error token_end(struct worker *w, const struct principal *who, const struct token_row *row,
                     enum token_end_reason why, usec now, struct arena *arena)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);

    CLEANUP(txn_rollback) struct txn txn = {0};
    int64_t organization_id = 0;
    if (!token_row_lives(row, now) && !str_is_empty(row->replaced_by) && row->revoked_at == 0)
        return ERR_REVOKED; /* its grace is over */
    enum error err = txn_begin(w->db, &txn);
    if (!err && why == ENDED_BY_ADMINISTRATOR)
        err = authority_over_tokens(&txn, who, row->user_id);
    if (!err)
        err = token_end_within(&txn, &change, row, why, user_behind(who), now, arena);
    if (!err)
        err = token_organization(txn.db, row->user_id, &organization_id);
    if (!err) {
        const struct audit_fact fact = {STR("reason"), STR(""), token_end_reason_word(why)};
        struct audit_event event = token_event(
            why == ENDED_LEAKED ? AUDIT_TOKEN_LEAKED : AUDIT_TOKEN_REVOKED, row, organization_id);
        event.facts = &fact;
        event.fact_count = 1;
        err = audit_note(w, &txn, who, &event, now);
    }
    return err ? err : change_commit(&change, &txn);
}

enum error token_revoke(struct worker *w, const struct principal *who, str id, usec now,
                        struct arena *arena)
{
    struct token_row row;
    enum error err = token_show(w, who, id, arena, &row);
    return err ? err : token_end(w, who, &row, end_reason(who, row.user_id), now, arena);
}
