#include "service/service_accounts.h"

#include "api/cursor.h"
#include "api/fields.h"
#include "api/people.h"
#include "api/tokens.h"
#include "service/organizations.h"

static json_t *owner_json(const struct service_account *account)
{
    if (account->owner_id == 0)
        return json_null();
    json_t *object = json_object();
    json_add(object, "id", json_integer(account->owner_id));
    json_add(object, "email", json_from_str(account->owner_email));
    return object;
}

json_t *service_account_json(const struct service_account *account, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "id", json_integer(account->id));
    json_add(object, "name", json_from_str(account->name));
    json_add(object, "email", json_from_str(account->email));
    json_add(object, "description", json_from_str(account->description));
    json_add(object, "owner", owner_json(account));
    json_add(object, "needs_owner", json_boolean(!account->owner_can_act));
    json_add(object, "role", json_from_str(role_name(account->role)));
    json_add(object, "is_active", json_boolean(account->is_active));
    json_add(object, "created_at", json_from_time(arena, account->created_at));
    json_add(object, "live_tokens", json_integer(account->live_tokens));
    json_add(object, "last_used_at", json_from_time(arena, account->used_at));
    return object;
}

static enum error say_why_not(struct request *rq, enum error err)
{
    if (err == ERR_CONFLICT)
        return fail_taken(rq, STR("A service account of the organization has that name already."));
    if (err == ERR_FORBIDDEN)
        return fail(rq, err, STR("This service account's role is above your own."));
    return err;
}

enum error service_accounts_index(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t id, after = 0;
    str ignored;
    struct service_account_page page;
    enum error err = read_administered(rq, &id);
    if (err)
        return err;
    int64_t limit = query_limit(rq);
    str part = query_search(rq);
    (void)query_cursor(rq, &after, &ignored);
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    err = service_account_list(w, rq->principal, id, part, after, limit + 1, rq->now, &rq->arena,
                               &page);
    if (err)
        return err;
    json_t *items = json_array(), *next = NULL;
    for (size_t i = 0; i < page.list.count && i < (size_t)limit; i++)
        json_array_append_new(items, service_account_json(&page.list.items[i], &rq->arena));
    if (page.list.count > (size_t)limit)
        next = json_from_str(cursor_write(page.list.items[limit - 1].id, STR(""), &rq->arena));
    return reply_json_value(rs, 200, list_json(items, next ? next : json_null(), page.total));
}

static enum error read_order(struct request *rq, struct service_account_order *order)
{
    static const str known[] = {STR_INIT("name"), STR_INIT("description"),
                                STR_INIT("owner_user_id"), STR_INIT("role")};
    CLEANUP(json_release) json_t *body = NULL;
    enum error err = body_read_object(rq, &body);
    if (!err)
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known));
    if (err)
        return err;
    if (!json_object_get(body, "name"))
        complain(&rq->state->complaints, STR("name"), STR("Is needed."));
    (void)field_text(rq, body, "name", &order->name);
    (void)field_text(rq, body, "description", &order->description);
    (void)field_id_or_null(rq, body, "owner_user_id", &order->owner_id);
    (void)field_role(rq, body, "role", &order->role);
    return rq->state->complaints.count > 0 ? ERR_INVALID : OK;
}

enum error service_accounts_post(struct worker *w, struct request *rq, struct response *rs)
{
    struct service_account_order order = {
        .name = STR(""), .description = STR(""), .role = ROLE_MEMBER};
    struct service_account account;
    enum error err = read_administered(rq, &order.organization_id);
    if (!err)
        err = read_order(rq, &order);
    if (err)
        return err;
    err = service_account_create(w, rq->principal, &order, rq->now, &rq->arena,
                                 &rq->state->complaints, &account);
    return err ? say_why_not(rq, err)
               : reply_json_value(rs, 201, service_account_json(&account, &rq->arena));
}

static enum error read_account(struct request *rq, int64_t *organization_id, int64_t *id)
{
    enum error err = read_administered(rq, organization_id);
    return err ? err : read_path_id(rq, STR("account"), id);
}

enum error service_account_get(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id, id;
    struct service_account account;
    enum error err = read_account(rq, &organization_id, &id);
    if (!err)
        err = service_account_show(w, rq->principal, organization_id, id, rq->now, &rq->arena,
                                   &account);
    return err ? err : reply_json_value(rs, 200, service_account_json(&account, &rq->arena));
}

static enum error read_patch(struct request *rq, struct service_account_patch *patch)
{
    static const str known[] = {STR_INIT("name"), STR_INIT("description"),
                                STR_INIT("owner_user_id"), STR_INIT("role"), STR_INIT("is_active")};
    CLEANUP(json_release) json_t *body = NULL;
    enum error err = body_read_object(rq, &body);
    if (!err)
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known));
    if (err)
        return err;
    patch->has_name = field_text(rq, body, "name", &patch->name);
    patch->has_description = field_text(rq, body, "description", &patch->description);
    patch->has_owner = field_id_or_null(rq, body, "owner_user_id", &patch->owner_id);
    patch->has_role = field_role(rq, body, "role", &patch->role);
    patch->has_active = field_flag(rq, body, "is_active", &patch->is_active);
    return rq->state->complaints.count > 0 ? ERR_INVALID : OK;
}

enum error service_account_modify(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id, id;
    struct service_account_patch patch = {0};
    struct service_account account;
    enum error err = read_account(rq, &organization_id, &id);
    if (!err)
        err = read_patch(rq, &patch);
    if (err)
        return err;
    err = service_account_change(w, rq->principal, organization_id, id, &patch, rq->now, &rq->arena,
                                 &rq->state->complaints, &account);
    return err ? say_why_not(rq, err)
               : reply_json_value(rs, 200, service_account_json(&account, &rq->arena));
}

enum error service_account_delete(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id, id;
    enum error err = read_account(rq, &organization_id, &id);
    if (err)
        return err;
    err = service_account_end(w, rq->principal, organization_id, id, rq->now, &rq->arena);
    return err ? say_why_not(rq, err) : reply_empty(rs, 204);
}

enum error service_account_tokens(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id, id;
    struct service_account account;
    enum error err = read_account(rq, &organization_id, &id);
    if (!err)
        err = service_account_show(w, rq->principal, organization_id, id, rq->now, &rq->arena,
                                   &account);
    return err ? err : reply_token_roll(w, rq, rs, organization_id, id);
}

static enum error say_it_is_off(struct request *rq)
{
    return fail(rq, ERR_CONFLICT, STR("The service account is switched off."));
}

enum error service_account_token_post(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id, id;
    struct service_account account;
    enum error err = read_account(rq, &organization_id, &id);
    if (!err)
        err = service_account_show(w, rq->principal, organization_id, id, rq->now, &rq->arena,
                                   &account);
    if (!err && account.role > rq->principal->role)
        err = say_why_not(rq, ERR_FORBIDDEN);
    if (!err && !account.is_active)
        err = say_it_is_off(rq);
    if (!err)
        err = tokens_create_for(w, rq, rs, id);
    return err == ERR_INACTIVE ? say_it_is_off(rq) : err; /* ended since it was looked at */
}
