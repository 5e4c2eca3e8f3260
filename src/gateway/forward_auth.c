#include "gateway/forward_auth.h"

#include "auth/authenticate.h"
#include "auth/guard.h"
#include "auth/scope.h"
#include "gateway/admission.h"
#include "gateway/credentials.h"
#include "gateway/original.h"
#include "gateway/ready_answers.h"
#include "gateway/upstream_session.h"
#include "http/networks.h"
#include "service/dead_token.h"

/* One question, on its way to an answer. */
struct question {
    struct shared *shared;
    struct worker *w; /* NULL in the fast lane */
    struct request *rq;
    bool peer_is_trusted;
    struct original original;
    struct basis basis; /* read before the caller was looked at, if `is_based` */
    bool is_based;
};

/* What a refusal says. */
struct refusal {
    int status;
    const char *error; /* of RFC 6750 3.1; NULL: nothing was sent that could be wrong */
    str description;
    str scope; /* what the token lacks; empty: that is not it */
};

/* 401 and its like: RFC 6750 in the header, and the same in words for people. */
static enum error refuse_with(const struct question *q, struct response *rs,
                              const struct refusal *refusal)
{
    struct arena *arena = &q->rq->arena;
    str challenge = STR("Bearer realm=\"latchkey\"");
    if (refusal->error)
        challenge = arena_printf(arena, "%.*s, error=\"%s\", error_description=\"%.*s\"",
                                 STR_ARG(challenge), refusal->error, STR_ARG(refusal->description));
    if (!str_is_empty(refusal->scope))
        challenge = arena_printf(arena, "%.*s, scope=\"%.*s\"", STR_ARG(challenge),
                                 STR_ARG(refusal->scope));
    response_header(rs, "WWW-Authenticate", challenge);
    if (q->original.dialect == PROXY_NGINX)
        return reply_empty(rs, refusal->status);
    return reply_json(rs, refusal->status,
                      arena_printf(arena, "{\"status\":%d,\"error\":\"%s\",\"detail\":\"%.*s\"}",
                                   refusal->status,
                                   refusal->error ? refusal->error : "no_credentials",
                                   STR_ARG(refusal->description)));
}

static enum error refuse(const struct question *q, struct response *rs, int status,
                         const char *error, str description)
{
    const struct refusal refusal = {
        .status = status, .error = error, .description = description, .scope = STR("")};
    return refuse_with(q, rs, &refusal);
}

/* The same words for whatever is wrong with it. */
static enum error refuse_token(const struct question *q, struct response *rs)
{
    enum ready_refusal which =
        q->original.dialect == PROXY_NGINX ? READY_REFUSAL_WITHOUT_BODY : READY_REFUSAL;
    if (ready_answers_refuse(q->shared->ready, which, rs))
        return OK;
    enum error err = refuse(q, rs, 401, "invalid_token", STR("The token is not valid here."));
    ready_answers_keep_refusal(q->shared->ready, which, rs);
    return err;
}

static enum error let_pass(const struct question *q, const struct verdict *verdict,
                           struct response *rs)
{
    const struct admission admission = {
        .shared = q->shared,
        .db = q->w ? q->w->db : NULL,
        .rq = q->rq,
        .module = q->is_based ? &q->basis : NULL,
        .is_known = verdict->is_known,
    };
    q->rq->principal = &verdict->principal;
    enum error err = admit(&admission, rs);
    if (err) /* the second try begins anew: to our own API's rules he is nobody's caller */
        q->rq->principal = NULL;
    return err;
}

/* The query asks to let nobody pass. */
static bool says_anonymous_pass(struct request *rq)
{
    str mode = STR("");
    return request_query(rq, STR("anonymous"), &mode) && str_equal(mode, STR("pass"));
}

/*
 * A browser's session passes as it is, when the proxy says so: the upstream knows it. A caller must
 * not say so. He might where the proxy asks with his query: behind /auth/ (Envoy), or when a
 * rewrite to /auth keeps it (Caddy); then the same stands in the original request.
 */
static bool passes_anonymous(const struct question *q, const struct presented *presented)
{
    struct request *rq = q->rq;
    if (presented->has_api_key || presented->has_authorization ||
        !str_equal(rq->path, STR("/auth")) || !says_anonymous_pass(rq))
        return false;
    struct request original;
    request_init(&original);
    original.query = q->original.query;
    bool is_the_callers = says_anonymous_pass(&original);
    request_release(&original);
    return !is_the_callers;
}

static enum error look(const struct question *q, const struct presented *presented,
                       struct verdict *out)
{
    enum error err = authenticate(&q->shared->auth, q->w ? q->w->db : NULL, presented, q->rq->now,
                                  &q->rq->arena, out);
    if (!err && q->w)
        token_dead_shown(q->w, out->dead_token, q->rq->now);
    return err;
}

static bool have_same_owners(const struct principal *a, const struct principal *b)
{
    return a->user_id == b->user_id && a->organization_id == b->organization_id &&
           a->token_key == b->token_key;
}

/*
 * Who is calling. The nginx module keeps the whole answer, so the counters that it rests on must be
 * read before anything that it says. Whose they are is known only once the caller is: hence a
 * second look, and what that one finds is what is told. The first one's role beside counters read
 * after it would be an old truth that holds for ever.
 */
static enum error find_caller(struct question *q, const struct presented *presented,
                              struct verdict *out)
{
    struct verdict first = {.fault = FAULT_NO_CREDENTIALS};
    enum error err = look(q, presented, &first);
    *out = first;
    if (err || first.fault != FAULT_NONE || !q->peer_is_trusted || !wants_decision(q->rq))
        return err;
    q->basis = basis_of(q->shared, &first.principal);
    err = look(q, presented, out);
    q->is_based =
        !err && out->fault == FAULT_NONE && have_same_owners(&first.principal, &out->principal);
    return err;
}

/* The client's, as far as it is known: a proxy is not the client that it asks for. */
static str client_address(const struct question *q)
{
    bool is_said = request_has(q->rq, HEADER_X_FORWARDED_FOR);
    return q->peer_is_trusted && !is_said ? STR("unknown") : q->rq->client_address;
}

/* Some frameworks believe these in place of the request line. */
static bool says_otherwise(const struct request *rq)
{
    static const enum header headers[] = {HEADER_X_HTTP_METHOD, HEADER_X_HTTP_METHOD_OVERRIDE,
                                          HEADER_X_METHOD_OVERRIDE, HEADER_X_ORIGINAL_URL,
                                          HEADER_X_REWRITE_URL};
    for (size_t i = 0; i < COUNT_OF(headers); i++)
        if (request_has(rq, headers[i]))
            return true;
    return false;
}

/* 403 with what is missing; OK without an answer: it is within the scopes. */
static enum error check_scopes(const struct question *q, const struct principal *who,
                               struct response *rs)
{
    struct arena *arena = &q->rq->arena;
    const struct scope_question question = {
        .has_method = q->original.has_method,
        .method = q->original.method,
        .raw_path = q->original.raw_path,
        .base = q->shared->base_path,
    };
    struct refusal refusal = {
        .status = 403, .error = "insufficient_scope", .description = STR(""), .scope = STR("")};
    switch (scopes_permit(q->shared->scopes, who->scopes, &question)) {
    case SCOPE_YES:
        return OK;
    case SCOPE_NO:
        break;
    case SCOPE_NO_QUESTION:
        refusal.description = STR("The proxy does not say which request it asks about, and this "
                                  "token may not do everything.");
        break;
    case SCOPE_NO_PLAIN_PATH:
        refusal.description = STR("The path can be read in several ways; a token with scopes does "
                                  "not count there.");
        break;
    }
    refusal.scope = scopes_needed(q->shared->scopes, &question, arena);
    if (str_is_empty(refusal.description))
        refusal.description = arena_printf(arena, "This token may only: %.*s; this needs: %.*s.",
                                           STR_ARG(who->scopes), STR_ARG(refusal.scope));
    return refuse_with(q, rs, &refusal);
}

/* The credential is good, and bound in some way. */
static enum error check_guards(const struct question *q, const struct principal *who,
                               struct response *rs)
{
    enum error err = guard_check_address(&q->shared->auth, q->w ? q->w->db : NULL, who,
                                         client_address(q), q->rq->now, &q->rq->arena);
    if (err == ERR_ADDRESS)
        return refuse(q, rs, 403, "insufficient_scope",
                      STR("This token does not count from this address: it is outside the token's "
                          "list, or its organization's."));
    if (err || (who->guards & GUARD_SCOPES) == 0)
        return err;
    if (says_otherwise(q->rq))
        return refuse(q, rs, 403, "insufficient_scope",
                      STR("A header names another method or path than the request's own; a token "
                          "with scopes does not count then."));
    return check_scopes(q, who, rs);
}

static enum error judge(struct question *q, struct response *rs)
{
    struct request *rq = q->rq;
    struct presented presented;
    struct verdict *verdict = ARENA_NEW(&rq->arena, struct verdict);
    enum error err = credentials_read(rq, &presented);
    if (err)
        return refuse(q, rs, 401, "invalid_request",
                      STR("The credentials cannot be read: send one, as Bearer, Token, Basic or "
                          "X-API-Key."));
    if (passes_anonymous(q, &presented))
        return reply_empty(rs, 200);
    err = find_caller(q, &presented, verdict);
    if (!err && verdict->fault == FAULT_NO_CREDENTIALS && q->shared->upstream &&
        !str_is_empty(presented.session)) {
        err = upstream_session(q->shared, q->w, presented.session, rq->now, &rq->arena,
                               &verdict->principal);
        verdict->fault = err ? FAULT_NO_CREDENTIALS : FAULT_NONE;
        verdict->is_known = true; /* it will be: a browser asks again and again */
        if (err == ERR_UNAUTHENTICATED || err == ERR_CONFLICT)
            err = OK;
    }
    if (err)
        return err;
    /* a user without an organization has no place behind the proxy */
    if (verdict->fault == FAULT_NONE && verdict->principal.organization_id != 0) {
        const struct principal *who = &verdict->principal;
        err = who->guards != 0 ? check_guards(q, who, rs) : OK;
        if (err || rs->status != 0)
            return err;
        return let_pass(q, verdict, rs);
    }
    if (presented.has_api_key || presented.has_authorization)
        return refuse_token(q, rs);
    return refuse(q, rs, 401, NULL, STR("No credentials were sent."));
}

static enum error answer(struct shared *shared, struct worker *w, struct request *rq,
                         struct response *rs)
{
    struct question q = {
        .shared = shared,
        .w = w,
        .rq = rq,
        .peer_is_trusted = rq->peer.is_unix || networks_have(shared->trusted, &rq->peer),
        .original = {.path = STR(""), .raw_path = STR(""), .query = STR("")},
    };
    enum error err = original_read(rq, q.peer_is_trusted, &q.original);
    if (err == ERR_FORBIDDEN)
        return refuse(&q, rs, 403, "invalid_request",
                      STR("This peer may not say what the original request was; see "
                          "--trusted-proxies."));
    if (err)
        return refuse(&q, rs, 400, "invalid_request", STR("The original request cannot be read."));
    return judge(&q, rs);
}

enum error forward_auth(struct shared *shared, struct request *rq, struct response *rs)
{
    return answer(shared, NULL, rq, rs);
}

enum error forward_auth_load(struct worker *w, struct request *rq, struct response *rs)
{
    return answer(w->shared, w, rq, rs);
}

bool forward_auth_refuse_two(struct request *rq, struct response *rs)
{
    const struct question q = {.rq = rq, .original = {.path = STR("")}};
    str path, query;
    (void)str_cut(rq->target, '?', &path,
                  &query); /* the head was refused before it was taken apart */
    if (!rq->has_two_credentials ||
        (!str_equal(path, STR("/auth")) && !str_starts(path, STR("/auth/"))))
        return false;
    (void)refuse(&q, rs, 401, "invalid_request",
                 STR("The same credential header came twice: send one."));
    return true;
}
