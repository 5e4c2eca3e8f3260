#include "service/tokens.h"

#include "auth/unknown_pat.h"
#include "cluster/change.h"
#include "crypto/random.h"
#include "service/token_reach.h"
#include "store/subjects.h"
#include "token/access.h"
#include "token/key_ring.h"
#include "token/pat.h"

static usec whole_second(usec t)
{
    return SECONDS(usec_to_seconds(t));
}

/* The names of tokens are for people: any script, no control characters, nothing invisible alone.
 */
static bool name_is_good(str name)
{
    if (!str_is_utf8(name) || str_is_empty(str_trim(name)) ||
        str_utf8_length(name) > TOKEN_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
            return false;
    return true;
}

static void check_name(str name, struct complaints *complaints)
{
    if (!name_is_good(name))
        complain(complaints, STR("name"),
                 STR("Must be 1 to 100 characters, without control characters."));
}

/* The end of a new token: as asked, at most as far away as the organization allows. */
static usec check_end(const struct token_order *order, int64_t limit_days, usec now,
                      struct arena *arena, struct complaints *complaints)
{
    usec latest = whole_second(now) + DAYS(limit_days);
    if (order->ttl_days != 0 && order->expires_at != 0) {
        complain(complaints, STR("expires_at"), STR("Give either expires_at or ttl_days."));
        return latest;
    }
    if (order->ttl_days < 0 || order->ttl_days > limit_days) {
        complain(complaints, STR("ttl_days"),
                 arena_printf(arena,
                              "Must be a whole number from 1 to %lld, this organization's limit.",
                              (long long)limit_days));
        return latest;
    }
    if (order->ttl_days != 0)
        return whole_second(now) + DAYS(order->ttl_days);
    if (order->expires_at == 0)
        return latest;
    if (whole_second(order->expires_at) <= now)
        complain(complaints, STR("expires_at"), STR("Must lie in the future."));
    else if (whole_second(order->expires_at) > latest)
        complain(complaints, STR("expires_at"),
                 arena_printf(arena,
                              "Must not lie more than %lld days ahead, this organization's limit.",
                              (long long)limit_days));
    return whole_second(order->expires_at);
}

/* A token that is not yet stored, and its secret. */
static enum error token_prepare(const struct shared *shared, int64_t user_id, str name, usec now,
                                usec expires_at, struct arena *arena, struct new_token *out)
{
    const struct signing_key *key = key_ring_current(shared->keys);
    struct pat pat = {
        .jti = jti_new(arena),
        .user_id = user_id,
        .issued_at = whole_second(now),
        .expires_at = expires_at,
        .user_id_json = STR(""),
        .extra = STR(""),
        .missing = STR(""),
    };
    struct new_token token = {.row = {.id = pat.jti,
                                      .token_key = (int64_t)token_parent_key(pat.jti),
                                      .user_id = user_id,
                                      .name = name,
                                      .holds_name = true,
                                      .kid = key->kid,
                                      .issued_at = pat.issued_at,
                                      .expires_at = pat.expires_at,
                                      .created_at = now,
                                      .unsigned_text = STR("")}};
    arena_mark_secret(arena);
    enum error err = pat_sign(&pat, key, arena, &token.secret);
    if (!err)
        *out = token;
    return err;
}

/* With the user's row held: the rules that span his other tokens. */
static enum error check_room(struct txn *txn, const struct subject *subject, usec now)
{
    int64_t living;
    if (subject->settings.max_tokens_per_user == 0)
        return OK;
    enum error err = tokens_count_living(txn->db, subject->user_id, now, &living);
    if (err)
        return err;
    return living < subject->settings.max_tokens_per_user ? OK : ERR_LIMIT;
}

static int64_t ttl_limit(const struct shared *shared, const struct subject *subject)
{
    return shared->config->strict ? API_TOKEN_TTL_DAYS_MAX : subject->settings.api_token_ttl_days;
}

static bool kind_is_off(const struct shared *shared, const struct subject *subject)
{
    return !shared->config->strict && !subject->settings.api_tokens_enabled;
}

/* Inside a transaction. The settings are read there, so that a limit lowered meanwhile holds. */
static enum error create(struct worker *w, struct txn *txn, int64_t user_id,
                         const struct token_order *order, usec now, struct arena *arena,
                         struct complaints *complaints, struct new_token *out)
{
    struct subject subject;
    enum error err = users_lock(txn->db, user_id);
    if (!err)
        err = subjects_find(txn->db, user_id, &subject);
    if (err)
        return err;
    if (kind_is_off(w->shared, &subject))
        return ERR_KIND_OFF;
    usec end = check_end(order, ttl_limit(w->shared, &subject), now, arena, complaints);
    if (complaints->count > 0)
        return ERR_INVALID;
    err = tokens_free_names(txn->db, user_id, now);
    if (!err)
        err = check_room(txn, &subject, now);
    if (!err)
        err = token_prepare(w->shared, user_id, order->name, now, end, arena, out);
    return err ? err : tokens_insert(txn->db, &out->row);
}

enum error token_create(struct worker *w, const struct principal *who, int64_t user_id,
                        const struct token_order *order, usec now, struct arena *arena,
                        struct complaints *complaints, struct new_token *out)
{
    enum error err = token_reach(w->db, who, user_id);
    if (err)
        return err;
    check_name(order->name, complaints);
    if (complaints->count > 0)
        return ERR_INVALID;

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct new_token token;
    err = txn_begin(w->db, &txn);
    if (!err)
        err = create(w, &txn, user_id, order, now, arena, complaints, &token);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = token;
    return err;
}

enum error token_create_default(struct worker *w, const struct principal *who, usec now,
                                struct arena *arena, struct new_token *out)
{
    struct token_order order = {.name = STR(TOKEN_DEFAULT_NAME)};
    struct complaints complaints = {0};
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct new_token token;
    int64_t living = 0;
    enum error err = txn_begin(w->db, &txn);
    if (!err && w->shared->config->strict) {
        err = users_lock(txn.db, who->user_id);
        if (!err)
            err = tokens_count_living(txn.db, who->user_id, now, &living);
        if (!err && living > 0)
            err = ERR_CONFLICT;
    }
    if (!err)
        err = create(w, &txn, who->user_id, &order, now, arena, &complaints, &token);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = token;
    return err;
}

enum error token_list(struct worker *w, const struct principal *who, int64_t user_id,
                      struct token_cursor after, int64_t limit, usec now, struct arena *arena,
                      struct token_list *out)
{
    enum error err = token_reach(w->db, who, user_id);
    if (err)
        return err;
    return tokens_list_living(w->db, user_id, now, after.created_at, after.id, limit, arena, out);
}

enum error token_show(struct worker *w, const struct principal *who, str id, struct arena *arena,
                      struct token_row *out)
{
    struct token_row row;
    enum error err = tokens_find(w->db, id, arena, &row);
    if (!err)
        err = token_reach(w->db, who, row.user_id);
    if (!err)
        *out = row;
    return err;
}

str token_unsigned_text(struct worker *w, const struct token_row *row, struct arena *arena)
{
    if (!str_is_empty(row->unsigned_text))
        return row->unsigned_text;
    const struct signing_key *key = key_ring_find(w->shared->keys, row->kid);
    struct pat pat = {
        .jti = row->id,
        .user_id = row->user_id,
        .issued_at = row->issued_at,
        .expires_at = row->expires_at,
        .user_id_json = STR(""),
        .extra = STR(""),
        .missing = STR(""),
    };
    str text = STR("");
    enum error err =
        pat_write_unsigned(&pat, key ? key->algorithm : JWT_HS256, row->kid, arena, &text);
    return err ? STR("")
               : text; /* a jti that JSON would have to escape: it has a text of its own */
}

enum error token_rename(struct worker *w, const struct principal *who, str id, str name, usec now,
                        struct arena *arena, struct complaints *complaints)
{
    struct token_row row;
    check_name(name, complaints);
    if (complaints->count > 0)
        return ERR_INVALID;
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = tokens_find(txn.db, id, arena, &row);
    if (!err)
        err = token_reach(txn.db, who, row.user_id);
    if (!err)
        err = tokens_free_names(txn.db, row.user_id, now);
    if (!err)
        err = tokens_rename(txn.db, id, name);
    return err ? err : txn_commit(&txn);
}

/* The row is known and in reach. */
static enum error end_token(struct worker *w, const struct token_row *row, usec now)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_TOKEN, (uint64_t)row->token_key);

    CLEANUP(txn_rollback) struct txn txn = {0};
    bool changed = false;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = tokens_revoke(txn.db, row->id, now, &changed);
    if (!err && !changed)
        err = ERR_REVOKED;
    return err ? err : change_commit(&change, &txn);
}

enum error token_revoke(struct worker *w, const struct principal *who, str id, usec now,
                        struct arena *arena)
{
    struct token_row row;
    enum error err = token_show(w, who, id, arena, &row);
    return err ? err : end_token(w, &row, now);
}

/* The row of a PAT that Label Studio issued after the import: known from its whole text only. */
static enum error record_foreign(struct worker *w, const struct pat *pat, usec now,
                                 struct token_row *out)
{
    struct token_row row = {
        .id = pat->jti,
        .token_key = (int64_t)token_parent_key(pat->jti),
        .user_id = pat->user_id,
        .name = STR(TOKEN_DEFAULT_NAME),
        .kid = STR(""),
        .issued_at = pat->issued_at,
        .expires_at = pat->expires_at,
        .created_at = now,
        .unsigned_text = STR(""),
    };
    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = users_lock(txn.db, pat->user_id);
    if (!err)
        err = tokens_insert(txn.db, &row);
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = row;
    return err;
}

enum error token_revoke_shown(struct worker *w, const struct principal *who, str text, usec now,
                              struct arena *arena)
{
    struct pat pat = {.jti = STR("")};
    struct claims claims;
    struct token_row row;
    struct token_clock clock = {.now = now, .skew_seconds = w->shared->auth.leeway_seconds};
    bool is_whole = pat_verify(text, w->shared->keys, &clock, arena, &pat) == OK;
    str jti = pat.jti;
    if (!is_whole) {
        if (jwt_peek_unverified(text, arena, &claims) || !claims_have(&claims, CLAIM_JTI))
            return ERR_NOT_FOUND;
        if (!principal_is_somebody(who))
            return ERR_UNAUTHENTICATED;
        jti = claims.jti;
    }
    enum error err = tokens_find(w->db, jti, arena, &row);
    if (err == ERR_NOT_FOUND && is_whole && unknown_pat_counts(text, w->shared->keys, arena))
        err = record_foreign(w, &pat, now, &row);
    if (!err && !is_whole)
        err = token_reach(w->db, who, row.user_id);
    if (!err)
        err = end_token(w, &row, now);
    return err == ERR_REVOKED ? ERR_NOT_FOUND : err;
}

/* The row is a living token; its successor has the same name and, within the limit, length of life.
 */
static enum error rotate(struct worker *w, const struct token_row *old, int64_t user_id, usec now,
                         struct arena *arena, struct new_token *out)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, w->shared->page, now);
    change_of(&change, OWNER_TOKEN, (uint64_t)old->token_key);

    CLEANUP(txn_rollback) struct txn txn = {0};
    struct subject subject;
    struct new_token token;
    bool changed = false;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = users_lock(txn.db, user_id);
    if (!err)
        err = subjects_find(txn.db, user_id, &subject);
    if (!err && kind_is_off(w->shared, &subject))
        err = ERR_KIND_OFF;
    if (!err)
        err = tokens_revoke(txn.db, old->id, now, &changed);
    if (!err && !changed)
        err = ERR_REVOKED;
    if (!err) {
        usec life =
            old->issued_at != 0 ? old->expires_at - old->issued_at : DAYS(API_TOKEN_TTL_DAYS_MAX);
        usec limit = DAYS(ttl_limit(w->shared, &subject));
        err = token_prepare(w->shared, user_id, old->name, now,
                            whole_second(now) + (life < limit ? life : limit), arena, &token);
    }
    if (!err)
        err = tokens_insert(txn.db, &token.row);
    if (!err)
        err = change_commit(&change, &txn);
    if (!err)
        *out = token;
    return err;
}

enum error token_rotate(struct worker *w, const struct principal *who, str id, usec now,
                        struct arena *arena, struct new_token *out)
{
    struct token_row row;
    enum error err = token_show(w, who, id, arena, &row);
    if (err)
        return err;
    if (row.revoked_at != 0)
        return ERR_REVOKED;
    if (row.expires_at <= now)
        return ERR_EXPIRED;
    return rotate(w, &row, row.user_id, now, arena, out);
}

enum error token_rotate_shown(struct worker *w, const struct principal *who, str text, usec now,
                              struct arena *arena, struct new_token *out)
{
    struct pat pat;
    struct token_row row;
    struct token_clock clock = {.now = now, .skew_seconds = w->shared->auth.leeway_seconds};
    arena_mark_secret(arena);
    if (pat_verify(text, w->shared->keys, &clock, arena, &pat) || pat.user_id != who->user_id)
        return ERR_INVALID;
    enum error err = tokens_find(w->db, pat.jti, arena, &row);
    if (err == ERR_NOT_FOUND && unknown_pat_counts(text, w->shared->keys, arena))
        err = record_foreign(w, &pat, now, &row);
    if (err == ERR_NOT_FOUND || (!err && (row.revoked_at != 0 || row.user_id != who->user_id)))
        return ERR_INVALID;
    if (!err)
        err = rotate(w, &row, who->user_id, now, arena, out);
    return err == ERR_REVOKED ? ERR_INVALID : err;
}
