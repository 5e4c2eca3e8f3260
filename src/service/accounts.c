#include "service/accounts.h"

#include "crypto/password.h"
#include "service/audit.h"
#include "service/authority.h"
#include "service/edit.h"
#include "service/invitations.h"
#include "service/legacy.h"
#include "service/organizations.h"
#include "store/counters.h"
#include "store/invitations.h"
#include "store/legacy_tokens.h"
#include "store/sessions.h"
#include "store/tokens.h"

static str username_of(const struct account_order *order)
{
    if (order->keep_username || !str_is_empty(order->username))
        return order->username;
    str local, domain;
    str_cut(order->email, '@', &local, &domain);
    return local;
}

static enum error insert_all(struct worker *w, struct txn *txn, const struct account_order *order,
                             struct user_row *user, usec now, struct arena *arena)
{
    struct member_row member = {.organization_id = order->organization_id,
                                .role = order->role,
                                .created_at = now,
                                .updated_at = now};
    str legacy_token;
    enum error err = counter_next(txn->db, COUNTER_USER, &user->id);
    if (!err)
        err = users_insert(txn->db, user, arena);
    if (!err)
        err = legacy_token_put(w->shared, txn->db, user->id, order->legacy_token, now, arena,
                               &legacy_token);
    if (err || order->organization_id == 0)
        return err;
    member.user_id = user->id;
    err = counter_next(txn->db, COUNTER_MEMBER, &member.id);
    return err ? err : members_insert(txn->db, &member);
}

static enum error note_created(struct worker *w, struct txn *txn, const struct principal *who,
                               const struct account_order *order, const struct user_row *user,
                               usec now, struct arena *arena)
{
    const struct audit_fact facts[] = {
        {STR("email"), STR(""), user->email},
        {STR("role"), STR(""), order->organization_id ? role_name(order->role) : STR("")}};
    struct audit_event event =
        audit_about_user(AUDIT_USER_CREATED, order->organization_id, user->id, user->email, arena);
    event.facts = facts;
    event.fact_count = COUNT_OF(facts);
    return audit_note(w, txn, who, &event, now);
}

bool account_name_is_good(str name)
{
    return str_utf8_length(name) <= ACCOUNT_NAME_MAX && !str_has_control(name);
}

/* Hashes the password: before a transaction, for others wait for its end. */
static enum error user_prepare(const struct account_order *order, usec now, struct arena *arena,
                               struct user_row *out)
{
    *out = (struct user_row){
        .email = order->email,
        .username = username_of(order),
        .first_name = order->first_name,
        .last_name = order->last_name,
        .phone = order->phone,
        .avatar = STR(""),
        .password = STR(""),
        .is_active = !order->is_inactive,
        .active_organization_id = order->is_homeless ? 0 : order->organization_id,
        .allow_newsletters = order->allow_newsletters,
        .custom_hotkeys = STR("{}"),
        .date_joined = now,
        .last_activity = now,
        .must_change_password = order->must_change_password,
    };
    return str_is_empty(order->password) ? OK
                                         : password_hash(arena, order->password, &out->password);
}

enum error account_create(struct worker *w, const struct account_order *order, usec now,
                          struct arena *arena, struct user_row *out)
{
    struct user_row user;
    enum error err = user_prepare(order, now, arena, &user);
    if (err)
        return err;

    CLEANUP(txn_rollback) struct txn txn = {0};
    err = txn_begin(w->db, &txn);
    if (!err)
        err = insert_all(w, &txn, order, &user, now, arena);
    if (!err && !str_is_empty(order->invitation_id))
        err = invitation_use_within(&txn, order->organization_id, order->invitation_id, user.id,
                                    now, arena);
    const struct principal newcomer = {.kind = CREDENTIAL_SESSION,
                                       .user_id = user.id,
                                       .organization_id = order->organization_id,
                                       .token_id = STR(""),
                                       .scopes = STR("")};
    const struct principal *who = order->made_by ? order->made_by : &newcomer;
    if (!err)
        err = note_created(w, &txn, who, order, &user, now, arena);
    if (!err && !str_is_empty(order->invitation_id))
        err = invitation_note_used(w, &txn, who, order->organization_id, order->invitation_id,
                                   &user, now);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = user;
    return err;
}

static enum error found(struct worker *w, struct txn *txn, str title, struct account_order *order,
                        struct user_row *user, usec now, struct arena *arena)
{
    struct organization_row first, mine;
    /* the new one's number is taken first: that holds off others who start at the same time */
    enum error err = organization_put(txn->db, title, now, arena, &mine);
    if (!err)
        err = organizations_first(txn->db, arena, &first);
    if (!err && first.id != mine.id)
        err = ERR_CONFLICT;
    if (err)
        return err;
    order->organization_id = user->active_organization_id = mine.id;
    err = insert_all(w, txn, order, user, now, arena);
    if (!err) {
        mine.created_by = user->id;
        err = organizations_update(txn->db, &mine);
    }
    struct audit_event event =
        audit_about_organization(AUDIT_ORGANIZATION_CREATED, mine.id, title, arena);
    if (!err)
        err = audit_note(w, txn, NULL, &event, now);
    if (!err)
        err = note_created(w, txn, NULL, order, user, now, arena);
    return err;
}

enum error account_found(struct worker *w, str title, const struct account_order *order, usec now,
                         struct arena *arena)
{
    struct account_order owner = *order;
    struct user_row user;
    enum error err = user_prepare(&owner, now, arena, &user);
    if (err)
        return err;

    CLEANUP(txn_rollback) struct txn txn = {0};
    err = txn_begin(w->db, &txn);
    if (!err)
        err = found(w, &txn, title, &owner, &user, now, arena);
    if (!err)
        err = txn_commit(&txn);
    return err;
}

/* Whether `who` shares an organization with the user, now or in the past. */
static enum error check_sees(struct worker *w, const struct principal *who, int64_t user_id)
{
    if (who->kind == CREDENTIAL_OPERATOR || who->user_id == user_id)
        return OK;
    if (who->organization_id == 0)
        return ERR_NOT_FOUND;
    struct member_row member;
    return members_find(w->db, user_id, who->organization_id, &member);
}

enum error account_show(struct worker *w, const struct principal *who, int64_t user_id,
                        struct arena *arena, struct user_row *out)
{
    enum error err = check_sees(w, who, user_id);
    return err ? err : users_find(w->db, user_id, arena, out);
}

enum error account_is_member(struct worker *w, int64_t user_id, int64_t organization_id, bool *out)
{
    struct member_row member;
    enum error err = members_find(w->db, user_id, organization_id, &member);
    if (err && err != ERR_NOT_FOUND)
        return err;
    *out = !err && member.removed_at == 0;
    return OK;
}

enum error account_is_removed(struct worker *w, int64_t user_id, int64_t organization_id, bool *out)
{
    struct member_row member;
    enum error err = members_find(w->db, user_id, organization_id, &member);
    if (err && err != ERR_NOT_FOUND)
        return err;
    *out = !err && member.removed_at != 0;
    return OK;
}

/*
 * Whether `who` may change that account from above: an administrator of an organization that the
 * user belongs to, and not below the user's own role there. Asked again inside the transaction, for
 * all of the user's organizations (authority_over_account).
 */
static enum error check_commands(struct worker *w, const struct principal *who, int64_t user_id)
{
    if (who->kind == CREDENTIAL_OPERATOR)
        return OK;
    struct member_row member;
    enum error err = check_sees(w, who, user_id);
    if (err)
        return err;
    if (!principal_may_administer(who))
        return ERR_FORBIDDEN;
    err = members_find(w->db, user_id, who->organization_id, &member);
    if (err)
        return err;
    if (member.removed_at != 0)
        return ERR_NOT_FOUND; /* who may belong to another organization by now */
    return who->role == ROLE_OWNER || member.role < who->role ? OK : ERR_FORBIDDEN;
}

static void apply(const struct account_patch *patch, struct user_row *user)
{
    if (patch->has_first_name)
        user->first_name = patch->first_name;
    if (patch->has_last_name)
        user->last_name = patch->last_name;
    if (patch->has_username)
        user->username = patch->username;
    if (patch->has_phone)
        user->phone = patch->phone;
    if (patch->has_allow_newsletters)
        user->allow_newsletters = patch->allow_newsletters;
    if (patch->has_custom_hotkeys)
        user->custom_hotkeys = patch->custom_hotkeys;
}

/* What concerns the account; not what a page remembers for its user. */
static enum error note_changed(struct worker *w, struct txn *txn, const struct principal *who,
                               const struct user_row *before, const struct user_row *after,
                               usec now, struct arena *arena)
{
    struct audit_fact facts[4];
    size_t count = 0;
    audit_compare(facts, &count, STR("first_name"), before->first_name, after->first_name);
    audit_compare(facts, &count, STR("last_name"), before->last_name, after->last_name);
    audit_compare(facts, &count, STR("username"), before->username, after->username);
    audit_compare(facts, &count, STR("phone"), before->phone, after->phone);
    if (count == 0)
        return OK;
    struct audit_event event =
        audit_about_user(AUDIT_USER_CHANGED, audit_organization(who, after->active_organization_id),
                         after->id, after->email, arena);
    event.facts = facts;
    event.fact_count = count;
    return audit_note(w, txn, who, &event, now);
}

static enum error note_of(struct worker *w, struct txn *txn, const struct principal *who,
                          enum audit_kind kind, const struct user_row *user, usec now,
                          struct arena *arena)
{
    struct audit_event event = audit_about_user(
        kind, audit_organization(who, user->active_organization_id), user->id, user->email, arena);
    return audit_note(w, txn, who, &event, now);
}

enum error account_update(struct worker *w, const struct principal *who, int64_t user_id,
                          const struct account_patch *patch, usec now, struct arena *arena,
                          struct user_row *out)
{
    enum error err = who->user_id == user_id ? OK : check_commands(w, who, user_id);
    if (err)
        return err;

    CLEANUP(edit_end) struct edit edit = {0};
    struct user_row user = {0};
    err = edit_user(&edit, w, user_id, now);
    if (!err)
        err = users_find(edit.txn.db, user_id, arena, &user);
    if (!err && user.is_service)
        err = ERR_FORBIDDEN;
    if (!err && who->user_id != user_id)
        err = authority_over_account(&edit.txn, who, user_id, arena);
    struct user_row before = user;
    if (!err) {
        apply(patch, &user);
        err = users_update(edit.txn.db, &user);
    }
    if (!err)
        err = note_changed(w, &edit.txn, who, &before, &user, now, arena);
    if (!err)
        err = edit_commit(&edit);
    if (!err)
        *out = user;
    return err;
}

/* No organization may lose its last owner who can act. */
static enum error check_not_last_owner(struct db *db, int64_t user_id, struct arena *arena)
{
    struct organization_list organizations;
    enum error err = organizations_list_of_user(db, user_id, arena, &organizations);
    for (size_t i = 0; !err && i < organizations.count; i++) {
        struct member_row member;
        int64_t others = 1;
        err = organizations_lock(db, organizations.items[i].id);
        if (!err)
            err = members_find(db, user_id, organizations.items[i].id, &member);
        if (!err && member.role == ROLE_OWNER)
            err = members_count_other_owners(db, organizations.items[i].id, user_id, &others);
        if (!err && others == 0)
            err = ERR_CONFLICT;
    }
    return err;
}

static enum error delete_all(struct db *db, int64_t user_id, usec now)
{
    enum error err = sessions_delete_of_user(db, user_id);
    if (!err)
        err = legacy_tokens_delete(db, user_id);
    if (!err)
        err = tokens_orphan(db, user_id);
    if (!err)
        err = members_delete_of_user(db, user_id);
    if (!err)
        err = organizations_forget_founder(db, user_id);
    if (!err)
        err = users_disown(db, user_id);
    if (!err)
        err = invitations_forget_user(db, user_id, now);
    if (!err)
        err = users_delete(db, user_id);
    return err;
}

enum error account_delete(struct worker *w, const struct principal *who, int64_t user_id, usec now,
                          struct arena *arena)
{
    struct user_row user;
    enum error err = check_sees(w, who, user_id);
    if (!err)
        err = users_find(w->db, user_id, arena, &user);
    if (err)
        return err;
    if (who->kind != CREDENTIAL_OPERATOR && who->role != ROLE_OWNER)
        return ERR_FORBIDDEN;
    if (who->kind != CREDENTIAL_OPERATOR && who->user_id == user_id)
        return ERR_CONFLICT;
    err = check_commands(w, who, user_id);
    if (err)
        return err;

    CLEANUP(edit_end) struct edit edit = {0};
    err = edit_user(&edit, w, user_id, now);
    if (!err)
        err = check_not_last_owner(edit.txn.db, user_id, arena);
    if (!err)
        err = authority_over_account(&edit.txn, who, user_id, arena);
    if (!err)
        err = delete_all(edit.txn.db, user_id, now);
    if (!err)
        err = note_of(w, &edit.txn, who, AUDIT_USER_DELETED, &user, now, arena);
    if (!err)
        err = edit_commit(&edit);
    return err;
}

enum error account_set_password(struct worker *w, const struct principal *who, int64_t user_id,
                                str password, usec now, struct arena *arena)
{
    size_t length = str_utf8_length(password);
    if (length < PASSWORD_MIN || length > PASSWORD_MAX)
        return ERR_INVALID;
    enum error err = who->user_id == user_id ? OK : check_commands(w, who, user_id);
    str hash;
    if (!err)
        err = password_hash(arena, password, &hash);
    if (err)
        return err;

    CLEANUP(edit_end) struct edit edit = {0};
    struct user_row user;
    err = edit_user(&edit, w, user_id, now);
    if (!err)
        err = users_find(edit.txn.db, user_id, arena, &user);
    if (!err && user.is_service)
        err = ERR_FORBIDDEN;
    if (!err && who->user_id != user_id)
        err = authority_over_account(&edit.txn, who, user_id, arena);
    if (!err)
        err = users_set_password(edit.txn.db, user_id, hash);
    if (!err)
        err = sessions_delete_of_user(edit.txn.db, user_id);
    if (!err)
        err = note_of(w, &edit.txn, who, AUDIT_USER_PASSWORD_CHANGED, &user, now, arena);
    if (!err)
        err = edit_commit(&edit);
    return err;
}

enum error account_put_active(struct db *txn_db, int64_t user_id, bool is_active,
                              struct arena *arena)
{
    enum error err = is_active ? OK : check_not_last_owner(txn_db, user_id, arena);
    if (!err)
        err = users_set_active(txn_db, user_id, is_active);
    if (!err && !is_active)
        err = sessions_delete_of_user(txn_db, user_id);
    return err;
}

enum error account_set_active(struct worker *w, const struct principal *who, int64_t user_id,
                              bool is_active, usec now, struct arena *arena)
{
    enum error err = check_commands(w, who, user_id);
    if (err)
        return err;

    CLEANUP(edit_end) struct edit edit = {0};
    struct user_row user;
    err = edit_user(&edit, w, user_id, now);
    if (!err)
        err = users_find(edit.txn.db, user_id, arena, &user);
    if (!err)
        err = account_put_active(edit.txn.db, user_id, is_active, arena);
    if (!err)
        err = authority_over_account(&edit.txn, who, user_id, arena);
    if (!err && user.is_active != is_active)
        err = note_of(w, &edit.txn, who, is_active ? AUDIT_USER_ACTIVATED : AUDIT_USER_DEACTIVATED,
                      &user, now, arena);
    if (!err)
        err = edit_commit(&edit);
    return err;
}
