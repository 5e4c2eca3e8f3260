#include "service/invitations.h"

#include "api/cross_site.h"
#include "api/cursor.h"
#include "api/fields.h"
#include "api/page.h"
#include "api/people.h"
#include "service/organizations.h"

static json_t *id_or_null(int64_t id)
{
    return id ? json_integer(id) : json_null();
}

static json_t *invitation_json(const struct invitation_row *row, usec now, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "id", json_from_str(row->id));
    json_add(object, "email", str_is_empty(row->email) ? json_null() : json_from_str(row->email));
    json_add(object, "role", json_from_str(role_name(row->role)));
    json_add(object, "created_by", id_or_null(row->created_by));
    json_add(object, "created_at", json_from_time(arena, row->created_at));
    json_add(object, "expires_at", json_from_time(arena, row->expires_at));
    json_add(object, "used_at", json_from_time(arena, row->used_at));
    json_add(object, "used_by", id_or_null(row->used_by));
    json_add(object, "revoked_at", json_from_time(arena, row->revoked_at));
    json_add(object, "state", json_from_str(invitation_state(row, now)));
    return object;
}

enum error invitations_index(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t id;
    usec before = INT64_MAX;
    str before_id = STR("");
    struct invitation_page page;
    enum error err = read_administered(rq, &id);
    if (err)
        return err;
    int64_t limit = query_limit(rq);
    (void)query_cursor(rq, &before, &before_id);
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    err = invitation_list(w, rq->principal, id, before, before_id, limit + 1, &rq->arena, &page);
    if (err)
        return err;
    json_t *items = json_array(), *next = NULL;
    for (size_t i = 0; i < page.list.count && i < (size_t)limit; i++)
        json_array_append_new(items, invitation_json(&page.list.items[i], rq->now, &rq->arena));
    if (page.list.count > (size_t)limit) {
        const struct invitation_row *last = &page.list.items[limit - 1];
        next = json_from_str(cursor_write(last->created_at, last->id, &rq->arena));
    }
    return reply_json_value(rs, 200, list_json(items, next ? next : json_null(), page.total));
}

static enum error read_order(struct request *rq, struct invitation_order *order)
{
    static const str known[] = {STR_INIT("email"), STR_INIT("role"), STR_INIT("ttl_days")};
    CLEANUP(json_release) json_t *body = NULL;
    enum error err = body_read_object(rq, &body);
    if (!err)
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known));
    if (err)
        return err;
    (void)field_text(rq, body, "email", &order->email);
    (void)field_role(rq, body, "role", &order->role);
    (void)field_number(rq, body, "ttl_days", &order->ttl_days);
    order->email = str_trim(order->email);
    return rq->state->complaints.count > 0 ? ERR_INVALID : OK;
}

/* The one time that the link is shown. */
static str link_of(const struct shared *shared, struct request *rq, str secret)
{
    return ARENA_JOIN(&rq->arena, origin_of(shared, rq),
                      page_address(shared, &rq->arena, STR("/user/signup/?token=")), secret);
}

enum error invitations_post(struct worker *w, struct request *rq, struct response *rs)
{
    struct invitation_order order = {
        .email = STR(""), .role = ROLE_MEMBER, .ttl_days = INVITATION_DAYS};
    struct new_invitation made;
    enum error err = read_administered(rq, &order.organization_id);
    if (!err)
        err = read_order(rq, &order);
    if (!err)
        err = invitation_create(w, rq->principal, &order, rq->now, &rq->arena,
                                &rq->state->complaints, &made);
    if (err)
        return err;
    json_t *body = invitation_json(&made.row, rq->now, &rq->arena);
    json_add(body, "url", json_from_str(link_of(w->shared, rq, made.secret)));
    return reply_json_value(rs, 201, body);
}

enum error invitations_delete(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t id;
    enum error err = read_administered(rq, &id);
    if (!err)
        err = invitation_revoke(w, rq->principal, id, request_param(rq, STR("invitation")), rq->now,
                                &rq->arena);
    if (err == ERR_CONFLICT)
        return fail(rq, err, STR("The invitation was used; remove the member instead."));
    return err ? err : reply_empty(rs, 204);
}
