/*
 * POST /api/token/refresh: the one rule that runs in both lanes.
 */
#include "auth/guard.h"
#include "auth/unknown_pat.h"
#include "service/tokens.h"
#include "token/access.h"
#include "token/key_ring.h"
#include "token/pat.h"

/* Its access tokens say what binds it. */
static enum error say_scopes(struct pat *pat, const struct principal *holder, struct arena *arena)
{
    str scopes = principal_scope_claim(holder);
    if (str_is_empty(scopes))
        return OK;
    if (access_has_scope_claim(pat->extra)) /* two would contradict each other */
        return ERR_FORGED;
    pat->extra = ARENA_JOIN(arena, access_scope_claim(scopes, arena), pat->extra);
    return OK;
}

static enum error mint(const struct shared *shared, const struct pat *parent,
                       const struct principal *holder, usec now, struct arena *arena,
                       struct exchanged *out)
{
    struct new_access access;
    struct pat pat = *parent;
    enum error err = say_scopes(&pat, holder, arena);
    if (!err)
        err = access_sign(&pat, key_ring_access(shared->keys), now,
                          usec_to_seconds(shared->config->access_token_ttl), arena, &access);
    if (err)
        return err;
    *out = (struct exchanged){
        .access = access.token,
        .missing = STR(""),
        .dead_token = STR(""),
        .expires_in = usec_to_seconds(access.expires_at) - usec_to_seconds(access.issued_at),
        .holder = *holder,
    };
    out->holder.scopes = arena_copy(arena, holder->scopes); /* which may borrow from our caller */
    return OK;
}

/* Whose use it is; what binds it is added. */
static struct principal holder_of(int64_t user_id, int64_t organization_id, int64_t token_key,
                                  usec expires_at)
{
    return (struct principal){.kind = CREDENTIAL_PAT,
                              .user_id = user_id,
                              .organization_id = organization_id,
                              .token_key = token_key,
                              .expires_at = expires_at,
                              .token_id = STR(""),
                              .scopes = STR("")};
}

/* What is kept of a PAT that may be exchanged: all that goes into its access tokens. */
struct packed {
    int64_t user_id;
    int64_t organization_id;
    int64_t token_key;
    usec expires_at;
    uint16_t scopes_len; /* the scopes follow */
    uint8_t guards;
    uint8_t jti_len;
    uint8_t user_id_json_len;
    bool is_whole; /* its texts follow the scopes */
};

static void append(char *room, size_t *len, str text)
{
    memcpy(room + *len, text.ptr, text.len);
    *len += text.len;
}

/* Where its texts are too much, the PAT itself is read each time. */
static str pack(const struct pat *pat, const struct principal *holder, char *room, size_t bytes)
{
    struct packed packed;
    size_t len = 0, head = sizeof(packed) + holder->scopes.len;
    if (head > bytes)
        return STR("");
    memset(&packed, 0, sizeof(packed)); /* its padding too */
    packed.user_id = pat->user_id;
    packed.organization_id = holder->organization_id;
    packed.token_key = holder->token_key;
    packed.expires_at = pat->expires_at;
    packed.guards = (uint8_t)holder->guards;
    packed.scopes_len = (uint16_t)holder->scopes.len;
    packed.is_whole = pat->extra.len == 0 && pat->jti.len <= UINT8_MAX &&
                      pat->user_id_json.len <= UINT8_MAX &&
                      head + pat->jti.len + pat->user_id_json.len <= bytes;
    if (packed.is_whole) {
        packed.jti_len = (uint8_t)pat->jti.len;
        packed.user_id_json_len = (uint8_t)pat->user_id_json.len;
    }
    append(room, &len, str_of((const char *)&packed, sizeof(packed)));
    append(room, &len, holder->scopes);
    if (packed.is_whole) {
        append(room, &len, pat->jti);
        append(room, &len, pat->user_id_json);
    }
    return str_of(room, len);
}

/* `out` borrows from `kept`. False: the PAT is not in it, only whose it is. */
static bool unpack(str kept, struct pat *out, struct principal *holder)
{
    struct packed packed;
    if (kept.len < sizeof(packed))
        return false;
    memcpy(&packed, kept.ptr, sizeof(packed));
    *holder =
        holder_of(packed.user_id, packed.organization_id, packed.token_key, packed.expires_at);
    str texts = str_from_at(kept, sizeof(packed));
    holder->guards = packed.guards;
    holder->scopes = str_slice(texts, 0, packed.scopes_len);
    if (!packed.is_whole)
        return false;
    texts = str_from_at(texts, packed.scopes_len);
    *out = (struct pat){
        .jti = str_slice(texts, 0, packed.jti_len),
        .user_id = packed.user_id,
        .expires_at = packed.expires_at,
        .user_id_json = str_slice(str_from_at(texts, packed.jti_len), 0, packed.user_id_json_len),
        .extra = STR(""),
        .missing = STR(""),
    };
    return true;
}

/* `pat` ends with its row from then on, which may be before its claim: its access tokens too. */
static enum error check_token(const struct shared *shared, str text, struct pat *pat,
                              const struct subject_and_token *read, usec now, struct arena *arena)
{
    if (!read->token_is_there) {
        pat->expires_at = unknown_pat_end(pat, &read->subject, shared->config->strict);
        if (!unknown_pat_counts(text, shared->keys, arena))
            return ERR_FORGED;
        return pat->expires_at > now ? OK : ERR_EXPIRED;
    }
    if (read->token_revoked_at == 0 && read->token_user_id != pat->user_id)
        return ERR_FORGED; /* 0: its user was deleted */
    if (read->token_ends_at <= now)
        return read->token_revoked_at != 0 || read->token_was_replaced ? ERR_REVOKED : ERR_EXPIRED;
    if (read->token_ends_at < pat->expires_at)
        pat->expires_at = read->token_ends_at;
    return OK;
}

static void bind(const struct subject_and_token *read, struct principal *holder)
{
    if (!scope_list_is_all(read->token_scopes)) {
        holder->scopes = read->token_scopes;
        holder->guards |= GUARD_SCOPES;
    }
    if (read->token_has_allowed_ips)
        holder->guards |= GUARD_TOKEN_ADDRESSES;
    if (read->subject.organization_id != 0 && read->subject.settings.has_allowed_ips)
        holder->guards |= GUARD_ORGANIZATION_ADDRESSES;
}

static enum error check_subject(const struct shared *shared, const struct subject *subject)
{
    if (!subject->is_active)
        return ERR_INACTIVE;
    if (subject->organization_id != 0 && !subject->settings.api_tokens_enabled &&
        !shared->config->strict)
        return ERR_KIND_OFF;
    return OK;
}

/* Label Studio looks at its blacklist before exp's presence and the type: see pat_verify. */
static enum error check_revoked_first(struct db *db, const struct pat *pat, enum error err,
                                      struct arena *arena)
{
    if ((err != ERR_MISSING_CLAIM && err != ERR_WRONG_TYPE) || str_is_empty(pat->jti))
        return err;
    if (!db)
        return ERR_WOULD_BLOCK;
    struct token_row row;
    enum error found = tokens_find(db, pat->jti, arena, &row);
    if (found && found != ERR_NOT_FOUND)
        return found;
    return !found && row.revoked_at != 0 ? ERR_REVOKED : err;
}

enum error token_exchange(struct shared *shared, struct db *db, str text, usec now,
                          struct arena *arena, struct exchanged *out)
{
    struct pat pat = {.missing = STR(""), .jti = STR("")};
    struct token_clock clock = {.now = now, .skew_seconds = shared->auth.leeway_seconds};
    struct subject_and_token read;
    struct principal holder = {.token_id = STR(""), .scopes = STR("")};
    struct basis basis;
    char kept[DECISION_ANSWER_MAX];
    size_t len;

    arena_mark_secret(arena);
    *out = (struct exchanged){.access = STR(""), .missing = STR(""), .dead_token = STR("")};
    bool is_known = decision_find(shared->decisions, shared->page, TAG_EXCHANGE, text, now, kept,
                                  sizeof(kept), &len);
    if (is_known && unpack(str_of(kept, len), &pat, &holder)) /* these bytes have been verified */
        return mint(shared, &pat, &holder, now, arena, out);
    enum error err = pat_verify(text, shared->keys, &clock, arena, &pat);
    if (err) {
        err = check_revoked_first(db, &pat, err, arena);
        out->missing = pat.missing;
        return err == ERR_MALFORMED ? ERR_FORGED : err;
    }
    if (is_known && holder.expires_at < pat.expires_at)
        pat.expires_at = holder.expires_at; /* its row ends before its claim */
    if (is_known)
        return mint(shared, &pat, &holder, now, arena, out);
    if (!db)
        return ERR_WOULD_BLOCK;

    err = subject_load_with_token(&shared->auth, db, pat.user_id, pat.jti,
                                  (int64_t)token_parent_key(pat.jti), now, arena, &read, &basis);
    if (err == ERR_NOT_FOUND)
        return ERR_FORGED;
    if (!err)
        err = check_token(shared, text, &pat, &read, now, arena);
    if ((err == ERR_REVOKED || err == ERR_EXPIRED) && read.token_is_there &&
        !read.token_end_is_noted)
        out->dead_token = pat.jti;
    if (!err)
        err = check_subject(shared, &read.subject);
    if (err)
        return err;
    holder = holder_of(pat.user_id, read.subject.organization_id,
                       (int64_t)token_parent_key(pat.jti), pat.expires_at);
    bind(&read, &holder);
    str packed = pack(&pat, &holder, kept, sizeof(kept));
    if (!str_is_empty(packed))
        decision_keep(shared->decisions, shared->page, TAG_EXCHANGE, text, &basis, pat.expires_at,
                      packed);
    return mint(shared, &pat, &holder, now, arena, out);
}

enum error token_exchange_from(struct shared *shared, struct db *db, str text, str address,
                               usec now, struct arena *arena, struct exchanged *out)
{
    struct exchanged exchanged;
    enum error err = token_exchange(shared, db, text, now, arena, &exchanged);
    if (!err && exchanged.holder.guards != 0)
        err = guard_check_address(&shared->auth, db, &exchanged.holder, address, now, arena);
    if (err)
        exchanged.access = STR("");
    *out = exchanged;
    return err;
}
