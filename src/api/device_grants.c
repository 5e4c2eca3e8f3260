#include "api/device_grants.h"

#include "api/json.h"
#include "service/device.h"

static const char *state_name(enum device_state state)
{
    switch (state) {
    case DEVICE_ASKED:
        return "pending";
    case DEVICE_APPROVED:
        return "approved";
    case DEVICE_DENIED:
        return "denied";
    case DEVICE_DONE:
        return "done";
    }
    return "";
}

static json_t *scopes_json(str list)
{
    json_t *array = json_array();
    struct str_pieces pieces = str_pieces(list, ' ');
    str name;
    while (str_next_piece(&pieces, &name))
        json_array_append_new(array, json_from_str(name));
    return array;
}

static enum error reply_grant(struct request *rq, struct response *rs, const struct device_row *row)
{
    json_t *body = json_object();
    json_add(body, "user_code", json_from_str(device_code_shown(row->user_code, &rq->arena)));
    json_add(body, "client_name", json_from_str(row->client_name));
    json_add(body, "scopes", scopes_json(row->scopes));
    json_add(body, "ip", json_from_str(row->address));
    json_add(body, "user_agent", json_from_str(row->user_agent));
    json_add(body, "expires_at", json_from_time(&rq->arena, row->expires_at));
    json_add(body, "state", json_string(state_name(row->state)));
    return reply_json_value(rs, 200, body);
}

/* A token must not make another one that may more: only who sits at a browser decides. */
static enum error require_session(struct request *rq)
{
    if (rq->principal->kind == CREDENTIAL_SESSION)
        return OK;
    return fail(rq, ERR_FORBIDDEN, STR("Only somebody who is signed in at a browser decides."));
}

static enum error say_why(struct request *rq, enum error err)
{
    if (err == ERR_NOT_FOUND)
        return fail(rq, err, STR("There is no such code, or its time is over."));
    if (err == ERR_CONFLICT)
        return fail(rq, err, STR("This was decided before."));
    return err;
}

static enum error look(struct worker *w, struct request *rq, struct device_row *row)
{
    return device_look(w, rq->principal, request_param(rq, STR("user_code")), rq->now, &rq->arena,
                       &rq->state->retry_after, row);
}

enum error device_grants_show(struct worker *w, struct request *rq, struct response *rs)
{
    struct device_row row;
    enum error err = require_session(rq);
    if (!err)
        err = look(w, rq, &row);
    return err ? say_why(rq, err) : reply_grant(rq, rs, &row);
}

static enum error decide(struct worker *w, struct request *rq, struct response *rs,
                         enum device_state state)
{
    struct device_row row;
    enum error err = require_session(rq);
    if (!err)
        err = device_decide(w, rq->principal, request_param(rq, STR("user_code")), state, rq->now,
                            &rq->arena, &rq->state->retry_after);
    if (!err)
        err = look(w, rq, &row);
    return err ? say_why(rq, err) : reply_grant(rq, rs, &row);
}

enum error device_grants_approve(struct worker *w, struct request *rq, struct response *rs)
{
    return decide(w, rq, rs, DEVICE_APPROVED);
}

enum error device_grants_deny(struct worker *w, struct request *rq, struct response *rs)
{
    return decide(w, rq, rs, DEVICE_DENIED);
}
