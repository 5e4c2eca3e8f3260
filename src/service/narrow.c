#include "service/narrow.h"

#include "auth/guard.h"
#include "auth/scope.h"
#include "service/tokens.h"
#include "token/access_order.h"
#include "token/form.h"
#include "token/key_ring.h"

/* One question. */
struct narrower {
    struct shared *shared;
    struct db *db;
    const struct narrowing *narrowing;
    usec now;
    struct arena *arena;
};

static str all_if_empty(str scopes)
{
    return str_is_empty(scopes) ? STR(SCOPE_ALL) : scopes;
}

static enum error finish(const struct narrower *n, struct access_order *order, struct narrowed *out)
{
    str has = order->scopes, wanted = n->narrowing->scopes;
    if (!str_is_empty(wanted)) {
        if (!scope_narrows(has, wanted))
            return ERR_FORBIDDEN;
        if (!str_is_empty(has) || !scope_list_is_all(wanted))
            order->scopes = wanted; /* "all" stays where it says that addresses matter */
    }
    int64_t ttl = usec_to_seconds(n->shared->config->access_token_ttl);
    if (n->narrowing->ttl_seconds > 0 && n->narrowing->ttl_seconds < ttl)
        ttl = n->narrowing->ttl_seconds;
    struct new_access access;
    enum error err =
        access_sign_order(order, key_ring_access(n->shared->keys), n->now, ttl, n->arena, &access);
    if (err)
        return err;
    out->access = access.token;
    out->scopes = all_if_empty(order->scopes);
    out->expires_in = usec_to_seconds(access.expires_at) - usec_to_seconds(access.issued_at);
    return OK;
}

/* The claims of an access token that is known to be good. */
static enum error read_access(const struct narrower *n, str token, struct access *out)
{
    struct token_clock clock = {.now = n->now,
                                .skew_seconds = n->shared->auth.leeway_seconds,
                                .leeway_seconds = n->shared->auth.leeway_seconds};
    return access_verify(token, n->shared->keys, &clock, n->arena, out);
}

/* `scopes`: what its parent may now, which may be less than it says itself. */
static enum error from_access(const struct narrower *n, const struct access *access, str scopes,
                              struct narrowed *out)
{
    struct access_order order = {
        .parent_key = access->parent_key,
        .user_id = access->user_id,
        .user_id_json = access->user_id_json,
        .scopes = scopes,
        .of_api_key = access_is_of_api_key(access),
        .ends_at = access->expires_at,
    };
    return finish(n, &order, out);
}

static enum error from_pat(const struct narrower *n, str token, struct narrowed *out)
{
    struct exchanged exchanged = {.access = STR(""), .dead_token = STR("")};
    struct access access;
    enum error err = token_exchange_from(n->shared, n->db, token, n->narrowing->address, n->now,
                                         n->arena, &exchanged);
    out->dead_token = exchanged.dead_token;
    if (!err)
        err = read_access(n, exchanged.access, &access);
    if (err)
        return err;
    out->holder = exchanged.holder;
    if (!str_is_empty(n->narrowing->scopes) || n->narrowing->ttl_seconds > 0)
        return from_access(n, &access, principal_scope_claim(&exchanged.holder), out);
    out->access = exchanged.access;
    out->scopes = all_if_empty(exchanged.holder.scopes);
    out->expires_in = exchanged.expires_in;
    return OK;
}

/* What would count as a credential, from this address. */
static enum error find_holder(const struct narrower *n, str token, struct narrowed *out)
{
    struct verdict verdict;
    const struct presented presented = {
        .has_authorization = true,
        .authorization = ARENA_JOIN(n->arena, STR("Token "), token),
        .session = STR(""),
    };
    enum error err = authenticate(&n->shared->auth, n->db, &presented, n->now, n->arena, &verdict);
    if (!err)
        out->dead_token = verdict.dead_token;
    if (!err && verdict.fault != FAULT_NONE)
        err = verdict.fault == FAULT_API_KEY_OFF ? ERR_KIND_OFF : ERR_FORGED;
    if (!err && verdict.principal.guards != 0)
        err = guard_check_address(&n->shared->auth, n->db, &verdict.principal,
                                  n->narrowing->address, n->now, n->arena);
    if (!err)
        out->holder = verdict.principal;
    return err;
}

static enum error from_api_key(const struct narrower *n, str token, struct narrowed *out)
{
    enum error err = find_holder(n, token, out);
    if (err)
        return err;
    struct access_order order = {
        .parent_key = (uint64_t)out->holder.token_key,
        .user_id = out->holder.user_id,
        .user_id_json = STR(""),
        .scopes = principal_scope_claim(&out->holder),
        .of_api_key = true,
        .ends_at = out->holder.expires_at,
    };
    return finish(n, &order, out);
}

static enum error from_jwt(const struct narrower *n, str token, struct narrowed *out)
{
    struct access access;
    unsigned from = n->narrowing->from;
    enum error err = (from & FROM_PAT) ? from_pat(n, token, out) : ERR_WRONG_TYPE;
    if (err != ERR_WRONG_TYPE || !(from & FROM_ACCESS_TOKEN))
        return err;
    err = find_holder(n, token, out);
    if (!err && out->holder.kind != CREDENTIAL_ACCESS_TOKEN)
        err = ERR_WRONG_TYPE;
    if (!err)
        err = read_access(n, token, &access);
    return err ? err : from_access(n, &access, principal_scope_claim(&out->holder), out);
}

enum error token_narrow(struct shared *shared, struct db *db, str token,
                        const struct narrowing *narrowing, usec now, struct arena *arena,
                        struct narrowed *out)
{
    const struct narrower n = {
        .shared = shared, .db = db, .narrowing = narrowing, .now = now, .arena = arena};
    arena_mark_secret(arena);
    out->dead_token = STR("");
    switch (credential_form(token)) {
    case FORM_JWT:
        return from_jwt(&n, token, out);
    case FORM_API_KEY:
        return narrowing->from & FROM_API_KEY ? from_api_key(&n, token, out) : ERR_WRONG_TYPE;
    case FORM_LEGACY:
        return ERR_WRONG_TYPE;
    case FORM_UNKNOWN:
        break;
    }
    return ERR_FORGED;
}

struct token_words token_words_of(str token, struct arena *arena)
{
    struct token_words words = {.id = STR("")};
    struct claims claims;
    if (credential_form(token) != FORM_JWT || jwt_peek_unverified(token, arena, &claims))
        return words;
    if (claims_have(&claims, CLAIM_IAT))
        words.issued_at = claims.iat;
    if (claims_have(&claims, CLAIM_EXP))
        words.ends_at = claims.exp;
    if (claims_have(&claims, CLAIM_JTI))
        words.id = claims.jti;
    return words;
}
