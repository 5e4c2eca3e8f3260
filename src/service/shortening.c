#include "service/shortening.h"

#include "cluster/change.h"
#include "service/internal.h"
#include "store/organizations.h"
#include "store/users.h"

#define USERS_AT_ONCE 500 /* some hundreds of tokens, a few milliseconds */

enum error shortening_begin(struct txn *txn, int64_t organization_id, int64_t limit_days, usec now)
{
    const struct shortening shortening = {.to = whole_second(now) + DAYS(limit_days)};
    return token_settings_set_shortening(txn->db, organization_id, &shortening);
}

/* The tokens of some users; *after is moved behind them. ERR_NOT_FOUND: there are no more. */
static enum error step(struct worker *w, int64_t organization_id, usec to, int64_t *after, usec now)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct shortening shortening;
    struct token_settings settings;
    int64_t up_to, changed;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = organizations_lock(txn.db, organization_id);
    if (!err)
        err = token_settings_find(txn.db, organization_id, &settings);
    if (!err)
        err = token_settings_find_shortening(txn.db, organization_id, &shortening);
    if (!err && shortening.to != to)
        return ERR_NOT_FOUND; /* somebody else has done it */
    if (!err)
        err = users_find_step(txn.db, organization_id, *after, USERS_AT_ONCE, &up_to);
    if (!err)
        err = tokens_shorten(txn.db, organization_id, *after, up_to, to,
                             DAYS(settings.api_token_ttl_days), now, &changed);
    if (err)
        return err;
    shortening.count += changed;
    err = token_settings_set_shortening(txn.db, organization_id, &shortening);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *after = up_to;
    return err;
}

static enum error note(struct worker *w, struct txn *txn, const struct principal *who,
                       int64_t organization_id, const struct shortening *shortening, usec now,
                       struct arena *arena)
{
    struct organization_row organization;
    enum error err = organizations_find(txn->db, organization_id, arena, &organization);
    if (err)
        return err;
    const struct audit_fact facts[] = {
        {STR("tokens"), STR(""), audit_number(arena, shortening->count)},
        {STR("expires_at"), STR(""), audit_time(arena, shortening->to)},
    };
    struct audit_event event =
        audit_about_organization(AUDIT_TOKEN_SHORTENED, organization_id, organization.title, arena);
    event.facts = facts;
    event.fact_count = COUNT_OF(facts);
    return audit_note(w, txn, who, &event, now);
}

/* Decisions made since the first step may rest on tokens that were not reached yet. */
static enum error end(struct worker *w, const struct principal *who, int64_t organization_id,
                      usec to, usec now, int64_t *count, struct arena *arena)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_ORGANIZATION, (uint64_t)organization_id);

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct shortening shortening;
    const struct shortening done = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = organizations_lock(txn.db, organization_id);
    if (!err)
        err = token_settings_find_shortening(txn.db, organization_id, &shortening);
    if (err)
        return err;
    *count = shortening.count;
    if (shortening.to != to)
        return OK;
    err = token_settings_set_shortening(txn.db, organization_id, &done);
    if (!err && shortening.count > 0)
        err = note(w, &txn, who, organization_id, &shortening, now, arena);
    return err ? err : change_commit(&change, &txn);
}

enum error shortening_finish(struct worker *w, const struct principal *who, int64_t organization_id,
                             usec now, int64_t *count)
{
    struct shortening shortening;
    int64_t after = INT64_MIN + 1;
    *count = 0;
    enum error err = token_settings_find_shortening(w->db, organization_id, &shortening);
    if (err || shortening.to == 0)
        return err == ERR_NOT_FOUND ? OK : err;
    while (!err)
        err = step(w, organization_id, shortening.to, &after, now);
    if (err != ERR_NOT_FOUND)
        return err;
    struct arena arena = {0};
    err = end(w, who, organization_id, shortening.to, now, count, &arena);
    arena_release(&arena);
    return err;
}

enum error shortening_finish_all(struct worker *w, usec now)
{
    int64_t organization_id, count;
    enum error err = token_settings_next_shortening(w->db, &organization_id);
    while (!err) {
        err = shortening_finish(w, NULL, organization_id, now, &count);
        if (!err)
            err = token_settings_next_shortening(w->db, &organization_id);
    }
    return err == ERR_NOT_FOUND ? OK : err;
}
