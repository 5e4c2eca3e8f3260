#include "service/service_accounts.h"

#include "service/accounts.h"
#include "service/audit.h"
#include "service/authority.h"
#include "service/edit.h"
#include "service/organizations.h"
#include "store/counters.h"
#include "store/like.h"
#include "store/tokens.h"
#include "store/users.h"

#define SLUG_MAX 40 /* characters of a name that its e-mail shows */

/* Letters and digits of ASCII, each run of anything else a hyphen: "Nightly Export" is
 * "nightly-export". */
static str slug_of(str name, struct arena *arena)
{
    char *slug = arena_bytes(arena, SLUG_MAX);
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < SLUG_MAX; i++) {
        char c = name.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            slug[len++] = c;
        else if (len > 0 && slug[len - 1] != '-')
            slug[len++] = '-';
    }
    while (len > 0 && slug[len - 1] == '-')
        len--;
    return len > 0 ? str_of(slug, len) : STR("account");
}

static void check_name(str name, struct complaints *complaints)
{
    size_t length = str_is_utf8(name) ? str_utf8_length(name) : 0;
    if (length < 1 || length > SERVICE_NAME_MAX || str_has_control(name) ||
        str_is_empty(str_trim(name)))
        complain(complaints, STR("name"),
                 STR("Must have 1 to 100 characters, without control characters."));
}

static void check_description(str text, struct complaints *complaints)
{
    if (!str_is_utf8(text) || str_utf8_length(text) > SERVICE_DESCRIPTION_MAX)
        complain(complaints, STR("description"), STR("Must have up to 500 characters."));
}

static void check_role(const struct principal *who, enum role role, struct complaints *complaints)
{
    if (role != ROLE_MEMBER && role != ROLE_ADMINISTRATOR)
        complain(complaints, STR("role"), STR("Must be \"member\" or \"administrator\"."));
    else if (who->kind != CREDENTIAL_OPERATOR && role > who->role)
        complain(complaints, STR("role"), STR("Must not be above your own."));
}

/* Somebody who can act there, and no program. OK with a complaint where he can't. */
static enum error check_owner(struct db *db, int64_t organization_id, int64_t owner_id,
                              struct arena *arena, struct complaints *complaints)
{
    struct member_row member;
    struct user_row user;
    enum error err = members_find(db, owner_id, organization_id, &member);
    if (!err && member.removed_at != 0)
        err = ERR_NOT_FOUND;
    if (!err)
        err = users_find(db, owner_id, arena, &user);
    if (!err && (user.is_service || !user.is_active))
        err = ERR_NOT_FOUND;
    if (err != ERR_NOT_FOUND)
        return err;
    complain(complaints, STR("owner_user_id"),
             STR("Must be the id of an active member of the organization."));
    return OK;
}

/* With the organization's row held. ERR_CONFLICT: another one has it. */
static enum error check_name_is_free(struct db *db, int64_t organization_id, str name, int64_t id)
{
    int64_t other;
    enum error err = service_accounts_find_by_name(db, organization_id, name, &other);
    if (err == ERR_NOT_FOUND)
        return OK;
    return !err && other != id ? ERR_CONFLICT : err;
}

static enum error insert(struct db *db, const struct service_account_order *order, int64_t owner_id,
                         usec now, struct arena *arena, int64_t *id)
{
    str slug = slug_of(order->name, arena);
    struct user_row user = {
        .username = slug,
        .first_name = order->name,
        .last_name = STR(""),
        .phone = STR(""),
        .avatar = STR(""),
        .password = STR(""), /* none fits */
        .is_active = true,
        .active_organization_id = order->organization_id,
        .allow_newsletters = DB_NULL_I64,
        .custom_hotkeys = STR("{}"),
        .date_joined = now,
        .last_activity = now,
        .is_service = true,
        .owner_user_id = owner_id,
        .description = order->description,
    };
    struct member_row member = {.organization_id = order->organization_id,
                                .role = order->role,
                                .created_at = now,
                                .updated_at = now};
    enum error err = counter_next(db, COUNTER_USER, &user.id);
    if (err)
        return err;
    user.email =
        arena_printf(arena, "%.*s.%lld@" SERVICE_DOMAIN, STR_ARG(slug), (long long)user.id);
    member.user_id = user.id;
    err = users_insert(db, &user, arena);
    if (!err)
        err = counter_next(db, COUNTER_MEMBER, &member.id);
    if (!err)
        err = members_insert(db, &member);
    *id = user.id;
    return err;
}

static struct audit_event event_about(enum audit_kind kind, int64_t organization_id,
                                      const struct service_account *account, struct arena *arena)
{
    return (struct audit_event){.kind = kind,
                                .organization_id = organization_id,
                                .subject_kind = STR("service_account"),
                                .subject_id = audit_number(arena, account->id),
                                .subject_name = account->name,
                                .subject_user_id = account->id};
}

static enum error note_created(struct worker *w, struct txn *txn, const struct principal *who,
                               int64_t organization_id, const struct service_account *account,
                               usec now, struct arena *arena)
{
    const struct audit_fact facts[] = {
        {STR("email"), STR(""), account->email},
        {STR("role"), STR(""), role_name(account->role)},
        {STR("owner"), STR(""), account->owner_email},
    };
    struct audit_event event =
        event_about(AUDIT_SERVICE_ACCOUNT_CREATED, organization_id, account, arena);
    event.facts = facts;
    event.fact_count = COUNT_OF(facts);
    return audit_note(w, txn, who, &event, now);
}

enum error service_account_create(struct worker *w, const struct principal *who,
                                  const struct service_account_order *order, usec now,
                                  struct arena *arena, struct complaints *complaints,
                                  struct service_account *out)
{
    if (!may_administer(who, order->organization_id))
        return ERR_FORBIDDEN;
    check_name(order->name, complaints);
    check_description(order->description, complaints);
    check_role(who, order->role, complaints);
    int64_t id = 0, owner_id = order->owner_id ? order->owner_id : who->user_id;
    enum error err = OK;
    if (order->owner_id != 0)
        err = check_owner(w->db, order->organization_id, owner_id, arena, complaints);
    if (!err && complaints->count > 0)
        err = ERR_INVALID;
    if (err)
        return err;

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct service_account made;
    err = txn_begin(w->db, &txn);
    if (!err)
        err = organizations_lock(txn.db, order->organization_id);
    if (!err)
        err = authority_hold(&txn, who, order->organization_id);
    if (!err)
        err = check_name_is_free(txn.db, order->organization_id, order->name, 0);
    if (!err)
        err = insert(txn.db, order, owner_id, now, arena, &id);
    if (!err)
        err = service_accounts_find(txn.db, order->organization_id, id, now, arena, &made);
    if (!err)
        err = note_created(w, &txn, who, order->organization_id, &made, now, arena);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = made;
    return err;
}

enum error service_account_list(struct worker *w, const struct principal *who,
                                int64_t organization_id, str part, int64_t after, int64_t limit,
                                usec now, struct arena *arena, struct service_account_page *out)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    str like = like_containing(arena, part);
    enum error err =
        service_accounts_list(w->db, organization_id, like, after, limit, now, arena, &out->list);
    return err ? err : service_accounts_count(w->db, organization_id, like, &out->total);
}

enum error service_account_show(struct worker *w, const struct principal *who,
                                int64_t organization_id, int64_t id, usec now, struct arena *arena,
                                struct service_account *out)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    return service_accounts_find(w->db, organization_id, id, now, arena, out);
}

static enum error check_patch(struct worker *w, const struct principal *who,
                              int64_t organization_id, const struct service_account_patch *patch,
                              struct arena *arena, struct complaints *complaints)
{
    enum error err = OK;
    if (patch->has_name)
        check_name(patch->name, complaints);
    if (patch->has_description)
        check_description(patch->description, complaints);
    if (patch->has_role)
        check_role(who, patch->role, complaints);
    if (patch->has_owner && patch->owner_id != 0)
        err = check_owner(w->db, organization_id, patch->owner_id, arena, complaints);
    return !err && complaints->count > 0 ? ERR_INVALID : err;
}

static enum error apply(struct db *db, const struct service_account *before,
                        int64_t organization_id, const struct service_account_patch *patch,
                        usec now, struct arena *arena)
{
    struct service_account account = *before;
    struct member_row member;
    if (patch->has_name)
        account.name = patch->name;
    if (patch->has_description)
        account.description = patch->description;
    if (patch->has_owner)
        account.owner_id = patch->owner_id;
    enum error err = OK;
    if (patch->has_name)
        err = check_name_is_free(db, organization_id, account.name, account.id);
    if (!err)
        err = service_accounts_update(db, &account);
    if (!err && patch->has_role)
        err = members_find(db, account.id, organization_id, &member);
    if (!err && patch->has_role)
        err = members_set_role(db, member.id, patch->role, now);
    if (!err && patch->has_active)
        err = account_put_active(db, account.id, patch->is_active, arena);
    return err;
}

static enum error note_changed(struct worker *w, struct txn *txn, const struct principal *who,
                               int64_t organization_id, const struct service_account *before,
                               const struct service_account *after, usec now, struct arena *arena)
{
    struct audit_fact facts[6];
    size_t count = 0;
    audit_compare(facts, &count, STR("live_tokens"), audit_number(arena, before->live_tokens),
                  audit_number(arena, after->live_tokens));
    audit_compare(facts, &count, STR("name"), before->name, after->name);
    audit_compare(facts, &count, STR("description"), before->description, after->description);
    audit_compare(facts, &count, STR("owner"), before->owner_email, after->owner_email);
    audit_compare(facts, &count, STR("role"), role_name(before->role), role_name(after->role));
    audit_compare(facts, &count, STR("active"), audit_switch(before->is_active),
                  audit_switch(after->is_active));
    if (count == 0)
        return OK;
    struct audit_event event =
        event_about(AUDIT_SERVICE_ACCOUNT_CHANGED, organization_id, after, arena);
    event.facts = facts;
    event.fact_count = count;
    return audit_note(w, txn, who, &event, now);
}

enum error service_account_change(struct worker *w, const struct principal *who,
                                  int64_t organization_id, int64_t id,
                                  const struct service_account_patch *patch, usec now,
                                  struct arena *arena, struct complaints *complaints,
                                  struct service_account *out)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    enum error err = check_patch(w, who, organization_id, patch, arena, complaints);
    if (err)
        return err;

    CLEANUP(edit_end) struct edit edit = {0};
    struct service_account before = {0}, after = {0};
    err = edit_user(&edit, w, id, now);
    if (!err)
        err = organizations_lock(edit.txn.db, organization_id);
    if (!err)
        err = authority_hold(&edit.txn, who, organization_id);
    if (!err)
        err = service_accounts_find(edit.txn.db, organization_id, id, now, arena, &before);
    if (!err && who->kind != CREDENTIAL_OPERATOR && before.role > who->role)
        err = ERR_FORBIDDEN;
    if (!err)
        err = apply(edit.txn.db, &before, organization_id, patch, now, arena);
    if (!err)
        err = service_accounts_find(edit.txn.db, organization_id, id, now, arena, &after);
    if (!err)
        err = note_changed(w, &edit.txn, who, organization_id, &before, &after, now, arena);
    if (!err)
        err = edit_commit(&edit);
    if (!err)
        *out = after;
    return err;
}

static enum error revoke_all(struct edit *edit, const struct principal *who, int64_t id, usec now,
                             struct arena *arena)
{
    const struct token_choice all = {.after = id - 1, .up_to = id, .kind = ANY_KIND};
    enum token_end_reason why =
        who->kind == CREDENTIAL_OPERATOR ? ENDED_BY_OPERATOR : ENDED_BY_ADMINISTRATOR;
    struct token_list tokens;
    enum error err = tokens_choose(edit->txn.db, &all, now, arena, &tokens);
    for (size_t i = 0; !err && i < tokens.count; i++) {
        bool changed;
        change_of(&edit->change, OWNER_TOKEN, (uint64_t)tokens.items[i].token_key);
        err = tokens_end(edit->txn.db, tokens.items[i].id, why, who->user_id, now, &changed);
    }
    return err;
}

enum error service_account_end(struct worker *w, const struct principal *who,
                               int64_t organization_id, int64_t id, usec now, struct arena *arena)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    CLEANUP(edit_end) struct edit edit = {0};
    struct service_account before = {0}, after = {0};
    enum error err = edit_user(&edit, w, id, now);
    if (!err)
        err = organizations_lock(edit.txn.db, organization_id);
    if (!err)
        err = authority_hold(&edit.txn, who, organization_id);
    if (!err)
        err = service_accounts_find(edit.txn.db, organization_id, id, now, arena, &before);
    if (!err && who->kind != CREDENTIAL_OPERATOR && before.role > who->role)
        err = ERR_FORBIDDEN;
    if (!err)
        err = account_put_active(edit.txn.db, id, false, arena);
    if (!err)
        err = revoke_all(&edit, who, id, now, arena);
    if (!err)
        err = service_accounts_find(edit.txn.db, organization_id, id, now, arena, &after);
    if (!err)
        err = note_changed(w, &edit.txn, who, organization_id, &before, &after, now, arena);
    if (!err)
        err = edit_commit(&edit);
    return err;
}
