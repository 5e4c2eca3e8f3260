#include "service/sign_in.h"

#include "base/encoding.h"
#include "base/log.h"
#include "base/network.h"
#include "cluster/change.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "service/accounts.h"
#include "service/audit.h"
#include "service/sessions.h"
#include "store/members.h"
#include "store/sessions.h"

#define COOKIE_BYTES 32
#define USER_AGENT_KEPT 200 /* bytes: enough to tell browsers apart */

static enum error note_session(struct worker *w, struct txn *txn, enum audit_kind kind,
                               const struct user_row *user, usec now)
{
    const struct principal who = {.kind = CREDENTIAL_SESSION,
                                  .user_id = user->id,
                                  .organization_id = user->active_organization_id,
                                  .token_id = STR("")};
    struct audit_event event = {.kind = kind,
                                .organization_id = user->active_organization_id,
                                .subject_kind = STR("session"),
                                .subject_id = STR(""),
                                .subject_name = user->email,
                                .subject_user_id = user->id};
    return audit_note(w, txn, &who, &event, now);
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

    struct user_row user;
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = users_find(txn.db, user_id, arena, &user);
    if (!err && user.is_service)
        err = ERR_FORBIDDEN;
    if (!err)
        err = sessions_purge(txn.db, now, now - SESSION_IDLE);
    if (!err)
        err = sessions_insert(txn.db, &row);
    if (!err)
        err = users_touch(txn.db, user_id, now);
    if (!err)
        err = note_session(w, &txn, AUDIT_SESSION_SIGNED_IN, &user, now);
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

/* What came of a try, for the audit log. */
struct attempt {
    struct user_row user; /* its id is 0: there is none with that e-mail */
    str why_not;          /* of a failure: whoever tried is not told */
};

/*
 * Whose password it is. ERR_UNAUTHENTICATED in the same time, whoever is missing; then too the user
 * is known from here on, if there is one.
 */
static enum error check_password(struct worker *w, const struct sign_in_order *order,
                                 struct arena *arena, struct attempt *out)
{
    bool outdated = false;
    enum error err = users_find_by_email(w->db, order->email, arena, &out->user);
    if (err == ERR_NOT_FOUND) {
        out->user.id = 0;
        out->why_not = STR("unknown account");
        err = password_waste(order->password);
        return err ? err : ERR_UNAUTHENTICATED;
    }
    if (err)
        return err;
    err = password_check(out->user.password, order->password, &outdated);
    if (err == ERR_MALFORMED) { /* no password works: as slow as one that is wrong */
        out->why_not = STR("account without a password");
        err = password_waste(order->password);
        return err ? err : ERR_UNAUTHENTICATED;
    }
    if (err && err != ERR_FORGED)
        return err;
    out->why_not = err ? STR("wrong password") : STR("deactivated account");
    if (err || !out->user.is_active)
        return ERR_UNAUTHENTICATED;
    if (outdated)
        renew_hash(w, &out->user, order->password, arena);
    return OK;
}

/*
 * Of a failure. What is no e-mail address is not kept: people type their password there. That it
 * cannot be written makes no difference to the answer, which is a refusal anyway.
 */
static void note_failure(struct worker *w, str email, const struct attempt *attempt, usec now,
                         struct arena *arena)
{
    const struct principal nobody = {.kind = CREDENTIAL_NONE, .token_id = STR("")};
    const struct audit_fact why = {STR("reason"), STR(""), attempt->why_not};
    bool is_known = attempt->user.id != 0;
    if (!is_known && !audit_has_room_for_strangers(w->shared, now))
        return;
    struct audit_event event = {
        .kind = AUDIT_SESSION_SIGN_IN_FAILED,
        .organization_id = is_known ? attempt->user.active_organization_id : 0,
        .subject_kind = STR("user"),
        .subject_id = is_known ? audit_number(arena, attempt->user.id) : STR(""),
        .subject_name = email_is_valid(email) ? email : STR("(not an e-mail address)"),
        .subject_user_id = is_known ? attempt->user.id : 0,
        .facts = &why,
        .fact_count = 1};
    enum error err = audit_note_alone(w, &nobody, &event, now);
    if (err)
        log_warning("a failed sign-in could not be noted: %s", error_name(err));
}

/* Once in a while for each account and address, so that whoever is kept waiting writes nothing. */
static void note_throttled(struct worker *w, str email, str waiting, usec now, struct arena *arena)
{
    const struct attempt attempt = {.why_not = STR("too many failures")};
    if (audit_is_due(w->shared, ARENA_JOIN(arena, STR("throttled "), waiting), now))
        note_failure(w, email, &attempt, now, arena);
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
    str account = email_fold(arena, order->email), waiting = account;
    str caller = network_of_caller(order->address, arena);
    int64_t wait = rate_begin(shared->failures_by_account, account, now);
    if (wait == 0) {
        wait = rate_begin(shared->failures_by_address, caller, now);
        if (wait != 0) /* nothing was tried: it does not count against the account */
            rate_succeeded(shared->failures_by_account, account, now);
        waiting = caller;
    }
    if (wait != 0) {
        note_throttled(w, account, waiting, now, arena);
        out->retry_after = wait;
        return ERR_THROTTLED;
    }

    struct attempt attempt = {.why_not = STR("")};
    enum error err = check_password(w, order, arena, &attempt);
    if (err != ERR_UNAUTHENTICATED) {
        rate_succeeded(shared->failures_by_account, account, now);
        rate_succeeded(shared->failures_by_address, caller, now);
    }
    if (!err) {
        attempt.why_not = STR("member of no organization");
        err = settle_in(w, &attempt.user, now);
        if (err == ERR_FORBIDDEN && order->may_be_homeless)
            err = OK;
    }
    if (err == ERR_UNAUTHENTICATED || err == ERR_FORBIDDEN)
        note_failure(w, account, &attempt, now, arena);
    if (!err)
        err = session_start(w, attempt.user.id, order, now, arena, out);
    return err;
}

enum error sign_out(struct worker *w, str cookie, usec now, struct arena *arena)
{
    str mac = session_mac(w->shared, cookie, arena);
    struct session_row row;
    struct user_row user;
    enum error err = sessions_find(w->db, mac, arena, &row);
    if (!err)
        err = users_find(w->db, row.user_id, arena, &user);
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
        err = note_session(w, &txn, AUDIT_SESSION_SIGNED_OUT, &user, now);
    if (!err)
        err = change_commit(&change, &txn);
    return err;
}
