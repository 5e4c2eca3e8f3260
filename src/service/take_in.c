#include "service/take_in.h"

#include "base/log.h"
#include "cluster/change.h"
#include "service/audit.h"
#include "service/legacy.h"
#include "service/organizations.h"
#include "store/counters.h"
#include "store/organizations.h"
#include "store/users.h"

static enum error conflict(const struct newcomer *newcomer)
{
    log_warning("user %lld of the upstream is somebody else here; import its accounts into an "
                "empty data folder",
                (long long)newcomer->id);
    return ERR_CONFLICT;
}

/* OK: known and a member. ERR_NOT_FOUND: something is missing. */
static enum error look(struct db *db, const struct newcomer *newcomer, struct arena *arena,
                       struct user_row *user)
{
    struct member_row member;
    enum error err = users_find(db, newcomer->id, arena, user);
    if (err)
        return err;
    if (!str_equal(email_fold(arena, user->email), email_fold(arena, newcomer->email)))
        return conflict(newcomer);
    if (newcomer->organization_id == 0)
        return OK;
    err = members_find(db, newcomer->id, newcomer->organization_id, &member);
    if (!err && user->active_organization_id == 0 && member.removed_at == 0)
        return ERR_NOT_FOUND;
    return err;
}

static enum error add_user(const struct shared *shared, struct db *db,
                           const struct newcomer *newcomer, usec now, struct arena *arena)
{
    const struct user_row user = {
        .id = newcomer->id,
        .email = newcomer->email,
        .username = newcomer->username,
        .first_name = newcomer->first_name,
        .last_name = newcomer->last_name,
        .phone = STR(""),
        .avatar = STR(""),
        .password = STR(""),
        .is_active = true,
        .active_organization_id = newcomer->organization_id,
        .allow_newsletters = DB_NULL_I64,
        .custom_hotkeys = STR("{}"),
        .date_joined = now,
        .last_activity = now,
    };
    str legacy_token;
    enum error err = users_insert(db, &user, arena);
    if (err == ERR_CONFLICT)
        return conflict(newcomer);
    if (!err)
        err = counter_skip(db, COUNTER_USER, newcomer->id);
    if (!err)
        err = legacy_token_put(shared, db, newcomer->id, STR(""), now, arena, &legacy_token);
    return err;
}

static enum error add_organization(struct db *db, const struct newcomer *newcomer, usec now,
                                   struct arena *arena)
{
    struct organization_row row;
    enum error err = organizations_find(db, newcomer->organization_id, arena, &row);
    if (err != ERR_NOT_FOUND)
        return err;
    err = organization_put_as(db, newcomer->organization_id, newcomer->organization_title, now,
                              arena, &row);
    return err ? err : counter_skip(db, COUNTER_ORGANIZATION, newcomer->organization_id);
}

static enum error add_member(struct db *db, const struct newcomer *newcomer, usec now)
{
    struct member_row member = {.organization_id = newcomer->organization_id,
                                .user_id = newcomer->id,
                                .role = newcomer->is_owner ? ROLE_OWNER : ROLE_MEMBER,
                                .created_at = now,
                                .updated_at = now};
    struct member_row known;
    enum error err = members_find(db, newcomer->id, newcomer->organization_id, &known);
    if (!err) /* a member who had not chosen it */
        return known.removed_at == 0
                   ? users_set_organization(db, newcomer->id, newcomer->organization_id)
                   : OK;
    if (err != ERR_NOT_FOUND)
        return err;
    err = counter_next(db, COUNTER_MEMBER, &member.id);
    if (!err)
        err = members_insert(db, &member);
    return err ? err : users_set_organization(db, newcomer->id, newcomer->organization_id);
}

static enum error note(struct worker *w, struct txn *txn, const struct newcomer *newcomer,
                       bool is_new, usec now, struct arena *arena)
{
    const struct audit_fact facts[] = {
        {STR("from"), STR(""), STR("upstream")},
        {STR("role"), STR(""), role_name(newcomer->is_owner ? ROLE_OWNER : ROLE_MEMBER)}};
    struct audit_event event =
        audit_about_user(is_new ? AUDIT_USER_CREATED : AUDIT_MEMBER_ADDED,
                         newcomer->organization_id, newcomer->id, newcomer->email, arena);
    event.facts = facts;
    event.fact_count = newcomer->organization_id != 0 ? 2 : 1;
    return audit_note(w, txn, NULL, &event, now);
}

enum error take_in(struct worker *w, const struct newcomer *newcomer, usec now, struct arena *arena)
{
    struct user_row user;
    enum error err = look(w->db, newcomer, arena, &user);
    if (err != ERR_NOT_FOUND)
        return err;

    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_USER, (uint64_t)newcomer->id);

    CLEANUP(txn_rollback) struct txn txn = {0};
    err = txn_begin(w->db, &txn);
    if (!err && newcomer->organization_id != 0)
        err = add_organization(txn.db, newcomer, now, arena);
    if (!err)
        err = users_find(txn.db, newcomer->id, arena, &user);
    bool is_new = err == ERR_NOT_FOUND;
    if (is_new)
        err = add_user(w->shared, txn.db, newcomer, now, arena);
    if (!err && newcomer->organization_id != 0)
        err = add_member(txn.db, newcomer, now);
    if (!err)
        err = note(w, &txn, newcomer, is_new, now, arena);
    return err ? err : change_commit(&change, &txn);
}
