#include "service/invitations.h"

#include "base/encoding.h"
#include "crypto/mac.h"
#include "crypto/random.h"
#include "service/accounts.h"
#include "service/audit.h"
#include "service/authority.h"
#include "service/edit.h"
#include "service/organizations.h"
#include "store/counters.h"

#define ID_BYTES 8
#define SECRET_CHARACTERS 40

static str mac_of(const struct shared *shared, str secret, struct arena *arena)
{
    unsigned char mac[MAC_BYTES];
    mac_compute(&shared->invitation_mac, secret, mac);
    return arena_copy(arena, str_of((const char *)mac, sizeof(mac)));
}

static void check(const struct principal *who, const struct invitation_order *order,
                  struct complaints *complaints)
{
    if (!str_is_empty(order->email) && !email_is_valid(order->email))
        complain(complaints, STR("email"), STR("Must be an e-mail address."));
    if (order->role == ROLE_NONE)
        complain(complaints, STR("role"),
                 STR("Must be \"member\", \"administrator\" or \"owner\"."));
    else if (who->kind != CREDENTIAL_OPERATOR && order->role > who->role)
        complain(complaints, STR("role"), STR("Must not be above your own."));
    if (order->ttl_days < 1 || order->ttl_days > INVITATION_DAYS_MAX)
        complain(complaints, STR("ttl_days"), STR("Must be a whole number from 1 to 365."));
}

static enum error note(struct worker *w, struct txn *txn, const struct principal *who,
                       enum audit_kind kind, const struct invitation_row *row, usec now)
{
    const struct audit_fact facts[] = {{STR("role"), STR(""), role_name(row->role)}};
    struct audit_event event = {.kind = kind,
                                .organization_id = row->organization_id,
                                .subject_kind = STR("invitation"),
                                .subject_id = row->id,
                                .subject_name = row->email,
                                .facts = facts,
                                .fact_count = kind == AUDIT_INVITATION_CREATED ? 1 : 0};
    return audit_note(w, txn, who, &event, now);
}

enum error invitation_create(struct worker *w, const struct principal *who,
                             const struct invitation_order *order, usec now, struct arena *arena,
                             struct complaints *complaints, struct new_invitation *out)
{
    if (!may_administer(who, order->organization_id))
        return ERR_FORBIDDEN;
    check(who, order, complaints);
    if (complaints->count > 0)
        return ERR_INVALID;
    arena_mark_secret(arena);
    str secret = ARENA_JOIN(
        arena, STR(INVITATION_PREFIX),
        random_text(arena, STR("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
                    SECRET_CHARACTERS));
    struct invitation_row row = {
        .id = random_hex(arena, ID_BYTES),
        .organization_id = order->organization_id,
        .mac = mac_of(w->shared, secret, arena),
        .email = email_fold(arena, order->email),
        .role = order->role,
        .maker_role = who->role,
        .created_by = who->user_id,
        .created_at = now,
        .expires_at = now + DAYS(order->ttl_days),
    };

    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = authority_hold(&txn, who, order->organization_id);
    if (!err)
        err = invitations_insert(txn.db, &row);
    if (!err)
        err = note(w, &txn, who, AUDIT_INVITATION_CREATED, &row, now);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = (struct new_invitation){row, secret};
    return err;
}

enum error invitation_list(struct worker *w, const struct principal *who, int64_t organization_id,
                           usec before, str before_id, int64_t limit, struct arena *arena,
                           struct invitation_page *out)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    enum error err =
        invitations_list(w->db, organization_id, before, before_id, limit, arena, &out->list);
    return err ? err : invitations_count(w->db, organization_id, &out->total);
}

enum error invitation_revoke(struct worker *w, const struct principal *who, int64_t organization_id,
                             str id, usec now, struct arena *arena)
{
    struct invitation_row row;
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    enum error err = invitations_find(w->db, organization_id, id, arena, &row);
    if (!err && row.used_at != 0)
        err = ERR_CONFLICT;
    if (err || row.revoked_at != 0)
        return err;

    CLEANUP(txn_rollback) struct txn txn = {0};
    err = txn_begin(w->db, &txn);
    if (!err)
        err = authority_hold(&txn, who, organization_id);
    if (!err)
        err = invitations_revoke(txn.db, id, now);
    if (err == ERR_NOT_FOUND) /* used or revoked since it was read */
        return ERR_CONFLICT;
    if (!err)
        err = note(w, &txn, who, AUDIT_INVITATION_REVOKED, &row, now);
    return err ? err : txn_commit(&txn);
}

/* The operator's stand for ever; others for as long as their maker could make them anew. */
static bool stands(const struct invitation_row *row)
{
    return row->created_by == 0 ||
           (row->maker_role >= ROLE_ADMINISTRATOR && row->maker_role >= row->role);
}

str invitation_state(const struct invitation_row *row, usec now)
{
    if (row->used_at != 0)
        return STR("used");
    if (row->revoked_at != 0)
        return STR("revoked");
    if (row->expires_at <= now)
        return STR("expired");
    return stands(row) ? STR("open") : STR("revoked");
}

static bool is_open(const struct invitation_row *row, usec now)
{
    return str_equal(invitation_state(row, now), STR("open"));
}

enum error invitation_use_within(struct txn *txn, int64_t organization_id, str id, int64_t user_id,
                                 usec now, struct arena *arena)
{
    struct invitation_row row;
    /* whoever lowers its maker holds that row, and comes before or after */
    enum error err = txn_is_shared(txn) ? organizations_hold(txn->db, organization_id) : OK;
    if (!err)
        err = invitations_find(txn->db, organization_id, id, arena, &row);
    if (!err && !is_open(&row, now))
        err = ERR_NOT_FOUND;
    if (!err)
        err = invitations_use(txn->db, id, user_id, now);
    return err == ERR_NOT_FOUND ? ERR_REVOKED : err;
}

enum error invitation_note_used(struct worker *w, struct txn *txn, const struct principal *who,
                                int64_t organization_id, str id, const struct user_row *user,
                                usec now)
{
    struct audit_event event = {.kind = AUDIT_INVITATION_USED,
                                .organization_id = organization_id,
                                .subject_kind = STR("invitation"),
                                .subject_id = id,
                                .subject_name = user->email,
                                .subject_user_id = user->id};
    return audit_note(w, txn, who, &event, now);
}

enum error admission_find(struct worker *w, str text, usec now, struct arena *arena,
                          struct admission *out)
{
    struct organization_row organization;
    struct invitation_row row;
    enum error err;
    if (!str_starts(text, STR(INVITATION_PREFIX))) {
        err = invitation_find(w, text, arena, &organization);
        if (!err)
            *out = (struct admission){organization.id, ROLE_MEMBER, STR(""), STR(""),
                                      organization.title};
        return err;
    }
    err = invitations_find_by_mac(w->db, mac_of(w->shared, text, arena), arena, &row);
    if (!err && !is_open(&row, now))
        err = ERR_NOT_FOUND;
    if (!err)
        err = organizations_find(w->db, row.organization_id, arena, &organization);
    if (!err)
        *out = (struct admission){row.organization_id, row.role, row.id, row.email,
                                  organization.title};
    return err;
}

static enum error put_member(struct txn *txn, const struct admission *admission, int64_t user_id,
                             usec now)
{
    struct member_row member;
    enum error err = members_find(txn->db, user_id, admission->organization_id, &member);
    if (err == ERR_NOT_FOUND) {
        member = (struct member_row){.organization_id = admission->organization_id,
                                     .user_id = user_id,
                                     .role = admission->role,
                                     .created_at = now,
                                     .updated_at = now};
        err = counter_next(txn->db, COUNTER_MEMBER, &member.id);
        return err ? err : members_insert(txn->db, &member);
    }
    if (!err && member.removed_at == 0)
        err = ERR_CONFLICT;
    if (!err && str_is_empty(admission->invitation_id))
        err = ERR_FORBIDDEN;
    if (!err)
        err = members_set_removed(txn->db, member.id, 0, now);
    return err ? err : members_set_role(txn->db, member.id, admission->role, now);
}

static enum error note_joined(struct worker *w, struct txn *txn, const struct principal *who,
                              const struct admission *admission, const struct user_row *user,
                              usec now, struct arena *arena)
{
    const struct audit_fact role = {STR("role"), STR(""), role_name(admission->role)};
    struct audit_event event = audit_about_user(AUDIT_MEMBER_ADDED, admission->organization_id,
                                                user->id, user->email, arena);
    event.facts = &role;
    event.fact_count = 1;
    enum error err = audit_note(w, txn, who, &event, now);
    if (err || str_is_empty(admission->invitation_id))
        return err;
    return invitation_note_used(w, txn, who, admission->organization_id, admission->invitation_id,
                                user, now);
}

enum error admission_take(struct worker *w, const struct principal *who,
                          const struct admission *admission, usec now, struct arena *arena)
{
    CLEANUP(edit_end) struct edit edit = {0};
    struct user_row user = {0};
    enum error err = edit_user(&edit, w, who->user_id, now);
    if (!err)
        err = users_find(edit.txn.db, who->user_id, arena, &user);
    if (!err && (user.is_service || !user.is_active ||
                 (!str_is_empty(admission->email) &&
                  !str_equal(admission->email, email_fold(arena, user.email)))))
        err = ERR_FORBIDDEN;
    if (!err)
        err = put_member(&edit.txn, admission, user.id, now);
    if (!err && !str_is_empty(admission->invitation_id))
        err = invitation_use_within(&edit.txn, admission->organization_id, admission->invitation_id,
                                    user.id, now, arena);
    if (!err && user.active_organization_id == 0)
        err = users_set_organization(edit.txn.db, user.id, admission->organization_id);
    if (!err)
        err = note_joined(w, &edit.txn, who, admission, &user, now, arena);
    return err ? err : edit_commit(&edit);
}
