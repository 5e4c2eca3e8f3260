#include "service/bulk_revoke.h"

#include "service/authority.h"
#include "service/internal.h"
#include "service/organizations.h"
#include "service/token_reach.h"
#include "service/usage.h"
#include "store/legacy_tokens.h"
#include "store/members.h"
#include "store/users.h"

#define USERS_AT_ONCE 500

/* One piece of work, and how far it has come. */
struct sweep {
    struct worker *w;
    const struct principal *who;
    const struct revoke_order *order;
    usec now;
    int64_t *revoked;
};

static bool names_legacy(const struct revoke_order *order)
{
    return order->legacy || (order->user_id != 0 && order->kind == 0 && order->unused_days == 0 &&
                             order->id_count == 0);
}

static enum error check(const struct principal *who, const struct revoke_order *order,
                        struct complaints *complaints)
{
    if (order->organization_id == 0 ? who->kind != CREDENTIAL_OPERATOR
                                    : !may_administer(who, order->organization_id))
        return ERR_FORBIDDEN;
    if (order->id_count > REVOKE_IDS_MAX)
        complain(complaints, STR("ids"), STR("Must not be more than 200; send several requests."));
    if (order->unused_days < 0 || order->unused_days > UNUSED_DAYS_MAX)
        complain(complaints, STR("unused_days"),
                 STR("Must be a whole number of days from 1 to 36500."));
    if (order->id_count == 0 && order->user_id == 0 && order->kind == 0 && !order->legacy &&
        order->unused_days == 0)
        complain(complaints, STR(""),
                 STR("Say which tokens: ids, user_id, kind or unused_days, or several."));
    return complaints->count > 0 ? ERR_INVALID : OK;
}

/* ERR_NOT_FOUND: the user is out of reach, hence left alone. */
static enum error reach(const struct sweep *s, int64_t user_id)
{
    struct member_row member;
    enum error err = token_reach(s->w->db, s->who, user_id);
    if (!err && s->order->organization_id != 0 && s->who->kind == CREDENTIAL_OPERATOR)
        err = members_find(s->w->db, user_id, s->order->organization_id, &member);
    return err;
}

static enum token_end_reason reason(const struct sweep *s, int64_t user_id)
{
    if (s->order->why != 0)
        return s->order->why;
    return s->order->unused_days > 0 ? ENDED_UNUSED : end_reason(s->who, user_id);
}

static enum error note(const struct sweep *s, struct txn *txn, const struct token_row *row,
                       int64_t organization_id)
{
    const struct audit_fact fact = {STR("reason"), STR(""),
                                    token_end_reason_word(reason(s, row->user_id))};
    struct audit_event event = token_event(AUDIT_TOKEN_REVOKED, row, organization_id);
    event.facts = &fact;
    event.fact_count = 1;
    return audit_note(s->w, txn, s->who, &event, s->now);
}

/* At most REVOKED_AT_ONCE of them in one transaction; those that ended meanwhile do not count. */
static enum error end_some(const struct sweep *s, const struct token_row *rows, size_t count,
                           struct arena *arena)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, s->w->shared->page, s->now);

    CLEANUP(txn_rollback) struct txn txn = {0};
    bool *was_ended = arena_alloc(arena, count * sizeof(*was_ended));
    int64_t ended = 0, organization_id = s->order->organization_id;
    enum error err = txn_begin(s->w->db, &txn);
    if (!err && s->order->organization_id != 0)
        err = authority_hold(&txn, s->who, s->order->organization_id);
    for (size_t i = 0; !err && i < count; i++) {
        err = token_end_within(&txn, &change, &rows[i], reason(s, rows[i].user_id),
                               user_behind(s->who), s->now, arena);
        was_ended[i] = !err;
        ended += !err;
        if (err == ERR_REVOKED)
            err = OK;
    }
    for (size_t i = 0; !err && i < count; i++) { /* notes come last, see audit_note */
        if (!was_ended[i])
            continue;
        if (s->order->organization_id == 0)
            err = token_organization(txn.db, rows[i].user_id, &organization_id);
        if (!err)
            err = note(s, &txn, &rows[i], organization_id);
    }
    if (!err)
        err = change_commit(&change, &txn);
    if (!err)
        *s->revoked += ended;
    return err;
}

static enum error end_list(const struct sweep *s, const struct token_row *rows, size_t count,
                           struct arena *arena)
{
    enum error err = OK;
    for (size_t i = 0; !err && i < count; i += REVOKED_AT_ONCE) {
        size_t left = count - i;
        if (s->order->dry_run)
            *s->revoked += (int64_t)(left < REVOKED_AT_ONCE ? left : REVOKED_AT_ONCE);
        else
            err = end_some(s, rows + i, left < REVOKED_AT_ONCE ? left : REVOKED_AT_ONCE, arena);
    }
    return err;
}

/* Without those of users whom `who` does not reach; the rows are in order of users. */
static enum error drop_unreached(const struct sweep *s, struct token_list *list)
{
    size_t kept = 0;
    int64_t user_id = 0;
    enum error reached = OK;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].user_id != user_id || i == 0) {
            user_id = list->items[i].user_id;
            reached = reach(s, user_id);
            if (reached && reached != ERR_NOT_FOUND)
                return reached;
        }
        if (!reached)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    return OK;
}

static enum error end_legacy(const struct sweep *s, int64_t user_id, struct arena *arena)
{
    struct legacy_token_row row;
    struct user_row user;
    enum error err = reach(s, user_id);
    if (!err)
        err = legacy_tokens_find(s->w->db, user_id, arena, &row);
    if (!err && !s->order->dry_run) {
        CLEANUP(change_end) struct change change;
        change_init(&change, s->w->shared->page, s->now);
        change_of(&change, OWNER_USER, (uint64_t)user_id);
        CLEANUP(txn_rollback) struct txn txn = {0};
        err = txn_begin(s->w->db, &txn);
        if (!err)
            err = users_lock(txn.db, user_id);
        if (!err)
            err = authority_over_tokens(&txn, s->who, user_id);
        if (!err)
            err = users_find(txn.db, user_id, arena, &user);
        if (!err) /* a new one is made when its owner next looks at it */
            err = legacy_tokens_delete(txn.db, user_id);
        if (!err) {
            struct audit_event event = audit_about_user(
                AUDIT_LEGACY_TOKEN_RESET, user.active_organization_id, user_id, user.email, arena);
            err = audit_note(s->w, &txn, s->who, &event, s->now);
        }
        if (!err)
            err = change_commit(&change, &txn);
    }
    if (!err)
        *s->revoked += 1;
    return err == ERR_NOT_FOUND ? OK : err;
}

/* The users with after < id <= up_to. */
static enum error sweep_users(const struct sweep *s, int64_t after, int64_t up_to,
                              struct arena *arena)
{
    struct token_list list = {0};
    struct legacy_token_list legacy = {0};
    struct token_choice choice = {
        .organization_id = s->order->organization_id,
        .after = after,
        .up_to = up_to,
        .kind = s->order->kind ? (int64_t)s->order->kind : ANY_KIND,
        .unused_since = s->order->unused_days ? s->now - DAYS(s->order->unused_days) : 0,
    };
    enum error err = OK;
    if (!s->order->legacy)
        err = tokens_choose(s->w->db, &choice, s->now, arena, &list);
    if (!err)
        err = drop_unreached(s, &list);
    if (!err)
        err = end_list(s, list.items, list.count, arena);
    if (!err && names_legacy(s->order))
        err = legacy_tokens_list_between(s->w->db, after, up_to, arena, &legacy);
    for (size_t i = 0; !err && i < legacy.count; i++) {
        struct subject subject;
        err = subjects_find(s->w->db, legacy.items[i].user_id, &subject);
        if (!err && (s->order->organization_id == 0 ||
                     subject.active_organization_id == s->order->organization_id))
            err = end_legacy(s, legacy.items[i].user_id, arena);
    }
    return err;
}

static enum error sweep_everybody(const struct sweep *s)
{
    struct arena arena = {0};
    int64_t after = INT64_MIN + 1, up_to;
    enum error err = OK;
    while (!err) {
        err = users_find_step(s->w->db, s->order->organization_id, after, USERS_AT_ONCE, &up_to);
        if (!err)
            err = sweep_users(s, after, up_to, &arena);
        if (!err)
            after = up_to;
        arena_reset(&arena);
    }
    arena_release(&arena);
    return err == ERR_NOT_FOUND ? OK : err;
}

static bool fits(const struct sweep *s, const struct token_row *row)
{
    return token_row_lives(row, s->now) &&
           (s->order->user_id == 0 || row->user_id == s->order->user_id) &&
           (s->order->kind == 0 || row->kind == s->order->kind);
}

static enum error sweep_ids(const struct sweep *s, struct arena *arena)
{
    struct token_row rows[REVOKE_IDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < s->order->id_count; i++) {
        struct token_row row;
        enum error err = tokens_find(s->w->db, s->order->ids[i], arena, &row);
        if (!err && !fits(s, &row))
            err = ERR_NOT_FOUND;
        if (!err)
            err = reach(s, row.user_id);
        if (!err)
            rows[count++] = row;
        else if (err != ERR_NOT_FOUND)
            return err;
    }
    return end_list(s, rows, count, arena);
}

enum error tokens_revoke_many(struct worker *w, const struct principal *who,
                              const struct revoke_order *order, usec now, struct arena *arena,
                              struct complaints *complaints, int64_t *revoked)
{
    const struct sweep s = {.w = w, .who = who, .order = order, .now = now, .revoked = revoked};
    *revoked = 0;
    enum error err = check(who, order, complaints);
    if (err)
        return err;
    if (order->unused_days > 0)
        usage_flush_now(w->shared); /* what was used just now is not unused */
    if (order->id_count > 0)
        return sweep_ids(&s, arena);
    if (order->user_id == 0)
        return sweep_everybody(&s);
    err = reach(&s, order->user_id);
    return err ? err : sweep_users(&s, order->user_id - 1, order->user_id, arena);
}
