#include "service/settings.h"

#include "cluster/change.h"
#include "service/organizations.h"
#include "store/organizations.h"

enum error settings_read(struct worker *w, const struct principal *who, int64_t organization_id,
                         struct token_settings *out)
{
    if (!is_member_of(who, organization_id))
        return ERR_FORBIDDEN;
    return token_settings_find(w->db, organization_id, out);
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
}

enum error settings_change(struct worker *w, const struct principal *who, int64_t organization_id,
                           const struct settings_patch *patch, usec now,
                           struct complaints *complaints, struct token_settings *out)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    enum error err = check(patch, complaints);
    if (err)
        return err;

    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_ORGANIZATION, (uint64_t)organization_id);

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct token_settings settings;
    err = txn_begin(w->db, &txn);
    if (!err)
        err =
            organizations_lock(txn.db, organization_id); /* two patches must not undo each other */
    if (!err)
        err = token_settings_find(txn.db, organization_id, &settings);
    if (!err) {
        apply(patch, &settings);
        settings.updated_at = now;
        err = token_settings_save(txn.db, organization_id, &settings);
    }
    if (!err)
        err = change_commit(&change, &txn);
    if (!err)
        *out = settings;
    return err;
}
