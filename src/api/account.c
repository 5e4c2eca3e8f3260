#include "api/fields.h"
#include "api/people.h"
#include "service/accounts.h"
#include "service/own_password.h"

enum error account_get(struct worker *w, struct request *rq, struct response *rs)
{
    struct user_row user;
    enum error err = account_show(w, rq->principal, rq->principal->user_id, &rq->arena, &user);
    return err ? err : reply_json_value(rs, 200, own_user_json(&user, &rq->arena));
}

static bool read_name(struct request *rq, const json_t *body, const char *name, str *out)
{
    if (!field_text(rq, body, name, out))
        return false;
    if (account_name_is_good(*out))
        return true;
    complain(&rq->state->complaints, str_from(name),
             STR("Must have up to 256 characters, without control characters."));
    return false;
}

enum error account_patch_own(struct worker *w, struct request *rq, struct response *rs)
{
    static const str known[] = {STR_INIT("first_name"), STR_INIT("last_name"), STR_INIT("phone")};
    CLEANUP(json_release) json_t *body = NULL;
    struct account_patch patch = {0};
    struct user_row user;
    enum error err = body_read_object(rq, &body);
    if (!err)
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known));
    if (err)
        return err;
    patch.has_first_name = read_name(rq, body, "first_name", &patch.first_name);
    patch.has_last_name = read_name(rq, body, "last_name", &patch.last_name);
    patch.has_phone = read_name(rq, body, "phone", &patch.phone);
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    err = account_update(w, rq->principal, rq->principal->user_id, &patch, rq->now, &rq->arena,
                         &user);
    return err ? err : reply_json_value(rs, 200, own_user_json(&user, &rq->arena));
}

static enum error read_passwords(struct request *rq, struct password_order *order)
{
    static const str known[] = {STR_INIT("current_password"), STR_INIT("new_password")};
    CLEANUP(json_release) json_t *body = NULL;
    arena_mark_secret(&rq->arena);
    enum error err = body_read_object(rq, &body);
    if (!err)
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known));
    if (err)
        return err;
    (void)field_needed_text(rq, body, "current_password", FIELD_PASSWORD_MAX, &order->current);
    (void)field_needed_text(rq, body, "new_password", FIELD_PASSWORD_MAX, &order->new_one);
    return rq->state->complaints.count > 0 ? ERR_INVALID : OK;
}

enum error account_password_post(struct worker *w, struct request *rq, struct response *rs)
{
    struct password_order order = {.current = STR(""), .new_one = STR(""), .cookie = STR("")};
    int64_t retry_after = 0;
    enum error err = read_passwords(rq, &order);
    if (err)
        return err;
    if (rq->principal->kind == CREDENTIAL_SESSION)
        (void)request_cookie(rq, STR("sessionid"), &order.cookie);
    err = own_password_change(w, rq->principal, &order, rq->now, &rq->arena, &rq->state->complaints,
                              &retry_after);
    if (err == ERR_THROTTLED)
        rq->state->retry_after = retry_after;
    return err ? err : reply_empty(rs, 204);
}
