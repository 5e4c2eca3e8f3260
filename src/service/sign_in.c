#include "service/sign_in.h"

#include "base/encoding.h"
#include "base/log.h"
#include "cluster/change.h"
#include "crypto/mac.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "service/accounts.h"
#include "store/members.h"
#include "store/sessions.h"

#define COOKIE_BYTES 32
#define USER_AGENT_KEPT 200 /* bytes: enough to tell browsers apart */

static str session_mac(const struct shared *shared, str cookie, struct arena *arena)
{
    unsigned char mac[MAC_BYTES];
    mac_compute(&shared->auth.session_mac, cookie, mac);
    return arena_copy(arena, str_of((const char *)mac, sizeof(mac)));
}

enum error session_start(struct worker *w, int64_t user_id, const struct sign_in_order *order,
                         usec now, struct arena *arena, struct session *out)
{
    arena_mark_secret(arena);
    str cookie = random_hex(arena, COOKIE_BYTES);
    usec age = order->is_persistent ? SESSION_MAX_AGE : SESSION_BROWSER_AGE;
    struct session_row row = {
        .mac = session_mac(w->shared, cookie, arena),
        .user_id = user_id,
        .created_at = now,
        .seen_at = now,
        .expires_at = now + age,
        .is_persistent = order->is_persistent,
        .address = order->address,
        .user_agent = str_slice(order->user_agent, 0, USER_AGENT_KEPT),
    };
    if (!str_is_utf8(row.user_agent))
        row.user_agent = STR("");

    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = sessions_purge(txn.db, now, now - SESSION_IDLE);
    if (!err)
        err = sessions_insert(txn.db, &row);
    if (!err)
        err = users_touch(txn.db, user_id, now);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = (struct session){.cookie = cookie,
                                .user_id = user_id,
                                .expires_at = row.expires_at,
                                .is_persistent = row.is_persistent};
    return err;
}

/* A hash of an older form is replaced while the password is at hand. Not worth a refusal. */
static void renew_hash(struct worker *w, const struct user_row *user, str password,
                       struct arena *arena)
{
    str hash;
    enum error err = password_hash(arena, password, &hash);
    CLEANUP(txn_rollback) struct txn txn = {0};
    if (!err)
        err = txn_begin(w->db, &txn);
    if (!err)
        err = users_renew_password(txn.db, user->id, user->password, hash);
    if (!err)
        err = txn_commit(&txn);
    if (err)
        log_warning("the password hash of user %lld could not be renewed: %s", (long long)user->id,
                    error_name(err));
}

/* The user whose password it is. ERR_UNAUTHENTICATED in the same time, whoever is missing. */
static enum error check_password(struct worker *w, const struct sign_in_order *order,
                                 struct arena *arena, struct user_row *out)
{
    struct user_row user;
    bool outdated = false;
    enum error err = users_find_by_email(w->db, order->email, arena, &user);
    if (err == ERR_NOT_FOUND) {
        err = password_waste(order->password);
        return err ? err : ERR_UNAUTHENTICATED;
    }
    if (err)
        return err;
    err = password_check(user.password, order->password, &outdated);
    if (err == ERR_MALFORMED) { /* no password works: as slow as one that is wrong */
        err = password_waste(order->password);
        return err ? err : ERR_UNAUTHENTICATED;
    }
    if (err == ERR_FORGED || (!err && !user.is_active))
        return ERR_UNAUTHENTICATED;
    if (err)
        return err;
    if (outdated)
        renew_hash(w, &user, order->password, arena);
    *out = user;
    return OK;
}

/* A member who has no active organization comes back to the oldest; a removed one has none. */
static enum error settle_in(struct worker *w, struct user_row *user, usec now)
{
    struct member_row member;
    enum error err = ERR_NOT_FOUND;
    if (user->active_organization_id != 0)
        err = members_find(w->db, user->id, user->active_organization_id, &member);
    if (!err && member.removed_at == 0)
        return OK;
    if (err && err != ERR_NOT_FOUND)
        return err;
    err = members_first_of_user(w->db, user->id, &member);
    if (err)
        return err == ERR_NOT_FOUND ? ERR_FORBIDDEN : err;

    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_USER, (uint64_t)user->id);
    CLEANUP(txn_rollback) struct txn txn = {0};
    err = txn_begin(w->db, &txn);
    if (!err)
        err = users_set_organization(txn.db, user->id, member.organization_id);
    if (!err)
        err = change_commit(&change, &txn);
    if (!err)
        user->active_organization_id = member.organization_id;
    return err;
}

enum error sign_in(struct worker *w, const struct sign_in_order *order, usec now,
                   struct arena *arena, struct session *out)
{
    struct shared *shared = w->shared;
    arena_mark_secret(arena);
    str account = email_fold(arena, order->email);
    int64_t wait = rate_begin(shared->failures_by_account, account, now);
    if (wait == 0) {
        wait = rate_begin(shared->failures_by_address, order->address, now);
        if (wait != 0) /* nothing was tried: it does not count against the account */
            rate_succeeded(shared->failures_by_account, account, now);
    }
    if (wait != 0) {
        out->retry_after = wait;
        return ERR_THROTTLED;
    }

    struct user_row user;
    enum error err = check_password(w, order, arena, &user);
    if (err != ERR_UNAUTHENTICATED) {
        rate_succeeded(shared->failures_by_account, account, now);
        rate_succeeded(shared->failures_by_address, order->address, now);
    }
    if (!err)
        err = settle_in(w, &user, now);
    if (!err)
        err = session_start(w, user.id, order, now, arena, out);
    return err;
}

enum error sign_out(struct worker *w, str cookie, usec now, struct arena *arena)
{
    str mac = session_mac(w->shared, cookie, arena);
    struct session_row row;
    enum error err = sessions_find(w->db, mac, arena, &row);
    if (err)
        return err == ERR_NOT_FOUND ? OK : err;

    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_USER, (uint64_t)row.user_id); /* other processes keep decisions too */
    CLEANUP(txn_rollback) struct txn txn = {0};
    err = txn_begin(w->db, &txn);
    if (!err)
        err = sessions_delete(txn.db, mac);
    if (!err)
        err = change_commit(&change, &txn);
    return err;
}
