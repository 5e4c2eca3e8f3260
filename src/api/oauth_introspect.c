/*
 * POST /oauth/introspect (RFC 7662): whether a token counts, and for whom. In the fast lane what is
 * in memory is answered from there.
 *
 * Whoever asks shows a token: the user whose token is asked about, or an administrator of his
 * organization with the scope `all`. To all others no token is active.
 */
#include "api/json.h"
#include "api/oauth.h"
#include "auth/guard.h"
#include "auth/scope.h"
#include "gateway/credentials.h"
#include "gateway/identity.h"
#include "service/dead_token.h"
#include "service/narrow.h"
#include "service/organizations.h"
#include "service/tokens.h"

/* One question; `w` and `db` NULL: the fast lane. */
struct introspection {
    struct shared *shared;
    struct worker *w;
    struct db *db;
    struct request *rq;
    struct form form;
    struct principal caller;
};

static enum error inactive(struct response *rs)
{
    return reply_json(rs, 200, STR("{\"active\":false}"));
}

static enum error look(const struct introspection *i, const struct presented *presented,
                       struct verdict *out)
{
    enum error err =
        authenticate(&i->shared->auth, i->db, presented, i->rq->now, &i->rq->arena, out);
    if (!err && i->w)
        token_dead_shown(i->w, out->dead_token, i->rq->now);
    return err;
}

static enum error check_address(const struct introspection *i, const struct principal *who,
                                str address)
{
    if (who->guards == 0)
        return OK;
    return guard_check_address(&i->shared->auth, i->db, who, address, i->rq->now, &i->rq->arena);
}

/* Bearer, Token, Basic, X-API-Key, or client_secret in the form; a browser's cookie never. */
static enum error find_caller(struct introspection *i)
{
    struct request *rq = i->rq;
    struct presented presented;
    struct verdict verdict;
    str secret = oauth_param(&i->form, STR("client_secret"));
    enum error err = credentials_read(rq, &presented);
    if (err)
        return ERR_UNAUTHENTICATED;
    presented.session = STR("");
    if (!presented.has_api_key && !presented.has_authorization && !str_is_empty(secret)) {
        presented.has_authorization = true;
        presented.authorization = ARENA_JOIN(&rq->arena, STR("Token "), secret);
    }
    err = look(i, &presented, &verdict);
    if (!err && verdict.fault != FAULT_NONE)
        return fail(rq, ERR_UNAUTHENTICATED,
                    STR("Show a token of your own: as Bearer, Basic with the token as password, "
                        "or client_secret."));
    if (!err)
        err = check_address(i, &verdict.principal, rq->state->client_address);
    if (!err)
        i->caller = verdict.principal;
    return err;
}

static bool caller_may_know(const struct introspection *i, const struct principal *of)
{
    const struct principal *caller = &i->caller;
    if (caller->user_id == of->user_id)
        return true;
    return principal_may_administer(caller) && scope_list_is_all(caller->scopes) &&
           caller->organization_id == of->organization_id;
}

/*
 * A PAT that may not be sent directly is none for who asks whether to let a request pass. It is a
 * refresh token all the same, for who asks that.
 */
static enum error as_refresh_token(const struct introspection *i, str token, struct principal *out)
{
    struct exchanged exchanged;
    if (!str_equal(oauth_param(&i->form, STR("token_type_hint")), STR("refresh_token")))
        return ERR_UNAUTHENTICATED;
    enum error err = token_exchange(i->shared, i->db, token, i->rq->now, &i->rq->arena, &exchanged);
    if (!err)
        *out = exchanged.holder;
    return err;
}

/* ERR_UNAUTHENTICATED: it does not count. */
static enum error find_token(const struct introspection *i, str token, struct principal *out)
{
    struct verdict verdict;
    const struct presented presented = {
        .has_authorization = true,
        .authorization = ARENA_JOIN(&i->rq->arena, STR("Token "), token),
        .session = STR(""),
    };
    enum error err = look(i, &presented, &verdict);
    if (err)
        return err;
    if (verdict.fault == FAULT_PAT_OFF)
        err = as_refresh_token(i, token, out);
    else if (verdict.fault != FAULT_NONE)
        err = ERR_UNAUTHENTICATED;
    else
        *out = verdict.principal;
    return err ? err : check_address(i, out, oauth_param(&i->form, STR("address")));
}

static bool is_no_answer(enum error err)
{
    return err == ERR_WOULD_BLOCK || err == ERR_BUSY || err == ERR_UNAVAILABLE || err == ERR_IO ||
           err == ERR_INTERNAL;
}

static void add_claims(json_t *body, str token, const struct principal *who, struct arena *arena)
{
    struct token_words words = token_words_of(token, arena);
    if (words.ends_at != 0) /* as it says itself: there is leeway beyond it */
        json_add(body, "exp", json_integer(words.ends_at));
    else if (who->expires_at != USEC_NEVER && who->expires_at != 0)
        json_add(body, "exp", json_integer(usec_to_seconds(who->expires_at)));
    if (words.issued_at != 0)
        json_add(body, "iat", json_integer(words.issued_at));
    if (!str_is_empty(words.id))
        json_add(body, "jti", json_from_str(words.id));
}

static enum error reply_active(const struct introspection *i, str token,
                               const struct principal *who, struct response *rs)
{
    struct arena *arena = &i->rq->arena;
    struct identity identity;
    enum error err = identity_load(i->shared, i->db, who, i->rq->now, arena, &identity);
    if (err)
        return err == ERR_NOT_FOUND ? inactive(rs) : err;
    json_t *body = json_object();
    json_add(body, "active", json_true());
    json_add(body, "scope",
             json_from_str(str_is_empty(who->scopes) ? STR(SCOPE_ALL) : who->scopes));
    json_add(body, "username", json_from_str(identity.email));
    json_add(body, "token_type", json_string("Bearer"));
    add_claims(body, token, who, arena);
    json_add(body, "sub", json_from_str(arena_printf(arena, "%lld", (long long)who->user_id)));
    json_add(body, "iss", json_from_str(oauth_issuer(i->shared, i->rq)));
    json_add(body, "token_kind", json_from_str(credential_kind_name(who->kind)));
    json_add(body, "email", json_from_str(identity.email));
    json_add(body, "organization_id", json_integer(who->organization_id));
    if (who->role != 0)
        json_add(body, "role", json_from_str(role_name(who->role)));
    return reply_json_value(rs, 200, body);
}

static enum error answer(struct shared *shared, struct worker *w, struct request *rq,
                         struct response *rs)
{
    struct introspection i = {.shared = shared, .w = w, .db = w ? w->db : NULL, .rq = rq};
    struct principal who;
    str token;
    enum error err = oauth_form_read(rq, &i.form);
    if (!err)
        err = find_caller(&i);
    if (!err)
        err = oauth_require(rq, &i.form, "token", &token);
    if (err)
        return err;
    err = find_token(&i, token, &who);
    if (is_no_answer(err))
        return err;
    if (err || who.organization_id == 0 || !caller_may_know(&i, &who))
        return inactive(rs);
    return reply_active(&i, token, &who, rs);
}

enum error oauth_introspect(struct shared *shared, struct request *rq, struct response *rs)
{
    return answer(shared, NULL, rq, rs);
}

enum error oauth_introspect_load(struct worker *w, struct request *rq, struct response *rs)
{
    return answer(w->shared, w, rq, rs);
}
