#include "auth/internal.h"

#include "auth/unknown_pat.h"
#include "store/legacy_tokens.h"
#include "store/tokens.h"
#include "token/access_order.h"
#include "token/api_key.h"
#include "token/legacy.h"
#include "token/pat.h"

static enum error refuse(enum auth_fault why, enum auth_fault *fault)
{
    *fault = why;
    return ERR_UNAUTHENTICATED;
}

static usec earlier(usec a, usec b)
{
    return a < b ? a : b;
}

static struct token_clock clock_of(const struct asking *ask)
{
    return (struct token_clock){.now = ask->now,
                                .skew_seconds = ask->auth->leeway_seconds,
                                .leeway_seconds = ask->auth->leeway_seconds};
}

static enum error load_subject(struct asking *ask, int64_t user_id, int64_t token_key,
                               struct subject *subject, struct basis *basis)
{
    return subject_load(ask->auth, ask->db, user_id, token_key, ask->now, subject, basis);
}

/*
 * How far the clock that made a token's `iat` may be ahead of the one that dated its parent's
 * revocation: another host's, or this one's before it was set back. Without it, a token issued by
 * a clock that is two seconds ahead would seem younger than a revocation a second after it.
 */
#define CLOCKS_APART SECONDS(10)

enum error check_parent(struct asking *ask, int64_t token_key, usec issued_at, struct parent *out)
{
    *out = (struct parent){.ends = USEC_NEVER, .scopes = STR("")};
    bool announced;
    uint64_t version = generation_read(
        ask->auth->page, generation_slot(OWNER_TOKEN, (uint64_t)token_key), &announced);
    /* issued after the last change of its parent, it was issued by a living one */
    if (!announced && issued_at > generation_version_time(version) + CLOCKS_APART)
        return OK;
    if (!ask->db)
        return ERR_WOULD_BLOCK;
    struct token_row parent;
    enum error err = tokens_find_by_key(ask->db, token_key, ask->arena, &parent);
    if (err == ERR_NOT_FOUND) /* Label Studio's own access tokens name no parent that we know */
        return OK;
    if (err)
        return err;
    *out = (struct parent){.is_known = true,
                           .ends = token_row_end(&parent),
                           .scopes = parent.scopes,
                           .has_addresses = !str_is_empty(parent.allowed_ips)};
    return token_row_lives(&parent, ask->now) ? OK : ERR_REVOKED;
}

/* A token acts within an organization, for somebody who may act. */
static enum error check_acts(const struct subject *subject, enum auth_fault *fault)
{
    if (!subject->is_active)
        return refuse(FAULT_TOKEN_INACTIVE, fault);
    return subject->organization_id != 0 ? OK : refuse(FAULT_TOKEN_UNKNOWN, fault);
}

static enum error check_pat_kind(const struct subject *subject, bool direct, enum auth_fault *fault)
{
    enum error err = check_acts(subject, fault);
    if (err)
        return err;
    if (!subject->settings.api_tokens_enabled || (direct && !subject->settings.direct_pat_enabled))
        return refuse(FAULT_PAT_OFF, fault);
    return OK;
}

static enum error check_api_key_kind(const struct subject *subject, enum auth_fault *fault)
{
    enum error err = check_acts(subject, fault);
    if (err)
        return err;
    return subject->settings.api_keys_enabled ? OK : refuse(FAULT_API_KEY_OFF, fault);
}

enum error check_access_token(struct asking *ask, str token, enum auth_fault *fault,
                              struct principal *out)
{
    struct access access;
    struct subject subject;
    struct basis basis;
    struct token_clock clock = clock_of(ask);
    struct parent parent;
    struct principal who = {.token_id = STR(""), .scopes = STR("")};
    if (principal_recall(ask, TAG_ACCESS, token, out))
        return OK;
    enum error err = access_verify(token, ask->auth->keys, &clock, ask->arena, &access);
    if (err == ERR_WRONG_TYPE)
        return err;
    if (err)
        return refuse(FAULT_TOKEN_UNKNOWN, fault);

    err = load_subject(ask, access.user_id, (int64_t)access.parent_key, &subject, &basis);
    if (err == ERR_NOT_FOUND)
        return refuse(FAULT_TOKEN_UNKNOWN, fault);
    if (!err)
        err = access_is_of_api_key(&access) ? check_api_key_kind(&subject, fault)
                                            : check_pat_kind(&subject, false, fault);
    if (!err)
        err = check_parent(ask, (int64_t)access.parent_key, access.issued_at, &parent);
    if (!err)
        err = restrict_by_claim(&access, &parent, ask->arena, &who);
    if (err == ERR_REVOKED)
        refusal_keep(ask, token, &basis, access.expires_at + SECONDS(ask->auth->leeway_seconds));
    if (err == ERR_REVOKED || (err == ERR_WOULD_BLOCK && refusal_recall(ask, token)))
        return refuse(FAULT_TOKEN_UNKNOWN, fault);
    if (err)
        return err;
    who.kind = CREDENTIAL_ACCESS_TOKEN;
    who.user_id = access.user_id;
    who.organization_id = subject.organization_id;
    who.role = subject.role;
    who.token_key = (int64_t)access.parent_key;
    who.expires_at = earlier(access.expires_at + SECONDS(ask->auth->leeway_seconds), parent.ends);
    who.token_id = access.jti;
    restrict_by_organization(&subject, &who);
    *out = who;
    principal_keep(ask, TAG_ACCESS, token, &basis, out->expires_at, out);
    return OK;
}

/* A token that has ended was shown, the whole of it: noted once. */
static void note_dead(struct asking *ask, const struct token_row *row)
{
    if (row->dead_used_at == 0)
        ask->dead_token = row->id;
}

/*
 * Its row says whether it lives, until when, and what it may; the row is read after the basis was
 * taken. `who->expires_at` is lowered to that.
 */
static enum error check_pat_row(struct asking *ask, str token, const struct pat *pat,
                                const struct subject *subject, struct principal *who)
{
    struct token_row row;
    enum error err = tokens_find(ask->db, pat->jti, ask->arena, &row);
    if (err == ERR_NOT_FOUND) {
        who->expires_at = unknown_pat_end(pat, subject, ask->auth->strict);
        bool counts = unknown_pat_counts(token, ask->auth->keys, ask->arena);
        return counts && who->expires_at > ask->now ? OK : ERR_REVOKED;
    }
    if (err)
        return err;
    if (row.user_id != pat->user_id)
        return ERR_REVOKED;
    who->expires_at = earlier(who->expires_at, token_row_end(&row));
    restrict_by_row(&row, who);
    if (token_row_lives(&row, ask->now))
        return OK;
    note_dead(ask, &row);
    return ERR_REVOKED;
}

enum error check_pat(struct asking *ask, str token, enum auth_fault *fault, struct principal *out)
{
    struct pat pat;
    struct subject subject;
    struct basis basis;
    struct token_clock clock = clock_of(ask);
    if (pat_verify(token, ask->auth->keys, &clock, ask->arena, &pat))
        return refuse(FAULT_TOKEN_UNKNOWN, fault);
    if (!ask->db)
        return refusal_recall(ask, token) ? refuse(FAULT_TOKEN_UNKNOWN, fault) : ERR_WOULD_BLOCK;
    int64_t token_key = (int64_t)token_parent_key(pat.jti);
    struct principal who = {.kind = CREDENTIAL_PAT,
                            .user_id = pat.user_id,
                            .token_key = token_key,
                            .expires_at = pat.expires_at,
                            .token_id = pat.jti,
                            .scopes = STR("")};
    enum error err = load_subject(ask, pat.user_id, token_key, &subject, &basis);
    if (err == ERR_NOT_FOUND)
        return refuse(FAULT_TOKEN_UNKNOWN, fault);
    if (!err)
        err = check_pat_kind(&subject, true, fault);
    if (!err)
        err = check_pat_row(ask, token, &pat, &subject, &who);
    if (err == ERR_REVOKED) {
        refusal_keep(ask, token, &basis, pat.expires_at);
        return refuse(FAULT_TOKEN_UNKNOWN, fault);
    }
    if (err)
        return err;
    who.organization_id = subject.organization_id;
    who.role = subject.role;
    restrict_by_organization(&subject, &who);
    *out = who;
    principal_keep(ask, TAG_PAT, token, &basis, out->expires_at, out);
    return OK;
}

/*
 * That a text is nobody's legacy token or API key is believed for so long. New ones are random, so
 * that nobody can have tried them before; an import, which brings texts along, moves every counter.
 */
#define UNKNOWN_KEPT MINUTES(10)

/* The counter of a text that nobody has: by its MAC, for it has no user. */
static uint64_t unknown_key(const unsigned char mac[MAC_BYTES])
{
    uint64_t key;
    memcpy(&key, mac, sizeof(key));
    return key;
}

enum error check_legacy_token(struct asking *ask, str text, enum auth_fault *fault,
                              struct principal *out)
{
    struct legacy_token_row row, again;
    struct subject subject;
    struct basis basis;
    unsigned char mac_bytes[MAC_BYTES];
    if (!legacy_is_well_formed(text))
        return refuse(FAULT_TOKEN_UNKNOWN, fault);
    if (principal_recall(ask, TAG_LEGACY, text, out))
        return OK;
    if (!ask->db)
        return refusal_recall(ask, text) ? refuse(FAULT_TOKEN_UNKNOWN, fault) : ERR_WOULD_BLOCK;
    mac_compute(&ask->auth->legacy_mac, text, mac_bytes);
    str mac = str_of((const char *)mac_bytes, sizeof(mac_bytes));

    basis = basis_take(ask->auth->page, 0, 0, unknown_key(mac_bytes));
    enum error err = legacy_tokens_find_by_mac(ask->db, mac, ask->arena, &row);
    if (err == ERR_NOT_FOUND)
        refusal_keep(ask, text, &basis, ask->now + UNKNOWN_KEPT);
    if (!err)
        err = load_subject(ask, row.user_id, 0, &subject, &basis);
    if (!err) /* whose it is was needed for the basis; what counts is read after it */
        err = legacy_tokens_find_by_mac(ask->db, mac, ask->arena, &again);
    if (err == ERR_NOT_FOUND || (!err && again.user_id != row.user_id))
        return refuse(FAULT_TOKEN_UNKNOWN, fault);
    if (err)
        return err;
    if (!subject.is_active)
        return refuse(FAULT_TOKEN_INACTIVE, fault);
    if (subject.active_organization_id != 0 && !subject.settings.legacy_api_tokens_enabled)
        return refuse(FAULT_LEGACY_OFF, fault);
    *out = (struct principal){
        .kind = CREDENTIAL_LEGACY_TOKEN,
        .user_id = row.user_id,
        .organization_id = subject.organization_id,
        .role = subject.role,
        .expires_at = USEC_NEVER,
        .token_id = STR(""),
        .scopes = STR(""),
    };
    restrict_by_organization(&subject, out);
    principal_keep(ask, TAG_LEGACY, text, &basis, USEC_NEVER, out);
    return OK;
}

/* Whose key it is was needed for the basis; what counts is read after it. */
static enum error find_api_key(struct asking *ask, str text, struct subject *subject,
                               struct basis *basis, struct token_row *out)
{
    struct token_row first;
    unsigned char mac_bytes[MAC_BYTES];
    mac_compute(&ask->auth->api_key_mac, text, mac_bytes);
    str mac = str_of((const char *)mac_bytes, sizeof(mac_bytes));
    *basis = basis_take(ask->auth->page, 0, 0, unknown_key(mac_bytes));
    enum error err = tokens_find_by_mac(ask->db, mac, ask->arena, &first);
    if (err == ERR_NOT_FOUND)
        refusal_keep(ask, text, basis, ask->now + UNKNOWN_KEPT);
    if (!err)
        err = load_subject(ask, first.user_id, first.token_key, subject, basis);
    if (!err)
        err = tokens_find_by_mac(ask->db, mac, ask->arena, out);
    return !err && out->user_id != first.user_id ? ERR_NOT_FOUND : err;
}

enum error check_api_key(struct asking *ask, str text, enum auth_fault *fault,
                         struct principal *out)
{
    struct token_row row;
    struct subject subject;
    struct basis basis;
    if (principal_recall(ask, TAG_API_KEY, text, out))
        return OK;
    if (!api_key_is_well_formed(text)) /* garbage costs no look into the store */
        return refuse(FAULT_TOKEN_UNKNOWN, fault);
    if (!ask->db)
        return refusal_recall(ask, text) ? refuse(FAULT_TOKEN_UNKNOWN, fault) : ERR_WOULD_BLOCK;
    enum error err = find_api_key(ask, text, &subject, &basis, &row);
    if (err == ERR_NOT_FOUND)
        return refuse(FAULT_TOKEN_UNKNOWN, fault);
    if (err)
        return err;
    if (!token_row_lives(&row, ask->now)) {
        note_dead(ask, &row);
        refusal_keep(ask, text, &basis, ask->now + UNKNOWN_KEPT);
        return refuse(FAULT_TOKEN_UNKNOWN, fault);
    }
    err = check_api_key_kind(&subject, fault);
    if (err)
        return err;
    *out = (struct principal){
        .kind = CREDENTIAL_API_KEY,
        .user_id = row.user_id,
        .organization_id = subject.organization_id,
        .role = subject.role,
        .token_key = row.token_key,
        .expires_at = token_row_end(&row),
        .token_id = row.id,
        .scopes = STR(""),
    };
    restrict_by_row(&row, out);
    restrict_by_organization(&subject, out);
    principal_keep(ask, TAG_API_KEY, text, &basis, out->expires_at, out);
    return OK;
}

enum error check_rotating_bearer(struct asking *ask, str token, enum auth_fault *fault,
                                 struct principal *out)
{
    struct access access;
    struct subject subject;
    struct basis basis;
    struct token_clock clock = clock_of(ask);
    struct parent parent;
    struct principal who = {.token_id = STR(""), .scopes = STR("")};
    enum error err = access_verify(token, ask->auth->keys, &clock, ask->arena, &access);
    if (err == ERR_MISSING_CLAIM && str_equal(access.missing, STR("user_id")))
        return refuse(FAULT_BEARER_NO_USER, fault);
    if (err)
        return refuse(FAULT_BEARER_INVALID, fault);
    err = load_subject(ask, access.user_id, (int64_t)access.parent_key, &subject, &basis);
    if (err == ERR_NOT_FOUND)
        return refuse(FAULT_BEARER_UNKNOWN, fault);
    if (!err && !subject.is_active)
        return refuse(FAULT_BEARER_INACTIVE, fault);
    if (!err && subject.organization_id == 0)
        return refuse(FAULT_NO_CREDENTIALS, fault);
    if (!err)
        err = check_parent(ask, (int64_t)access.parent_key, access.issued_at, &parent);
    if (!err)
        err = restrict_by_claim(&access, &parent, ask->arena, &who);
    if (err == ERR_REVOKED)
        return refuse(FAULT_BEARER_INVALID, fault);
    if (err)
        return err;
    who.kind = CREDENTIAL_ACCESS_TOKEN;
    who.user_id = access.user_id;
    who.organization_id = subject.organization_id;
    who.role = subject.role;
    who.token_key = (int64_t)access.parent_key;
    who.expires_at = earlier(access.expires_at, parent.ends);
    who.token_id = access.jti;
    restrict_by_organization(&subject, &who);
    *out = who;
    return OK;
}
