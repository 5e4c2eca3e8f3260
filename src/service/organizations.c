#include "service/organizations.h"

#include "crypto/random.h"
#include "service/audit.h"
#include "service/authority.h"
#include "service/edit.h"
#include "store/counters.h"
#include "store/token_settings.h"

#define INVITATION_CHARACTERS 40

bool is_member_of(const struct principal *who, int64_t organization_id)
{
    if (!principal_is_somebody(who) || organization_id == 0)
        return false;
    return who->kind == CREDENTIAL_OPERATOR ||
           (who->organization_id == organization_id && who->role != ROLE_NONE);
}

bool may_administer(const struct principal *who, int64_t organization_id)
{
    return is_member_of(who, organization_id) && principal_may_administer(who);
}

str role_name(enum role role)
{
    switch (role) {
    case ROLE_NONE:
        break;
    case ROLE_MEMBER:
        return STR("member");
    case ROLE_ADMINISTRATOR:
        return STR("administrator");
    case ROLE_OWNER:
        return STR("owner");
    }
    return STR("none");
}

enum error role_of_name(str name, enum role *out)
{
    static const enum role roles[] = {ROLE_MEMBER, ROLE_ADMINISTRATOR, ROLE_OWNER};
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        if (str_equal(name, role_name(roles[i]))) {
            *out = roles[i];
            return OK;
        }
    return ERR_MALFORMED;
}

str invitation_new(struct arena *arena)
{
    return random_text(arena, STR("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
                       INVITATION_CHARACTERS);
}

enum error organization_put_as(struct db *txn_db, int64_t id, str title, usec now,
                               struct arena *arena, struct organization_row *out)
{
    struct organization_row row = {.id = id,
                                   .title = title,
                                   .invitation = invitation_new(arena),
                                   .contact_info = STR(""),
                                   .created_at = now,
                                   .updated_at = now};
    enum error err = organizations_insert(txn_db, &row);
    if (!err)
        *out = row;
    return err;
}

enum error organization_put(struct db *txn_db, str title, usec now, struct arena *arena,
                            struct organization_row *out)
{
    int64_t id;
    enum error err = counter_next(txn_db, COUNTER_ORGANIZATION, &id);
    return err ? err : organization_put_as(txn_db, id, title, now, arena, out);
}

bool organization_title_is_good(str title)
{
    return !str_is_empty(str_trim(title)) && !str_has_control(title) &&
           str_utf8_length(title) <= ORGANIZATION_TITLE_MAX;
}

enum error organization_create(struct worker *w, str title, usec now, struct arena *arena,
                               struct organization_row *out)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct organization_row row;
    if (!organization_title_is_good(title))
        return ERR_INVALID;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = organization_put(txn.db, title, now, arena, &row);
    if (!err) {
        const struct principal operator= principal_operator();
        struct audit_event event =
            audit_about_organization(AUDIT_ORGANIZATION_CREATED, row.id, title, arena);
        err = audit_note(w, &txn, &operator, & event, now);
    }
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = row;
    return err;
}

enum error organization_show(struct worker *w, const struct principal *who, int64_t id,
                             struct arena *arena, struct organization_row *out)
{
    struct organization_row row;
    enum error err = organizations_find(w->db, id, arena, &row);
    if (err)
        return err;
    if (!is_member_of(who, id))
        return ERR_FORBIDDEN;
    *out = row;
    return OK;
}

static enum error note_update(struct worker *w, struct txn *txn, const struct principal *who,
                              const struct organization_row *before,
                              const struct organization_row *after, usec now, struct arena *arena)
{
    struct audit_fact facts[2];
    size_t count = 0;
    audit_compare(facts, &count, STR("title"), before->title, after->title);
    audit_compare(facts, &count, STR("contact_info"), before->contact_info, after->contact_info);
    if (count == 0)
        return OK;
    struct audit_event event =
        audit_about_organization(AUDIT_ORGANIZATION_CHANGED, after->id, after->title, arena);
    event.facts = facts;
    event.fact_count = count;
    return audit_note(w, txn, who, &event, now);
}

/* `contact_info` NULL: it stays. */
static enum error update(struct worker *w, const struct principal *who, int64_t id, str title,
                         const str *contact_info, usec now, struct arena *arena,
                         struct organization_row *out)
{
    if (!may_administer(who, id))
        return ERR_FORBIDDEN;
    if (str_utf8_length(title) > ORGANIZATION_TITLE_MAX)
        return ERR_INVALID;

    CLEANUP(edit_end) struct edit edit = {0};
    struct organization_row row = {0};
    enum error err = edit_organization(&edit, w, id, now);
    if (!err)
        err = authority_hold(&edit.txn, who, id);
    if (!err)
        err = organizations_find(edit.txn.db, id, arena, &row);
    struct organization_row before = row;
    if (!err) {
        row.title = title;
        row.contact_info = contact_info ? *contact_info : before.contact_info;
        row.updated_at = now;
        err = organizations_update(edit.txn.db, &row);
    }
    if (!err)
        err = note_update(w, &edit.txn, who, &before, &row, now, arena);
    if (!err)
        err = edit_commit(&edit);
    if (!err)
        *out = row;
    return err;
}

enum error organization_update(struct worker *w, const struct principal *who,
                               const struct organization_row *changed, usec now,
                               struct arena *arena, struct organization_row *out)
{
    return update(w, who, changed->id, changed->title, &changed->contact_info, now, arena, out);
}

enum error organization_rename(struct worker *w, const struct principal *who, int64_t id, str title,
                               usec now, struct arena *arena, struct organization_row *out)
{
    if (may_administer(who, id) && !organization_title_is_good(title))
        return ERR_INVALID;
    return update(w, who, id, title, NULL, now, arena, out);
}

enum error invitation_reset(struct worker *w, const struct principal *who, int64_t organization_id,
                            usec now, struct arena *arena, str *out)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    CLEANUP(txn_rollback) struct txn txn = {0};
    str invitation = invitation_new(arena);
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = organizations_set_invitation(txn.db, organization_id, invitation, now);
    if (!err)
        err = authority_hold(&txn, who, organization_id);
    if (!err) {
        struct audit_event event = {.kind = AUDIT_INVITATION_CREATED,
                                    .organization_id = organization_id,
                                    .subject_kind = STR("invitation"),
                                    .subject_id = STR(""),
                                    .subject_name = STR("the organization's link")};
        err = audit_note(w, &txn, who, &event, now);
    }
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = invitation;
    return err;
}

enum error invitation_find(struct worker *w, str invitation, struct arena *arena,
                           struct organization_row *out)
{
    if (str_is_empty(invitation))
        return ERR_NOT_FOUND;
    return organizations_find_by_invitation(w->db, invitation, arena, out);
}
