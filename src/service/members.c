#include "service/members.h"

#include "service/accounts.h"
#include "service/audit.h"
#include "service/authority.h"
#include "service/edit.h"
#include "store/like.h"
#include "store/organizations.h"
#include "store/service_accounts.h"
#include "store/sessions.h"
#include "store/users.h"

/* With the organization's row held, so that two removals cannot each leave the other's owner. */
static enum error keeps_an_owner(struct db *db, const struct member_row *leaving)
{
    if (leaving->role != ROLE_OWNER || leaving->removed_at != 0)
        return OK;
    int64_t others;
    enum error err =
        members_count_other_owners(db, leaving->organization_id, leaving->user_id, &others);
    if (err)
        return err;
    return others > 0 ? OK : ERR_CONFLICT;
}

/* Who may end or change that membership: nobody above one's own role. */
static bool may_change_member(const struct principal *who, const struct member_row *member)
{
    if (!may_administer(who, member->organization_id))
        return false;
    return who->kind == CREDENTIAL_OPERATOR || who->role == ROLE_OWNER || member->role < who->role;
}

static enum error note_member(struct worker *w, struct txn *txn, const struct principal *who,
                              const struct member_row *member, enum role after, usec now,
                              struct arena *arena)
{
    struct user_row user;
    const struct audit_fact role = {STR("role"), role_name(member->role),
                                    after == ROLE_NONE ? STR("") : role_name(after)};
    enum error err = users_find(txn->db, member->user_id, arena, &user);
    if (err || after == member->role)
        return err;
    struct audit_event event =
        audit_about_user(after == ROLE_NONE ? AUDIT_MEMBER_REMOVED : AUDIT_MEMBER_ROLE_CHANGED,
                         member->organization_id, user.id, user.email, arena);
    event.facts = &role;
    event.fact_count = 1;
    return audit_note(w, txn, who, &event, now);
}

enum error member_remove(struct worker *w, const struct principal *who, int64_t organization_id,
                         int64_t user_id, usec now, struct arena *arena)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    if (who->user_id == user_id && who->kind != CREDENTIAL_OPERATOR)
        return ERR_CONFLICT;

    CLEANUP(edit_end) struct edit edit = {0};
    struct member_row member;
    struct user_row user;
    enum error err = edit_user(&edit, w, user_id, now);
    if (!err)
        err = organizations_lock(edit.txn.db, organization_id);
    if (!err)
        err = authority_hold(&edit.txn, who, organization_id);
    if (!err)
        err = users_find(edit.txn.db, user_id, arena, &user);
    if (!err)
        err = members_find(edit.txn.db, user_id, organization_id, &member);
    if (!err && user.is_service)
        err = ERR_NOT_FOUND; /* it has no life outside its organization: it is deactivated */
    if (!err && member.removed_at != 0)
        err = ERR_REVOKED;
    if (!err && !may_change_member(who, &member))
        err = ERR_FORBIDDEN;
    if (!err)
        err = keeps_an_owner(edit.txn.db, &member);
    if (!err)
        err = members_set_removed(edit.txn.db, member.id, now, now);
    if (!err && user.active_organization_id == organization_id)
        err = users_set_organization(edit.txn.db, user_id, 0);
    if (!err)
        err = note_member(w, &edit.txn, who, &member, ROLE_NONE, now, arena);
    if (!err)
        err = edit_commit(&edit);
    return err;
}

/* What the patch makes of the role; administrators raise nobody above themselves. */
static enum error check_patch(const struct principal *who, const struct member_row *member,
                              const struct member_patch *patch)
{
    bool is_own = who->user_id == member->user_id && who->kind != CREDENTIAL_OPERATOR;
    if (patch->has_active && !patch->is_active && is_own)
        return ERR_CONFLICT;
    if (!may_change_member(who, member))
        return ERR_FORBIDDEN;
    if (patch->has_role && who->kind != CREDENTIAL_OPERATOR && patch->role > who->role)
        return ERR_FORBIDDEN;
    return OK;
}

static enum error apply_patch(struct db *db, const struct member_row *member,
                              const struct member_patch *patch, usec now, struct arena *arena)
{
    enum error err = OK;
    if (patch->has_role && patch->role != ROLE_OWNER)
        err = keeps_an_owner(db, member);
    if (!err && patch->has_role)
        err = members_set_role(db, member->id, patch->role, now);
    if (!err && patch->has_active)
        err = account_put_active(db, member->user_id, patch->is_active, arena);
    return err;
}

/* Notes come after every other statement. */
static enum error note_patch(struct worker *w, struct txn *txn, const struct principal *who,
                             const struct member_row *member, const struct user_row *user,
                             const struct member_patch *patch, usec now, struct arena *arena)
{
    enum error err = OK;
    if (patch->has_role)
        err = note_member(w, txn, who, member, patch->role, now, arena);
    if (err || !patch->has_active || patch->is_active == user->is_active)
        return err;
    struct audit_event event =
        audit_about_user(patch->is_active ? AUDIT_USER_ACTIVATED : AUDIT_USER_DEACTIVATED,
                         member->organization_id, user->id, user->email, arena);
    return audit_note(w, txn, who, &event, now);
}

enum error member_change(struct worker *w, const struct principal *who, int64_t organization_id,
                         int64_t user_id, const struct member_patch *patch, usec now,
                         struct arena *arena)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    if (patch->has_role && patch->role == ROLE_NONE)
        return ERR_INVALID;

    CLEANUP(edit_end) struct edit edit = {0};
    struct member_row member = {0};
    struct user_row user = {0};
    enum error err = edit_user(&edit, w, user_id, now);
    if (!err)
        err = organizations_lock(edit.txn.db, organization_id);
    if (!err)
        err = authority_hold(&edit.txn, who, organization_id);
    if (!err)
        err = users_find(edit.txn.db, user_id, arena, &user);
    if (!err)
        err = members_find(edit.txn.db, user_id, organization_id, &member);
    if (!err && (member.removed_at != 0 || user.is_service))
        err = ERR_NOT_FOUND;
    if (!err)
        err = check_patch(who, &member, patch);
    if (!err)
        err = apply_patch(edit.txn.db, &member, patch, now, arena);
    if (!err && patch->has_active && patch->is_active != user.is_active)
        err = authority_over_account(&edit.txn, who, user_id, arena);
    if (!err)
        err = note_patch(w, &edit.txn, who, &member, &user, patch, now, arena);
    if (!err)
        err = edit_commit(&edit);
    return err;
}

enum error member_set_role(struct worker *w, const struct principal *who, int64_t organization_id,
                           int64_t user_id, enum role role, usec now, struct arena *arena)
{
    const struct member_patch patch = {.has_role = true, .role = role};
    return member_change(w, who, organization_id, user_id, &patch, now, arena);
}

enum error member_list(struct worker *w, const struct principal *who, enum roster_order order,
                       const struct roster_filter *filter, const struct roster_place *after,
                       int64_t limit, struct arena *arena, struct member_page *out)
{
    if (!may_administer(who, filter->organization_id))
        return ERR_FORBIDDEN;
    struct roster_filter escaped = *filter;
    bool is_large = false;
    escaped.like = like_containing(arena, filter->like);
    out->total = DB_NULL_I64;
    enum error err = roster_read(w->db, order, &escaped, after, limit, arena, &out->page);
    if (!err)
        err = members_are_more_than(w->db, filter->organization_id, FEW_MEMBERS, &is_large);
    return err || is_large ? err : roster_count(w->db, &escaped, &out->total);
}

enum error member_show(struct worker *w, const struct principal *who, int64_t organization_id,
                       int64_t user_id, usec now, struct arena *arena, struct roster_entry *out)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    return roster_find(w->db, organization_id, user_id, now, arena, out);
}

enum error member_organizations(struct worker *w, const struct principal *who, struct arena *arena,
                                struct own_organizations *out)
{
    enum error err = organizations_list_of_user(w->db, who->user_id, arena, &out->list);
    if (err)
        return err;
    out->roles = ARENA_ARRAY(arena, enum role, out->list.count);
    for (size_t i = 0; !err && i < out->list.count; i++) {
        struct member_row member;
        err = members_find(w->db, who->user_id, out->list.items[i].id, &member);
        if (!err)
            out->roles[i] = member.role;
    }
    return err;
}

enum error member_counts(struct worker *w, int64_t organization_id, struct member_counts *out)
{
    enum error err = members_count(w->db, organization_id, &out->people);
    return err ? err
               : service_accounts_count(w->db, organization_id, STR(""), &out->service_accounts);
}
