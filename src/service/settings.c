#include "service/settings.h"

#include "service/authority.h"
#include "service/guards.h"
#include "service/internal.h"
#include "service/organizations.h"
#include "service/shortening.h"
#include "store/organizations.h"

#define ATTEMPTS 5 /* at changing settings that others change at the same moment */

enum error settings_read(struct worker *w, const struct principal *who, int64_t organization_id,
                         struct token_settings *out)
{
    if (!is_member_of(who, organization_id))
        return ERR_FORBIDDEN;
    return token_settings_find(w->db, organization_id, out);
}

enum error settings_show(struct worker *w, const struct principal *who, int64_t organization_id,
                         struct arena *arena, struct shown_settings *out)
{
    *out = (struct shown_settings){.allowed_ips = STR("")};
    enum error err = settings_read(w, who, organization_id, &out->settings);
    return err ? err
               : token_settings_find_allowed_ips(w->db, organization_id, arena, &out->allowed_ips);
}

static enum error check(const struct settings_patch *patch, struct complaints *complaints)
{
    if (patch->has_ttl_days && (patch->ttl_days < 1 || patch->ttl_days > API_TOKEN_TTL_DAYS_MAX))
        complain(complaints, STR("api_token_ttl_days"),
                 STR("Must be a whole number from 1 to 73000 days."));
    if (patch->has_max_tokens && (patch->max_tokens < 0 || patch->max_tokens > 100000))
        complain(complaints, STR("max_tokens_per_user"),
                 STR("Must be a whole number from 0 (no limit) to 100000."));
    return complaints->count > 0 ? ERR_INVALID : OK;
}

static void apply(const struct settings_patch *patch, struct token_settings *settings)
{
    if (patch->has_api_tokens)
        settings->api_tokens_enabled = patch->api_tokens;
    if (patch->has_legacy_tokens)
        settings->legacy_api_tokens_enabled = patch->legacy_tokens;
    if (patch->has_api_keys)
        settings->api_keys_enabled = patch->api_keys;
    if (patch->has_direct_pat)
        settings->direct_pat_enabled = patch->direct_pat;
    if (patch->has_ttl_days)
        settings->api_token_ttl_days = patch->ttl_days;
    if (patch->has_max_tokens)
        settings->max_tokens_per_user = patch->max_tokens;
    if (patch->has_require_expiry)
        settings->require_expiry = patch->require_expiry;
}

static enum error note(struct worker *w, struct txn *txn, const struct principal *who,
                       int64_t organization_id, const struct shown_settings *old,
                       const struct shown_settings *new, usec now, struct arena *arena)
{
    const struct token_settings *a = &old->settings, *b = &new->settings;
    struct organization_row organization;
    struct audit_fact facts[8];
    size_t count = 0;
    enum error err = organizations_find(txn->db, organization_id, arena, &organization);
    if (err)
        return err;
    audit_compare(facts, &count, STR("api_tokens_enabled"), audit_switch(a->api_tokens_enabled),
                  audit_switch(b->api_tokens_enabled));
    audit_compare(facts, &count, STR("legacy_api_tokens_enabled"),
                  audit_switch(a->legacy_api_tokens_enabled),
                  audit_switch(b->legacy_api_tokens_enabled));
    audit_compare(facts, &count, STR("api_keys_enabled"), audit_switch(a->api_keys_enabled),
                  audit_switch(b->api_keys_enabled));
    audit_compare(facts, &count, STR("direct_pat_enabled"), audit_switch(a->direct_pat_enabled),
                  audit_switch(b->direct_pat_enabled));
    audit_compare(facts, &count, STR("api_token_ttl_days"),
                  audit_number(arena, a->api_token_ttl_days),
                  audit_number(arena, b->api_token_ttl_days));
    audit_compare(facts, &count, STR("max_tokens_per_user"),
                  audit_number(arena, a->max_tokens_per_user),
                  audit_number(arena, b->max_tokens_per_user));
    audit_compare(facts, &count, STR("require_expiry"), audit_switch(a->require_expiry),
                  audit_switch(b->require_expiry));
    audit_compare(facts, &count, STR("allowed_ips"), old->allowed_ips, new->allowed_ips);
    struct audit_event event = audit_about_organization(AUDIT_SETTINGS_CHANGED, organization_id,
                                                        organization.title, arena);
    event.facts = facts;
    event.fact_count = count;
    return count > 0 ? audit_note(w, txn, who, &event, now) : OK;
}

/* Inside a transaction. ERR_BUSY: an earlier limit has not reached every token yet. */
static enum error change_settings(struct worker *w, struct txn *txn, const struct principal *who,
                                  int64_t organization_id, const struct settings_patch *patch,
                                  str networks, usec now, struct arena *arena,
                                  struct shown_settings *out)
{
    struct shown_settings old = {.allowed_ips = STR("")}, new;
    struct shortening under_way = {0};
    /* two patches must not undo each other */
    enum error err = organizations_lock(txn->db, organization_id);
    if (!err)
        err = authority_hold(txn, who, organization_id);
    if (!err)
        err = token_settings_find(txn->db, organization_id, &old.settings);
    if (!err)
        err = token_settings_find_allowed_ips(txn->db, organization_id, arena, &old.allowed_ips);
    if (!err && patch->has_ttl_days) {
        err = token_settings_find_shortening(txn->db, organization_id, &under_way);
        err = err == ERR_NOT_FOUND ? OK : !err && under_way.to != 0 ? ERR_BUSY : err;
    }
    if (err)
        return err;
    new = old;
    apply(patch, &new.settings);
    new.settings.updated_at = now;
    if (patch->has_allowed_ips)
        new.allowed_ips = networks;
    new.settings.has_allowed_ips = !str_is_empty(new.allowed_ips);
    err = token_settings_save(txn->db, organization_id, &new.settings);
    if (!err && patch->has_allowed_ips)
        err = token_settings_set_allowed_ips(txn->db, organization_id, networks);
    if (!err && !w->shared->config->strict &&
        new.settings.api_token_ttl_days < old.settings.api_token_ttl_days)
        err = shortening_begin(txn, organization_id, new.settings.api_token_ttl_days, now);
    if (!err)
        err = note(w, txn, who, organization_id, &old, &new, now, arena);
    if (!err)
        *out = new;
    return err;
}

static enum error change_once(struct worker *w, const struct principal *who,
                              int64_t organization_id, const struct settings_patch *patch,
                              str networks, usec now, struct arena *arena,
                              struct shown_settings *out)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_ORGANIZATION, (uint64_t)organization_id);

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct shown_settings changed;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = change_settings(w, &txn, who, organization_id, patch, networks, now, arena, &changed);
    if (!err)
        err = change_commit(&change, &txn);
    if (!err)
        *out = changed;
    return err;
}

enum error settings_change(struct worker *w, const struct principal *who, int64_t organization_id,
                           const struct settings_patch *patch, usec now, struct arena *arena,
                           struct complaints *complaints, struct shown_settings *out)
{
    str networks = STR("");
    struct shown_settings changed;
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    if (patch->has_allowed_ips)
        guards_read_organization_addresses(who, organization_id, w->origin.address,
                                           patch->allowed_ips, patch->allowed_ip_count, arena,
                                           complaints, &networks);
    enum error err = check(patch, complaints);
    if (err)
        return err;
    int64_t before = 0;
    for (int i = 0; i < ATTEMPTS; i++) { /* an earlier limit reaches every token first */
        if (patch->has_ttl_days)
            err = shortening_finish(w, who, organization_id, now, &before);
        if (!err)
            err = change_once(w, who, organization_id, patch, networks, now, arena, &changed);
        if (err != ERR_BUSY)
            break;
    }
    if (!err && patch->has_ttl_days)
        err = shortening_finish(w, who, organization_id, now, &changed.shortened);
    if (!err)
        *out = changed;
    return err;
}
