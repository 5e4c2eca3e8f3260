/*
 * POST /oauth/token: refresh tokens (RFC 6749 6) and token exchange (RFC 8693). A refresh token is
 * a PAT; it stays as it is.
 */
#include "api/json.h"
#include "api/oauth.h"
#include "auth/scope.h"
#include "service/dead_token.h"
#include "service/narrow.h"
#include "service/usage.h"

#define TYPE_ACCESS_TOKEN "urn:ietf:params:oauth:token-type:access_token"
#define TYPE_REFRESH_TOKEN "urn:ietf:params:oauth:token-type:refresh_token"
#define TYPE_JWT "urn:ietf:params:oauth:token-type:jwt"

static enum error read_ttl(struct request *rq, const struct form *form, int64_t *out)
{
    str text = oauth_param(form, STR("expires_in"));
    *out = 0;
    if (str_is_empty(text) || (str_to_i64(text, out) == OK && *out > 0))
        return OK;
    return fail(rq, ERR_MALFORMED,
                STR("expires_in is a whole number of seconds: the new token lives so long at "
                    "most."));
}

/* In the words of the standards; what is no fault of the client's stays as it is. */
static enum error say_why(struct request *rq, enum error err)
{
    switch ((int)err) {
    case ERR_WOULD_BLOCK:
    case ERR_BUSY:
    case ERR_UNAVAILABLE:
    case ERR_IO:
    case ERR_INTERNAL:
        return err;
    case ERR_FORBIDDEN:
        return oauth_fail(rq, "invalid_scope",
                          STR("The scope is more than the token has that was shown."));
    case ERR_WRONG_TYPE:
        return oauth_fail(rq, "invalid_grant", STR("The token is of another kind."));
    case ERR_EXPIRED:
        return oauth_fail(rq, "invalid_grant", STR("The token has expired."));
    case ERR_REVOKED:
        return oauth_fail(rq, "invalid_grant", STR("The token was revoked."));
    case ERR_KIND_OFF:
        return oauth_fail(rq, "invalid_grant",
                          STR("Tokens of this kind are switched off in the organization."));
    case ERR_INACTIVE:
        return oauth_fail(rq, "invalid_grant", STR("The token's user may not act."));
    case ERR_ADDRESS:
        return oauth_fail(rq, "invalid_grant", STR("The token does not count from this address."));
    default:
        return oauth_fail(rq, "invalid_grant", STR("The token is not valid."));
    }
}

static enum error narrow(struct shared *shared, struct worker *w, struct request *rq, str token,
                         struct narrowing *narrowing, struct narrowed *out)
{
    narrowing->address = rq->state->client_address;
    enum error err =
        token_narrow(shared, w ? w->db : NULL, token, narrowing, rq->now, &rq->arena, out);
    if (err && w)
        token_dead_shown(w, out->dead_token, rq->now);
    if (err)
        return say_why(rq, err);
    usage_count(shared, &out->holder, rq->state->client_address, rq->headers[HEADER_USER_AGENT],
                rq->now);
    return OK;
}

static json_t *answer_of(const struct narrowed *narrowed)
{
    json_t *body = json_object();
    json_add(body, "access_token", json_from_str(narrowed->access));
    json_add(body, "token_type", json_string("Bearer"));
    json_add(body, "expires_in", json_integer(narrowed->expires_in));
    json_add(body, "scope", json_from_str(narrowed->scopes));
    return body;
}

static enum error refresh(struct shared *shared, struct worker *w, struct request *rq,
                          const struct form *form, struct response *rs)
{
    struct narrowing narrowing = {.from = FROM_PAT};
    struct narrowed narrowed;
    str token;
    enum error err = oauth_require(rq, form, "refresh_token", &token);
    if (!err)
        err = oauth_scope_read(rq, form, &narrowing.scopes);
    if (!err)
        err = narrow(shared, w, rq, token, &narrowing, &narrowed);
    return err ? err : reply_json_value(rs, 200, answer_of(&narrowed));
}

/* Which tokens the type of the one that is shown admits. */
static enum error read_subject_type(struct request *rq, const struct form *form, unsigned *from)
{
    str type;
    enum error err = oauth_require(rq, form, "subject_token_type", &type);
    if (err)
        return err;
    if (str_equal(type, STR(TYPE_ACCESS_TOKEN))) /* whatever is accepted as a credential */
        *from = FROM_ACCESS_TOKEN | FROM_API_KEY | FROM_PAT;
    else if (str_equal(type, STR(TYPE_REFRESH_TOKEN)))
        *from = FROM_PAT;
    else if (str_equal(type, STR(TYPE_JWT)))
        *from = FROM_PAT | FROM_ACCESS_TOKEN;
    else
        return fail(rq, ERR_MALFORMED,
                    STR("subject_token_type is " TYPE_ACCESS_TOKEN ", " TYPE_REFRESH_TOKEN
                        " or " TYPE_JWT "."));
    return OK;
}

static enum error refuse_unmet(struct request *rq, const struct form *form)
{
    str wanted = oauth_param(form, STR("requested_token_type"));
    if (form_count(form, STR("actor_token")) > 0 || form_count(form, STR("actor_token_type")) > 0)
        return fail(rq, ERR_MALFORMED, STR("A token for acting on behalf of another is not made."));
    if (!str_is_empty(wanted) && !str_equal(wanted, STR(TYPE_ACCESS_TOKEN)) &&
        !str_equal(wanted, STR(TYPE_JWT)))
        return fail(rq, ERR_MALFORMED, STR("Only access tokens are issued here."));
    if (!str_is_empty(oauth_param(form, STR("audience"))) ||
        !str_is_empty(oauth_param(form, STR("resource"))))
        return oauth_fail(rq, "invalid_target",
                          STR("Tokens are not bound to one API here; say what it may with scope."));
    return OK;
}

static enum error exchange(struct shared *shared, struct worker *w, struct request *rq,
                           const struct form *form, struct response *rs)
{
    struct narrowing narrowing = {0};
    struct narrowed narrowed;
    str token;
    enum error err = oauth_require(rq, form, "subject_token", &token);
    if (!err)
        err = read_subject_type(rq, form, &narrowing.from);
    if (!err)
        err = refuse_unmet(rq, form);
    if (!err)
        err = oauth_scope_read(rq, form, &narrowing.scopes);
    if (!err)
        err = read_ttl(rq, form, &narrowing.ttl_seconds);
    if (!err)
        err = narrow(shared, w, rq, token, &narrowing, &narrowed);
    if (err)
        return err;
    json_t *body = answer_of(&narrowed);
    json_add(body, "issued_token_type", json_string(TYPE_ACCESS_TOKEN));
    return reply_json_value(rs, 200, body);
}

/* `w` NULL: the fast lane. */
static enum error answer(struct shared *shared, struct worker *w, struct request *rq,
                         struct response *rs)
{
    struct form form;
    str grant;
    enum error err = oauth_form_read(rq, &form);
    if (!err)
        err = oauth_require(rq, &form, "grant_type", &grant);
    if (err)
        return err;
    if (str_equal(grant, STR(GRANT_REFRESH_TOKEN)))
        return refresh(shared, w, rq, &form, rs);
    if (str_equal(grant, STR(GRANT_TOKEN_EXCHANGE)))
        return exchange(shared, w, rq, &form, rs);
    if (str_equal(grant, STR(GRANT_DEVICE_CODE)))
        return w ? oauth_token_of_device(w, rq, &form, rs) : ERR_WOULD_BLOCK;
    return oauth_fail(rq, "unsupported_grant_type",
                      STR("The grants are " GRANT_REFRESH_TOKEN ", " GRANT_TOKEN_EXCHANGE
                          " and " GRANT_DEVICE_CODE "."));
}

enum error oauth_token(struct shared *shared, struct request *rq, struct response *rs)
{
    return answer(shared, NULL, rq, rs);
}

enum error oauth_token_load(struct worker *w, struct request *rq, struct response *rs)
{
    return answer(w->shared, w, rq, rs);
}
