#include "service/internal.h"

#include "auth/unknown_pat.h"
#include "service/dead_token.h"
#include "service/token_reach.h"
#include "token/access.h"
#include "token/api_key.h"
#include "token/form.h"
#include "token/pat.h"

/* The row of a PAT that Label Studio issued after the import: known from its whole text only. */
static enum error record_foreign(struct worker *w, const struct pat *pat, usec now,
                                 struct token_row *out)
{
    struct token_row row = {
        .id = pat->jti,
        .kind = TOKEN_PAT,
        .token_key = (int64_t)token_parent_key(pat->jti),
        .user_id = pat->user_id,
        .name = STR(TOKEN_DEFAULT_NAME),
        .kid = STR(""),
        .issued_at = pat->issued_at,
        .expires_at = pat->expires_at,
        .created_at = now,
        .unsigned_text = STR(""),
        .mac = STR(""),
        .hint = STR(""),
        .scopes = STR("all"),
        .allowed_ips = STR(""),
        .family = STR(""),
        .rotated_from = STR(""),
        .replaced_by = STR(""),
    };
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct subject subject;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = subject_hold(&txn, pat->user_id, &subject);
    if (!err) {
        row.expires_at = unknown_pat_end(pat, &subject, w->shared->config->strict);
        row.claimed_end = row.expires_at < pat->expires_at ? pat->expires_at : 0;
        err = tokens_insert(txn.db, &row);
    }
    if (!err)
        err = txn_commit(&txn);
    if (!err)
        *out = row;
    return err;
}

static enum error find_api_key(struct worker *w, str text, struct arena *arena,
                               struct token_row *out)
{
    unsigned char mac[MAC_BYTES];
    if (!api_key_is_well_formed(text))
        return ERR_NOT_FOUND;
    mac_compute(&w->shared->auth.api_key_mac, text, mac);
    return tokens_find_by_mac(w->db, str_of((const char *)mac, sizeof(mac)), arena, out);
}

enum error token_find_shown(struct worker *w, str text, usec now, struct arena *arena,
                            struct token_row *out)
{
    struct pat pat = {.jti = STR("")};
    struct token_clock clock = {.now = now, .skew_seconds = w->shared->auth.leeway_seconds};
    if (credential_form(text) == FORM_API_KEY)
        return find_api_key(w, text, arena, out);
    enum error err = pat_verify(text, w->shared->keys, &clock, arena, &pat);
    if (err)
        return err == ERR_EXPIRED ? ERR_EXPIRED : ERR_NOT_FOUND;
    err = tokens_find(w->db, pat.jti, arena, out);
    if (err == ERR_NOT_FOUND && unknown_pat_counts(text, w->shared->keys, arena))
        err = record_foreign(w, &pat, now, out);
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
        err = token_end(w, who, &row,
                        is_whole && row.user_id != who->user_id ? ENDED_BY_HOLDER
                                                                : end_reason(who, row.user_id),
                        now, arena);
    return err == ERR_REVOKED ? ERR_NOT_FOUND : err;
}

enum error token_rotate_shown(struct worker *w, const struct principal *who, str text, usec grace,
                              usec now, struct arena *arena, struct new_token *out)
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
    if (err == ERR_NOT_FOUND || (!err && row.user_id != who->user_id))
        return ERR_INVALID;
    if (!err && !token_row_lives(&row, now)) {
        token_dead_shown(w, row.dead_used_at == 0 ? row.id : STR(""), now);
        return ERR_INVALID;
    }
    if (!err)
        err = token_succeed(w, who, &row, grace, now, arena, out);
    return err == ERR_REVOKED || err == ERR_EXPIRED ? ERR_INVALID : err;
}
