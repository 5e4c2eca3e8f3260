#include "service/own_password.h"

#include "crypto/password.h"
#include "service/accounts.h"
#include "service/audit.h"
#include "service/edit.h"
#include "service/sessions.h"
#include "store/users.h"

/* OK also when it is wrong: that is complained of. */
static enum error check_current(struct worker *w, const struct user_row *user, str current,
                                usec now, struct arena *arena, struct complaints *complaints,
                                int64_t *retry_after)
{
    struct rate *failures = w->shared->failures_by_account;
    bool outdated = false;
    str account = email_fold(arena, user->email);
    *retry_after = rate_begin(failures, account, now);
    if (*retry_after != 0)
        return ERR_THROTTLED;
    enum error err = password_check(user->password, current, &outdated);
    if (err == ERR_FORGED || err == ERR_MALFORMED) {
        complain(complaints, STR("current_password"), STR("This is not your password."));
        return OK;
    }
    rate_succeeded(failures, account, now);
    return err;
}

static void check_new(const struct password_order *order, struct complaints *complaints)
{
    size_t length = str_is_utf8(order->new_one) ? str_utf8_length(order->new_one) : 0;
    if (length < PASSWORD_MIN || length > PASSWORD_MAX)
        complain(complaints, STR("new_password"), STR("Must have 8 to 128 characters."));
    else if (str_equal(order->new_one, order->current))
        complain(complaints, STR("new_password"), STR("Must differ from the current one."));
}

/* Only in place of the one that was checked. */
static enum error store(struct worker *w, const struct principal *who, const struct user_row *user,
                        str hash, str cookie, usec now, struct arena *arena)
{
    CLEANUP(edit_end) struct edit edit = {0};
    struct user_row row;
    int64_t ended;
    str kept = str_is_empty(cookie) ? STR("none") : session_mac(w->shared, cookie, arena);
    struct audit_event event = audit_about_user(AUDIT_USER_PASSWORD_CHANGED, who->organization_id,
                                                user->id, user->email, arena);
    enum error err = edit_user(&edit, w, user->id, now);
    if (!err)
        err = users_find(edit.txn.db, user->id, arena, &row);
    if (!err && !equal_secret(row.password, user->password))
        err = ERR_CONFLICT;
    if (!err)
        err = users_set_password(edit.txn.db, user->id, hash);
    if (!err)
        err = sessions_delete_others(edit.txn.db, user->id, kept, &ended);
    if (!err)
        err = audit_note(w, &edit.txn, who, &event, now);
    if (!err)
        err = edit_commit(&edit);
    return err;
}

enum error own_password_change(struct worker *w, const struct principal *who,
                               const struct password_order *order, usec now, struct arena *arena,
                               struct complaints *complaints, int64_t *retry_after)
{
    struct user_row user;
    str hash;
    *retry_after = 0;
    enum error err = users_find(w->db, who->user_id, arena, &user);
    if (!err && user.is_service)
        return ERR_FORBIDDEN;
    check_new(order, complaints);
    if (!err && complaints->count == 0)
        err = check_current(w, &user, order->current, now, arena, complaints, retry_after);
    if (!err && complaints->count > 0)
        return ERR_INVALID;
    if (!err)
        err = password_hash(arena, order->new_one, &hash);
    return err ? err : store(w, who, &user, hash, order->cookie, now, arena);
}

enum error own_password_must_change(struct worker *w, const struct principal *who, bool *out)
{
    return users_must_change_password(w->db, who->user_id, out);
}
