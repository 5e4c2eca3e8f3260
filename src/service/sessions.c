#include "service/sessions.h"

#include "base/encoding.h"
#include "crypto/mac.h"
#include "service/audit.h"
#include "service/edit.h"
#include "store/users.h"

#define ID_BYTES 8 /* of the MAC */

str session_mac(const struct shared *shared, str cookie, struct arena *arena)
{
    unsigned char mac[MAC_BYTES];
    mac_compute(&shared->auth.session_mac, cookie, mac);
    return arena_copy(arena, str_of((const char *)mac, sizeof(mac)));
}

str session_id(const struct session_row *row, struct arena *arena)
{
    return hex_encode(arena, str_slice(row->mac, 0, ID_BYTES));
}

enum error sessions_of_caller(struct worker *w, const struct principal *who, usec now,
                              struct arena *arena, struct session_list *out)
{
    return sessions_list_of_user(w->db, who->user_id, now, now - SESSION_IDLE, SESSIONS_SHOWN,
                                 arena, out);
}

static enum error note_ended(struct worker *w, struct txn *txn, const struct principal *who, str id,
                             int64_t count, usec now, struct arena *arena)
{
    struct user_row user;
    const struct audit_fact fact = {STR("sessions"), audit_number(arena, count), STR("0")};
    enum error err = users_find(txn->db, who->user_id, arena, &user);
    if (err)
        return err;
    struct audit_event event = {.kind = AUDIT_SESSION_ENDED,
                                .organization_id = who->organization_id,
                                .subject_kind = STR("session"),
                                .subject_id = id,
                                .subject_name = user.email,
                                .subject_user_id = user.id,
                                .facts = &fact,
                                .fact_count = 1};
    return audit_note(w, txn, who, &event, now);
}

static enum error find(struct worker *w, const struct principal *who, str id, usec now,
                       struct arena *arena, struct session_row *out)
{
    struct session_list list;
    enum error err = sessions_of_caller(w, who, now, arena, &list);
    if (err)
        return err;
    for (size_t i = 0; i < list.count; i++)
        if (str_equal(session_id(&list.items[i], arena), id)) {
            *out = list.items[i];
            return OK;
        }
    return ERR_NOT_FOUND;
}

enum error session_end(struct worker *w, const struct principal *who, str id, usec now,
                       struct arena *arena)
{
    struct session_row row;
    enum error err = find(w, who, id, now, arena, &row);
    if (err)
        return err;

    CLEANUP(edit_end) struct edit edit = {0};
    err = edit_user(&edit, w, who->user_id, now);
    if (!err)
        err = sessions_delete(edit.txn.db, row.mac);
    if (!err)
        err = note_ended(w, &edit.txn, who, id, 1, now, arena);
    if (!err)
        err = edit_commit(&edit);
    return err;
}

enum error sessions_end_others(struct worker *w, const struct principal *who, str cookie, usec now,
                               struct arena *arena, int64_t *ended)
{
    CLEANUP(edit_end) struct edit edit = {0};
    int64_t count = 0;
    str mac = str_is_empty(cookie) ? STR("none") : session_mac(w->shared, cookie, arena);
    enum error err = edit_user(&edit, w, who->user_id, now);
    if (!err)
        err = sessions_delete_others(edit.txn.db, who->user_id, mac, &count);
    if (!err && count > 0)
        err = note_ended(w, &edit.txn, who, STR(""), count, now, arena);
    if (!err)
        err = edit_commit(&edit);
    if (!err)
        *ended = count;
    return err;
}
