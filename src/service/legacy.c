#include "service/legacy.h"

#include "cluster/change.h"
#include "crypto/mac.h"
#include "crypto/seal.h"
#include "service/audit.h"
#include "store/legacy_tokens.h"
#include "store/users.h"
#include "token/legacy.h"

/* The sealed copy opens for its own user only: a row moved to another user shows nothing. */
static str seal_context(int64_t user_id, struct arena *arena)
{
    return arena_printf(arena, "legacy token of user %lld", (long long)user_id);
}

static bool may_reach(const struct principal *who, int64_t user_id)
{
    return principal_is_somebody(who) &&
           (who->kind == CREDENTIAL_OPERATOR || who->user_id == user_id);
}

enum error legacy_token_put(const struct shared *shared, struct db *txn_db, int64_t user_id,
                            str text, usec now, struct arena *arena, str *out)
{
    if (str_is_empty(text))
        text = legacy_new(arena);
    unsigned char mac[MAC_BYTES];
    mac_compute(&shared->auth.legacy_mac, text, mac);
    struct legacy_token_row row = {
        .user_id = user_id,
        .mac = arena_copy(arena, str_of((const char *)mac, sizeof(mac))),
        .sealed = seal(shared->vault.legacy_seal, arena, text, seal_context(user_id, arena)),
        .created_at = now,
    };
    enum error err = legacy_tokens_save(txn_db, &row);
    if (!err)
        *out = text;
    return err;
}

static struct audit_event event_of(enum audit_kind kind, const struct principal *who,
                                   const struct user_row *user, struct arena *arena)
{
    struct audit_event event = audit_about_user(
        kind, audit_organization(who, user->active_organization_id), user->id, user->email, arena);
    event.subject_kind = STR("legacy_token");
    return event;
}

static enum error replace(struct worker *w, const struct principal *who, int64_t user_id, usec now,
                          struct arena *arena, str *out)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_USER, (uint64_t)user_id);

    CLEANUP(txn_rollback) struct txn txn = {0};
    str text;
    struct user_row user;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = users_lock(txn.db, user_id);
    if (!err)
        err = users_find(txn.db, user_id, arena, &user);
    if (!err && user.is_service) /* its tokens end, and administrators make them */
        err = ERR_FORBIDDEN;
    if (!err)
        err = legacy_token_put(w->shared, txn.db, user_id, STR(""), now, arena, &text);
    if (!err) {
        struct audit_event event = event_of(AUDIT_LEGACY_TOKEN_RESET, who, &user, arena);
        err = audit_note(w, &txn, who, &event, now);
    }
    if (!err)
        err = change_commit(&change, &txn);
    if (!err)
        *out = text;
    return err;
}

/* Scripts read it again and again: once in a while is enough. */
static enum error note_shown(struct worker *w, const struct principal *who, int64_t user_id,
                             usec now, struct arena *arena)
{
    struct user_row user;
    str what = arena_printf(arena, "legacy token of %lld shown to %lld by %.*s", (long long)user_id,
                            (long long)who->user_id, STR_ARG(credential_kind_name(who->kind)));
    if (!audit_is_due(w->shared, what, now))
        return OK;
    enum error err = users_find(w->db, user_id, arena, &user);
    if (err)
        return err;
    struct audit_event event = event_of(AUDIT_LEGACY_TOKEN_SHOWN, who, &user, arena);
    return audit_note_alone(w, who, &event, now);
}

enum error legacy_token_read(struct worker *w, const struct principal *who, int64_t user_id,
                             usec now, struct arena *arena, str *out)
{
    if (!may_reach(who, user_id))
        return ERR_NOT_FOUND;
    arena_mark_secret(arena);
    struct legacy_token_row row;
    enum error err = legacy_tokens_find(w->db, user_id, arena, &row);
    if (err == ERR_NOT_FOUND)
        return replace(w, who, user_id, now, arena, out);
    if (!err)
        err = note_shown(w, who, user_id, now, arena);
    if (err)
        return err;
    return unseal(w->shared->vault.legacy_seal, arena, row.sealed, seal_context(user_id, arena),
                  out);
}

enum error legacy_token_reset(struct worker *w, const struct principal *who, int64_t user_id,
                              usec now, struct arena *arena, str *out)
{
    if (!may_reach(who, user_id))
        return ERR_NOT_FOUND;
    arena_mark_secret(arena);
    return replace(w, who, user_id, now, arena, out);
}
