#include "service/invitations.h"

#include "base/encoding.h"
#include "crypto/mac.h"
#include "crypto/random.h"
#include "service/accounts.h"
#include "service/audit.h"
#include "service/organizations.h"

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
        .created_by = who->user_id,
        .created_at = now,
        .expires_at = now + DAYS(order->ttl_days),
    };

    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
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
        err = invitations_revoke(txn.db, id, now);
    if (err == ERR_NOT_FOUND) /* used or revoked since it was read */
        return ERR_CONFLICT;
    if (!err)
        err = note(w, &txn, who, AUDIT_INVITATION_REVOKED, &row, now);
    return err ? err : txn_commit(&txn);
}

str invitation_state(const struct invitation_row *row, usec now)
{
    if (row->used_at != 0)
        return STR("used");
    if (row->revoked_at != 0)
        return STR("revoked");
    return row->expires_at <= now ? STR("expired") : STR("open");
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
            *out = (struct admission){organization.id, ROLE_MEMBER, STR(""), STR("")};
        return err;
    }
    err = invitations_find_by_mac(w->db, mac_of(w->shared, text, arena), arena, &row);
    if (!err && !str_equal(invitation_state(&row, now), STR("open")))
        err = ERR_NOT_FOUND;
    if (!err)
        *out = (struct admission){row.organization_id, row.role, row.id, row.email};
    return err;
}
