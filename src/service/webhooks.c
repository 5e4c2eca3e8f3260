#include "service/webhooks.h"

#include "crypto/random.h"
#include "service/audit.h"
#include "service/audit_read.h"
#include "service/authority.h"
#include "service/organizations.h"
#include "service/webhook_address.h"
#include "service/webhook_queue.h"
#include "service/webhook_secret.h"

#define ID_CHARACTERS 22

static bool is_operator(const struct principal *who)
{
    return principal_is_somebody(who) && who->kind == CREDENTIAL_OPERATOR;
}

static str new_id(struct arena *arena)
{
    str letters = STR("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    return ARENA_JOIN(arena, STR("wh_"), random_text(arena, letters, ID_CHARACTERS));
}

static void check_events(str events, struct arena *arena, struct complaints *complaints)
{
    struct str_pieces pieces = str_pieces(events, ' ');
    str piece, pattern;
    size_t count = 0;
    while (str_next_piece(&pieces, &piece)) {
        count++;
        if (str_equal(piece, STR("*")) || !audit_event_pattern(piece, arena, &pattern))
            continue;
        complain(complaints, STR("events"),
                 ARENA_JOIN(arena, STR("There is no event \""), str_slice(piece, 0, 64),
                            STR("\"; one is named as token.created, token.* for all of a kind, or "
                                "* for all.")));
        return;
    }
    if (count > WEBHOOK_EVENTS_MAX)
        complain(complaints, STR("events"), STR("Must be at most 64 names."));
}

static enum error check(const struct worker *w, const struct principal *who,
                        const struct webhook_patch *patch, struct arena *arena,
                        struct complaints *complaints)
{
    str problem;
    bool may_be_private = is_operator(who) || w->shared->config->webhook_private_addresses;
    if (patch->has_url && webhook_url_check(patch->url, may_be_private, arena, &problem))
        complain(complaints, STR("url"), problem);
    if (patch->has_events)
        check_events(patch->events, arena, complaints);
    if (patch->has_description &&
        (!str_is_utf8(patch->description) || str_has_control(patch->description) ||
         str_utf8_length(patch->description) > WEBHOOK_DESCRIPTION_MAX))
        complain(complaints, STR("description"),
                 STR("Must be a text of at most 200 characters without control characters."));
    return complaints->count > 0 ? ERR_INVALID : OK;
}

static struct audit_event event_of(enum audit_kind kind, const struct webhook_row *row,
                                   struct arena *arena)
{
    return (struct audit_event){.kind = kind,
                                .organization_id = row->organization_id,
                                .subject_kind = STR("webhook"),
                                .subject_id = row->id,
                                .subject_name = webhook_url_shown(row->url, arena)};
}

static enum error note(struct worker *w, struct txn *txn, const struct principal *who,
                       enum audit_kind kind, const struct webhook_row *row,
                       const struct audit_fact *facts, size_t count, usec now)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct audit_event event = event_of(kind, row, &arena);
    event.facts = facts;
    event.fact_count = count;
    return audit_note(w, txn, who, &event, now);
}

enum error webhook_add(struct worker *w, const struct principal *who, int64_t organization_id,
                       const struct webhook_patch *order, usec now, struct arena *arena,
                       struct complaints *complaints, struct webhook_made *out)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    if (!order->has_url)
        complain(complaints, STR("url"), STR("Must be given."));
    enum error err = check(w, who, order, arena, complaints);
    if (err)
        return err;
    struct webhook_made made = {.secret = webhook_secret_new(arena)};
    made.row =
        (struct webhook_row){.id = new_id(arena),
                             .organization_id = organization_id,
                             .url = order->url,
                             .events = order->has_events ? order->events : STR("*"),
                             .description = order->has_description ? order->description : STR(""),
                             .is_enabled = order->has_is_enabled ? order->is_enabled : true,
                             .created_at = now,
                             .created_by = who->user_id};
    made.row.sealed = webhook_secret_seal(w->shared, made.row.id, made.secret, STR(""), 0, arena);
    const struct audit_fact facts[] = {
        {STR("url"), STR(""), webhook_url_shown(made.row.url, arena)},
        {STR("events"), STR(""), made.row.events}};

    CLEANUP(txn_rollback) struct txn txn = {0};
    int64_t count = 0;
    err = txn_begin(w->db, &txn);
    if (!err)
        err = organizations_lock(txn.db, organization_id);
    if (!err)
        err = authority_hold(&txn, who, organization_id);
    if (!err)
        err = webhooks_count(txn.db, organization_id, &count);
    if (!err && count >= WEBHOOKS_MAX)
        err = ERR_LIMIT;
    if (!err)
        err = webhooks_insert(txn.db, &made.row);
    if (!err)
        err = note(w, &txn, who, AUDIT_WEBHOOK_CREATED, &made.row, facts, COUNT_OF(facts), now);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = made;
    return err;
}

enum error webhook_list(struct worker *w, const struct principal *who, int64_t organization_id,
                        struct arena *arena, struct webhook_list *out)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    return webhooks_list(w->db, organization_id, arena, out);
}

/* On a connection or inside a transaction. */
static enum error find(struct db *db, const struct principal *who, int64_t organization_id, str id,
                       struct arena *arena, struct webhook_row *out)
{
    if (!is_operator(who) && !may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    enum error err = webhooks_find(db, id, arena, out);
    if (err)
        return err;
    bool is_its =
        organization_id == out->organization_id || (organization_id == 0 && is_operator(who));
    return is_its ? OK : ERR_NOT_FOUND;
}

enum error webhook_show(struct worker *w, const struct principal *who, int64_t organization_id,
                        str id, struct arena *arena, struct webhook_row *out)
{
    return find(w->db, who, organization_id, id, arena, out);
}

enum error webhook_last_delivery(struct worker *w, const struct webhook_row *webhook,
                                 struct arena *arena, struct delivery_row *out)
{
    return deliveries_last(w->db, webhook->id, arena, out);
}

/* The webhook, with its organization's row held: changes follow one another. */
static enum error begin(struct worker *w, struct txn *txn, const struct principal *who,
                        int64_t organization_id, str id, struct arena *arena,
                        struct webhook_row *out)
{
    enum error err = find(w->db, who, organization_id, id, arena, out);
    if (!err)
        err = txn_begin(w->db, txn);
    if (!err)
        err = organizations_lock(txn->db, out->organization_id);
    if (!err)
        err = authority_hold(txn, who, out->organization_id);
    if (!err)
        err = find(txn->db, who, organization_id, id, arena, out);
    return err;
}

static size_t apply(const struct webhook_patch *patch, struct webhook_row *row, struct arena *arena,
                    struct audit_fact facts[4])
{
    size_t count = 0;
    struct webhook_row before = *row;
    if (patch->has_url)
        row->url = patch->url;
    if (patch->has_events)
        row->events = patch->events;
    if (patch->has_description)
        row->description = patch->description;
    if (patch->has_is_enabled)
        row->is_enabled = patch->is_enabled;
    if (!str_equal(before.url, row->url)) /* noted too when only what is not shown has changed */
        facts[count++] = (struct audit_fact){STR("url"), webhook_url_shown(before.url, arena),
                                             webhook_url_shown(row->url, arena)};
    audit_compare(facts, &count, STR("events"), before.events, row->events);
    audit_compare(facts, &count, STR("description"), before.description, row->description);
    audit_compare(facts, &count, STR("is_enabled"), audit_switch(before.is_enabled),
                  audit_switch(row->is_enabled));
    return count;
}

enum error webhook_change(struct worker *w, const struct principal *who, int64_t organization_id,
                          str id, const struct webhook_patch *patch, usec now, struct arena *arena,
                          struct complaints *complaints, struct webhook_row *out)
{
    struct audit_fact facts[4];
    struct webhook_row row;
    size_t count = 0;
    if (!is_operator(who) && !may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    enum error err = check(w, who, patch, arena, complaints);
    if (err)
        return err;
    CLEANUP(txn_rollback) struct txn txn = {0};
    err = begin(w, &txn, who, organization_id, id, arena, &row);
    if (!err) {
        bool was_enabled = row.is_enabled;
        count = apply(patch, &row, arena, facts);
        err = webhooks_update(txn.db, &row);
        if (!err && row.is_enabled && !was_enabled) {
            row.failing_since = 0; /* a new beginning */
            err = webhooks_set_failing(txn.db, row.id, 0);
        }
    }
    if (!err && count > 0)
        err = note(w, &txn, who, AUDIT_WEBHOOK_CHANGED, &row, facts, count, now);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = row;
    return err;
}

enum error webhook_remove(struct worker *w, const struct principal *who, int64_t organization_id,
                          str id, usec now, struct arena *arena)
{
    struct webhook_row row;
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = begin(w, &txn, who, organization_id, id, arena, &row);
    if (!err)
        err = webhooks_delete(txn.db, row.id);
    if (!err)
        err = note(w, &txn, who, AUDIT_WEBHOOK_DELETED, &row, NULL, 0, now);
    return err ? err : txn_commit(&txn);
}

enum error webhook_renew_secret(struct worker *w, const struct principal *who,
                                int64_t organization_id, str id, usec now, struct arena *arena,
                                str *secret)
{
    const struct audit_fact fact = {STR("secret"), STR("the one before"), STR("a new one")};
    struct webhook_secrets old;
    struct webhook_row row;
    str made = webhook_secret_new(arena);
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = begin(w, &txn, who, organization_id, id, arena, &row);
    if (!err)
        err = webhook_secret_open(w->shared, row.id, row.sealed, now, arena, &old);
    if (!err) {
        row.sealed = webhook_secret_seal(w->shared, row.id, made, old.secret,
                                         now + WEBHOOK_SECRET_OVERLAP, arena);
        err = webhooks_update(txn.db, &row);
    }
    if (!err)
        err = note(w, &txn, who, AUDIT_WEBHOOK_CHANGED, &row, &fact, 1, now);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *secret = made;
    return err;
}

enum error webhook_test(struct worker *w, const struct principal *who, int64_t organization_id,
                        str id, usec now, struct arena *arena, str *delivery_id)
{
    struct webhook_row row;
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = begin(w, &txn, who, organization_id, id, arena, &row);
    if (!err && !row.is_enabled)
        err = ERR_CONFLICT;
    if (!err)
        err = webhook_queue_test(&txn, &row, now, arena, delivery_id);
    return err ? err : txn_commit(&txn);
}

enum error webhook_deliveries(struct worker *w, const struct principal *who,
                              int64_t organization_id, str id, usec before_created_at,
                              str before_id, int64_t limit, struct arena *arena,
                              struct delivery_list *out)
{
    struct webhook_row row;
    enum error err = find(w->db, who, organization_id, id, arena, &row);
    return err ? err
               : deliveries_list(w->db, row.id, before_created_at, before_id, limit, arena, out);
}

enum error webhook_disable(struct worker *w, struct txn *txn, struct webhook_row *webhook, str why,
                           usec now)
{
    const struct audit_fact facts[] = {{STR("is_enabled"), audit_switch(true), audit_switch(false)},
                                       {STR("reason"), STR(""), why}};
    webhook->is_enabled = false;
    enum error err = webhooks_update(txn->db, webhook);
    return err ? err
               : note(w, txn, NULL, AUDIT_WEBHOOK_CHANGED, webhook, facts, COUNT_OF(facts), now);
}
