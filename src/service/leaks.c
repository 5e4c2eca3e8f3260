#include "service/leaks.h"

#include "crypto/mac.h"
#include "service/internal.h"
#include "store/legacy_tokens.h"
#include "store/users.h"
#include "token/form.h"
#include "token/legacy.h"

/* It, what took its place, and what it took the place of. */
static enum error end_family(struct worker *w, const struct principal *who,
                             const struct token_row *row, usec now, struct arena *arena)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);

    CLEANUP(txn_rollback) struct txn txn = {0};
    int64_t ended = 0, organization_id;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = token_end_family_within(&txn, &change, row, ENDED_LEAKED, user_behind(who), now,
                                      arena, &ended);
    if (!err && ended == 0)
        err = ERR_REVOKED;
    if (!err)
        err = token_organization(txn.db, row->user_id, &organization_id);
    if (err)
        return err;
    const struct audit_fact fact = {STR("ended_tokens"), STR(""), audit_number(arena, ended)};
    struct audit_event event = token_event(AUDIT_TOKEN_LEAKED, row, organization_id);
    event.facts = &fact;
    event.fact_count = 1;
    err = audit_note(w, &txn, who, &event, now);
    return err ? err : change_commit(&change, &txn);
}

static enum error report_token(struct worker *w, const struct principal *who, str text, usec now,
                               struct arena *arena, enum leak_result *out)
{
    struct token_row row;
    enum error err = token_find_shown(w, text, now, arena, &row);
    if (err == ERR_EXPIRED || (!err && !token_row_lives(&row, now))) {
        *out = LEAK_ENDED_ALREADY;
        return OK;
    }
    if (!err)
        err = end_family(w, who, &row, now, arena);
    if (!err || err == ERR_REVOKED)
        *out = err ? LEAK_ENDED_ALREADY : LEAK_REVOKED;
    return err == ERR_REVOKED || err == ERR_NOT_FOUND ? OK : err;
}

static enum error report_legacy(struct worker *w, const struct principal *who, str text, usec now,
                                struct arena *arena, enum leak_result *out)
{
    struct legacy_token_row row;
    struct user_row user;
    unsigned char mac[MAC_BYTES];
    if (!legacy_is_well_formed(text))
        return OK;
    mac_compute(&w->shared->auth.legacy_mac, text, mac);
    enum error err =
        legacy_tokens_find_by_mac(w->db, str_of((const char *)mac, sizeof(mac)), arena, &row);
    if (err)
        return err == ERR_NOT_FOUND ? OK : err;

    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_USER, (uint64_t)row.user_id);
    CLEANUP(txn_rollback) struct txn txn = {0};
    err = txn_begin(w->db, &txn);
    if (!err)
        err = users_lock(txn.db, row.user_id);
    if (!err)
        err = users_find(txn.db, row.user_id, arena, &user);
    if (!err) /* a new one is made when its owner next looks at it */
        err = legacy_tokens_delete(txn.db, row.user_id);
    if (!err) {
        struct audit_event event = audit_about_user(AUDIT_TOKEN_LEAKED, user.active_organization_id,
                                                    row.user_id, user.email, arena);
        const struct audit_fact fact = {STR("kind"), STR(""), STR("legacy")};
        event.facts = &fact;
        event.fact_count = 1;
        err = audit_note(w, &txn, who, &event, now);
    }
    if (!err)
        err = change_commit(&change, &txn);
    if (!err)
        *out = LEAK_REVOKED;
    return err;
}

enum error leak_report(struct worker *w, const struct principal *who, str text, usec now,
                       struct arena *arena, enum leak_result *out)
{
    *out = LEAK_UNKNOWN;
    arena_mark_secret(arena);
    switch (credential_form(text)) {
    case FORM_JWT:
    case FORM_API_KEY:
        return report_token(w, who, text, now, arena, out);
    case FORM_LEGACY:
        return report_legacy(w, who, text, now, arena, out);
    case FORM_UNKNOWN:
        break;
    }
    return OK;
}
