/*
 * The device's side of device authorization (RFC 8628).
 */
#include "api/json.h"
#include "api/oauth.h"
#include "api/page.h"
#include "auth/scope.h"
#include "base/encoding.h"
#include "service/device.h"
#include "service/narrow.h"

static enum error read_order(struct worker *w, struct request *rq, struct device_order *order)
{
    struct form form;
    str client_id;
    enum error err = oauth_form_read(rq, &form);
    if (!err)
        err = oauth_require(rq, &form, "client_id", &client_id);
    if (!err)
        err = oauth_scope_read(rq, &form, &order->scopes);
    if (!err)
        err = oauth_check_scopes_known(w->shared, rq, order->scopes);
    if (err)
        return err;
    str name = oauth_param(&form, STR("client_name"));
    order->client_name = str_is_empty(name) ? client_id : name;
    return OK;
}

/* POST /oauth/device_authorization */
enum error oauth_device_authorization(struct worker *w, struct request *rq, struct response *rs)
{
    struct device_order order;
    struct device_asked asked;
    enum error err = read_order(w, rq, &order);
    if (!err)
        err = device_ask(w, &order, rq->now, &rq->arena, &rq->state->retry_after, &asked);
    if (err == ERR_INVALID)
        return fail(rq, ERR_MALFORMED,
                    arena_printf(&rq->arena,
                                 "client_name, or client_id without it, is 1 to %d characters, "
                                 "without control characters.",
                                 DEVICE_NAME_MAX));
    if (err)
        return err;
    /* behind a Label Studio's address the application is not there: its pages are Label Studio's */
    bool has_application = !w->shared->upstream && page_app_is_built();
    str path = has_application ? STR("/device") : STR("/device/plain");
    str page = ARENA_JOIN(&rq->arena, oauth_issuer(w->shared, rq), path);
    json_t *body = json_object();
    json_add(body, "device_code", json_from_str(asked.device_code));
    json_add(body, "user_code", json_from_str(asked.user_code));
    json_add(body, "verification_uri", json_from_str(page));
    json_add(body, "verification_uri_complete",
             json_from_str(ARENA_JOIN(&rq->arena, page, STR("?user_code="), asked.user_code)));
    json_add(body, "expires_in", json_integer(asked.expires_in));
    json_add(body, "interval", json_integer(DEVICE_INTERVAL_SECONDS));
    return reply_json_value(rs, 200, body);
}

/* The PAT as refresh token, and a first access token. */
static enum error reply_token(struct worker *w, struct request *rq, struct response *rs,
                              const struct new_token *token)
{
    const struct narrowing as_it_is = {
        .from = FROM_PAT, .scopes = STR(""), .address = rq->state->client_address};
    struct narrowed narrowed;
    enum error err =
        token_narrow(w->shared, w->db, token->secret, &as_it_is, rq->now, &rq->arena, &narrowed);
    if (err)
        return err;
    json_t *body = json_object();
    json_add(body, "access_token", json_from_str(narrowed.access));
    json_add(body, "token_type", json_string("Bearer"));
    json_add(body, "expires_in", json_integer(narrowed.expires_in));
    json_add(body, "scope", json_from_str(narrowed.scopes));
    json_add(body, "refresh_token", json_from_str(token->secret));
    return reply_json_value(rs, 200, body);
}

enum error oauth_token_of_device(struct worker *w, struct request *rq, const struct form *form,
                                 struct response *rs)
{
    struct device_poll poll;
    str code;
    enum error err = oauth_require(rq, form, "device_code", &code);
    if (!err)
        err = device_poll(w, code, rq->now, &rq->arena, &poll);
    if (err == ERR_NOT_FOUND)
        return oauth_fail(rq, "invalid_grant", STR("There is no such device code."));
    if (err)
        return err;
    switch (poll.answer) {
    case DEVICE_PENDING:
        return oauth_fail(rq, "authorization_pending", STR("Nobody has decided yet."));
    case DEVICE_SLOW_DOWN:
        return oauth_fail(rq, "slow_down", STR("Wait 5 seconds longer between two questions."));
    case DEVICE_REFUSED:
        return oauth_fail(rq, "access_denied", poll.problem);
    case DEVICE_TOO_LATE:
        return oauth_fail(rq, "expired_token", STR("The device code counts no more; ask anew."));
    case DEVICE_LET_IN:
        break;
    }
    return reply_token(w, rq, rs, &poll.token);
}
