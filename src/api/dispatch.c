#include "api/dispatch.h"

#include "api/access_log.h"
#include "api/cross_site.h"
#include "api/headers.h"
#include "api/idempotency.h"
#include "api/metrics.h"
#include "api/parameters.h"
#include "api/peer.h"
#include "api/powers.h"
#include "api/routes.h"
#include "api/state.h"
#include "base/log.h"
#include "gateway/forward_auth.h"
#include "gateway/ready_answers.h"
#include "gateway/upstream_session.h"
#include "http/media_type.h"
#include "service/dead_token.h"
#include "service/keys.h"
#include "service/own_password.h"
#include "service/usage.h"

/* Where no route says how to speak, the path does. */
static enum dialect guess_dialect(str path)
{
    if (str_starts(path, STR("/api/v1/")))
        return DIALECT_OWN;
    if (str_starts(path, STR("/oauth/")) || str_starts(path, STR("/.well-known/")))
        return DIALECT_OAUTH;
    return str_starts(path, STR("/api/")) ? DIALECT_LABEL_STUDIO : DIALECT_PAGE;
}

static bool speaks_json(enum dialect dialect)
{
    return dialect != DIALECT_PAGE && dialect != DIALECT_PLAIN;
}

static struct presented presented_by(struct request *rq, enum who who)
{
    struct presented presented = {
        .has_api_key = request_has(rq, HEADER_X_API_KEY),
        .api_key = rq->headers[HEADER_X_API_KEY],
        .has_authorization = request_has(rq, HEADER_AUTHORIZATION),
        .authorization = rq->headers[HEADER_AUTHORIZATION],
        .session = STR(""),
        .only_token = who == SIGNED_IN_JWT,
    };
    (void)request_cookie(rq, STR("sessionid"), &presented.session);
    return presented;
}

/*
 * A cookie that is no session of ours may be one of the Label Studio behind the proxy. `w` NULL:
 * the fast lane.
 */
static enum error ask_upstream(struct shared *shared, struct worker *w, struct request *rq,
                               const struct presented *presented, struct verdict *verdict)
{
    if (!shared->upstream || verdict->fault != FAULT_NO_CREDENTIALS ||
        str_is_empty(presented->session) || presented->has_api_key || presented->has_authorization)
        return OK;
    struct principal principal;
    enum error err =
        upstream_session(shared, w, presented->session, rq->now, &rq->arena, &principal);
    if (err == ERR_UNAUTHENTICATED || err == ERR_CONFLICT)
        return OK;
    if (err == ERR_UNAVAILABLE) {
        rq->state->status = 502;
        return fail(rq, err, STR("The upstream could not be asked whose session this is."));
    }
    if (!err)
        *verdict = (struct verdict){.principal = principal};
    return err;
}

/* Who it is. A page is for browsers: only a session counts there, and a bad token harms nobody. */
static enum error find_principal(struct shared *shared, struct worker *w, struct request *rq,
                                 enum who who)
{
    struct request_state *state = rq->state;
    if (state->is_authenticated)
        return OK;
    struct presented presented = presented_by(rq, who);
    if (state->dialect == DIALECT_PAGE)
        presented.has_api_key = presented.has_authorization = false;
    enum error err = authenticate(&shared->auth, w ? w->db : NULL, &presented, rq->now, &rq->arena,
                                  &state->verdict);
    if (!err && w)
        token_dead_shown(w, state->verdict.dead_token, rq->now);
    if (!err)
        err = ask_upstream(shared, w, rq, &presented, &state->verdict);
    if (err)
        return err;
    state->is_authenticated = true;
    if (state->verdict.fault == FAULT_NONE)
        rq->principal = &state->verdict.principal;
    return OK;
}

static enum error check_rights(const struct request *rq, enum who who)
{
    switch (who) {
    case ANYBODY:
    case VISITOR:
        return OK;
    case SIGNED_IN:
    case SIGNED_IN_JWT:
        return rq->principal ? OK : ERR_UNAUTHENTICATED;
    case ADMINISTRATOR:
        if (!rq->principal)
            return ERR_UNAUTHENTICATED;
        return principal_may_administer(rq->principal) ? OK : ERR_FORBIDDEN;
    }
    return ERR_FORBIDDEN;
}

/*
 * A session that began with a generated password opens nothing of our own API before that is
 * changed. Label Studio's endpoints and tokens know nothing of it.
 */
static enum error check_password_is_own(struct worker *w, const struct request *rq)
{
    bool must_change = false;
    if (!rq->principal || rq->principal->kind != CREDENTIAL_SESSION ||
        rq->state->dialect != DIALECT_OWN || !rq->route ||
        (rq->route->flags & BEFORE_PASSWORD_CHANGE))
        return OK;
    if (!w)
        return ERR_WOULD_BLOCK;
    enum error err = own_password_must_change(w, rq->principal, &must_change);
    return !err && must_change ? ERR_PASSWORD_CHANGE : err;
}

static enum error check_method(struct request *rq)
{
    methods allowed = rq->state->allowed;
    bool is_known = methods_have(allowed, rq->method);
    if (is_known && rq->route)
        return OK;
    return fail(rq, ERR_METHOD_NOT_ALLOWED,
                arena_printf(&rq->arena, "Method \"%.*s\" not allowed.", STR_ARG(rq->method_text)));
}

/* What anybody may ask and no worker helps with knows no token: health, files. */
static bool uses_keys(const struct route *path)
{
    return path->who != ANYBODY || !path->fast || path->load;
}

static bool is_label_studio(enum dialect dialect)
{
    return dialect == DIALECT_LABEL_STUDIO || dialect == DIALECT_LABEL_STUDIO_JWT;
}

/*
 * Whether the caller takes JSON. Label Studio has no other format to be asked for in a query
 * ("?format=api"), and an Accept that names nothing accepts nothing.
 */
static enum error check_format(struct request *rq, const struct route *path)
{
    str format, accept = rq->headers[HEADER_ACCEPT];
    if (!speaks_json(rq->state->dialect) || (path->flags & ANY_FORMAT))
        return OK;
    if (is_label_studio(rq->state->dialect)) {
        if (request_query(rq, STR("format"), &format) && !str_is_empty(format) &&
            !str_equal(format, STR("json")))
            return ERR_NOT_FOUND;
        if (request_has(rq, HEADER_ACCEPT) && str_is_empty(str_trim_blanks(accept)))
            return ERR_NOT_ACCEPTABLE;
    }
    return accept_quality(accept, STR("application/json")) == 0 &&
                   accept_quality(accept, STR("application/problem+json")) == 0
               ? ERR_NOT_ACCEPTABLE
               : OK;
}

/* What a browser adds by itself changes things for our own pages only. */
static enum error check_site(const struct shared *shared, struct request *rq)
{
    if (!rq->principal || (rq->route->flags & (FROM_ANY_SITE | OWN_CSRF)))
        return OK;
    if (rq->principal->kind == CREDENTIAL_SESSION)
        return cross_site_check(shared, rq);
    return rq->state->verdict.by_basic ? cross_site_check_basic(shared, rq) : OK;
}

/* Everything before the handler, in Label Studio's order. */
static enum error check(struct shared *shared, struct worker *w, struct request *rq,
                        const struct route *path)
{
    enum who who = (enum who)path->who;
    enum error err = check_format(rq, path);
    if (err)
        return err;
    if (uses_keys(path))
        err = keys_refresh(shared, w ? w->db : NULL);
    if (!err && who != ANYBODY)
        err = find_principal(shared, w, rq, who);
    if (!err)
        err = check_rights(rq, who);
    if (!err)
        err = check_method(rq);
    if (!err && rq->principal && rq->principal->guards != 0)
        err = powers_check(shared, w, rq);
    if (!err)
        err = check_site(shared, rq);
    if (!err)
        err = check_password_is_own(w, rq);
    if (!err)
        err = parameters_check(rq);
    return err;
}

static void finish_answer(struct shared *shared, struct request *rq, struct response *rs,
                          enum error err)
{
    if (err)
        answer_error(shared, rq, rs, err);
    headers_add(shared, rq, rs);
}

/*
 * Behind a proxy under a path, requests come with it or, where the proxy takes it away, without;
 * and some clients lose it (SDK 2.0.17 to 2.1.2 at the exchange). Both mean the same.
 */
static void strip_base(const struct shared *shared, struct request *rq)
{
    str base = shared->base_path;
    str rest = str_from_at(rq->path, base.len);
    if (!str_is_empty(base) && str_starts(rq->path, base) && str_starts(rest, STR("/")))
        rq->path = rest;
}

/* "/base" of "https://host/base" */
static str base_path_of(str public_url)
{
    str scheme, rest, host, path;
    if (!str_cut(public_url, ':', &scheme, &rest) || rest.len < 2)
        return STR("");
    str after_slashes = str_from_at(rest, 2);
    return str_cut(after_slashes, '/', &host, &path) && !str_is_empty(path)
               ? str_from_at(after_slashes, host.len)
               : STR("");
}

/* With an address of their own, the metrics are nowhere else, and nothing else is there. */
static bool is_served_here(const struct shared *shared, const struct request *rq,
                           const struct route *path)
{
    return str_is_empty(shared->config->metrics_listen) ||
           (path->slow == metrics_show) == (rq->listener == METRICS_LISTENER);
}

static enum lane open_request(struct shared *shared, struct request *rq, struct response *rs,
                              size_t *body_limit)
{
    struct match match;
    struct request_state *state = ARENA_NEW(&rq->arena, struct request_state);
    state->detail = state->scope_needed = STR("");
    rq->state = state;
    peer_settle(shared, rq);
    strip_base(shared, rq);
    router_find(shared->router, rq->path, rq->method, &match);
    rq->route = match.route;
    rq->params = match.params;
    state->allowed = match.allowed;
    state->dialect = match.sibling ? (enum dialect)match.sibling->dialect : guess_dialect(rq->path);
    state->path = match.route ? match.route : match.sibling;

    if (!state->path || !is_served_here(shared, rq, state->path)) {
        finish_answer(shared, rq, rs, ERR_NOT_FOUND);
        return LANE_DONE;
    }
    if (headers_is_preflight(rq)) {
        headers_answer_preflight(rq, rs);
        return LANE_DONE;
    }
    *body_limit = rq->route ? rq->route->body_limit : 0;
    /* a body is a reason to be read before anything is refused, unless it is too large */
    return !rq->route || rq->route->fast ? LANE_FAST : LANE_SLOW;
}

/* A credential was accepted: by /auth when it lets pass, elsewhere whatever became of the request.
 */
static void count_use(struct shared *shared, const struct request *rq, const struct response *rs)
{
    if (!rq->principal || (rq->state->dialect == DIALECT_PLAIN && rs->status != 200))
        return;
    usage_count(shared, rq->principal, rq->state->client_address, rq->headers[HEADER_USER_AGENT],
                rq->now);
}

static enum lane run_fast(struct shared *shared, struct request *rq, struct response *rs)
{
    enum error err = check(shared, NULL, rq, rq->state->path);
    if (!err)
        err = rq->route->fast(shared, rq, rs);
    if (err == ERR_WOULD_BLOCK) {
        response_clear(rs);
        return LANE_SLOW;
    }
    finish_answer(shared, rq, rs, err);
    count_use(shared, rq, rs);
    return LANE_DONE;
}

/* A fast route's second try: `load` fills what was missing, or answers by itself. */
static enum error run_handler(struct worker *w, struct request *rq, struct response *rs)
{
    const struct route *route = rq->route;
    if (route->slow && (route->flags & ANSWERS_AGAIN) && rq->principal &&
        request_has(rq, HEADER_IDEMPOTENCY_KEY))
        return idempotency_run(w, rq, rs);
    if (route->slow)
        return route->slow(w, rq, rs);
    if (!route->load)
        return route->fast(w->shared, rq, rs); /* only its caller had to be looked up */
    enum error err = route->load(w, rq, rs);
    if (err || rs->status != 0)
        return err;
    return route->fast(w->shared, rq, rs);
}

static struct origin where_from(struct request *rq)
{
    str agent = rq->headers[HEADER_USER_AGENT];
    return (struct origin){
        .address = rq->state->client_address,
        .user_agent = str_slice(
            agent, 0, agent.len < ORIGIN_USER_AGENT_MAX ? agent.len : ORIGIN_USER_AGENT_MAX),
        .request_id = rq->request_id,
    };
}

static void run_slow(struct worker *w, struct request *rq, struct response *rs)
{
    w->origin = where_from(rq);
    enum error err = check(w->shared, w, rq, rq->state->path);
    if (!err)
        err = run_handler(w, rq, rs);
    if (err == ERR_WOULD_BLOCK) {
        log_error("%s still lacks something after it was loaded", rq->route->path);
        err = ERR_INTERNAL;
    }
    finish_answer(w->shared, rq, rs, err);
    count_use(w->shared, rq, rs);
    w->origin = ORIGIN_NONE; /* its texts are the request's */
}

static void refuse(struct shared *shared, struct request *rq, struct response *rs,
                   enum refusal refusal)
{
    if (refusal == REFUSED_MALFORMED && forward_auth_refuse_two(rq, rs))
        return;
    if (!rq->state) {
        struct request_state *state = ARENA_NEW(&rq->arena, struct request_state);
        state->detail = state->scope_needed = STR("");
        state->client_address = peer_format(&rq->arena, &rq->peer);
        state->dialect = guess_dialect(rq->path);
        rq->state = state;
    }
    enum error err = ERR_MALFORMED;
    switch (refusal) {
    case REFUSED_MALFORMED:
        err = fail(rq, ERR_MALFORMED,
                   STR("The request line or a header field could not be read: one is repeated, "
                       "badly encoded, or has control characters in it."));
        break;
    case REFUSED_TARGET_TOO_LONG:
        err = fail(rq, ERR_TOO_LARGE, STR("The address is too long."));
        break;
    case REFUSED_HEAD_TOO_LARGE:
        err = fail(rq, ERR_TOO_LARGE, STR("The header fields are too large."));
        break;
    case REFUSED_BODY_TOO_LARGE:
        err = fail(rq, ERR_TOO_LARGE, STR("The body is larger than this address takes."));
        break;
    case REFUSED_BUSY:
    case REFUSED_STOPPING:
        err = ERR_BUSY;
        break;
    }
    rq->state->status = rs->status;
    finish_answer(shared, rq, rs, err);
}

static struct worker *start_worker(struct shared *shared, int number)
{
    struct worker *worker;
    return worker_open(shared, number, &worker) ? NULL : worker;
}

static void finish(struct shared *shared, const struct request *rq, const struct response *rs,
                   usec took, bool sent)
{
    metrics_count(shared->metrics, rq->route, rs->status, took);
    access_log(rq, rs, took, sent);
}

enum error api_start(struct shared *shared, struct server_app *out, const char **problem)
{
    struct router *router;
    enum error err = router_new(routes, routes_count, problem, &router);
    if (!err)
        err = metrics_new(&shared->metrics);
    if (err)
        return err;
    shared->router = router;
    shared->ready = ready_answers_new();
    shared->base_path = base_path_of(shared->config->public_url);
    *out = (struct server_app){
        .shared = shared,
        .open = open_request,
        .fast = run_fast,
        .slow = run_slow,
        .refuse = refuse,
        .worker_start = start_worker,
        .worker_stop = worker_close,
        .finish = finish,
    };
    return OK;
}

void api_stop(struct shared *shared)
{
    router_free(shared->router);
    metrics_free(shared->metrics);
    ready_answers_free(shared->ready);
    shared->ready = NULL;
    shared->router = NULL;
}
