#include "api/webhooks.h"

#include "api/cursor.h"
#include "api/fields.h"
#include "api/people.h"
#include "service/webhooks.h"

static json_t *number_or_null(int64_t n)
{
    return n ? json_integer(n) : json_null();
}

static json_t *text_or_null(str text)
{
    return str_is_empty(text) ? json_null() : json_from_str(text);
}

json_t *webhook_json(const struct webhook_row *row, const struct delivery_row *last,
                     struct arena *arena)
{
    json_t *object = json_object(), *events = json_array();
    struct str_pieces pieces = str_pieces(row->events, ' ');
    str piece;
    while (str_next_piece(&pieces, &piece))
        json_array_append_new(events, json_from_str(piece));
    json_add(object, "id", json_from_str(row->id));
    json_add(object, "url", json_from_str(row->url));
    json_add(object, "events", events);
    json_add(object, "description", json_from_str(row->description));
    json_add(object, "is_enabled", json_boolean(row->is_enabled));
    json_add(object, "created_at", json_from_time(arena, row->created_at));
    json_add(object, "failing_since", json_from_time(arena, row->failing_since));
    if (!last) {
        json_add(object, "last_delivery", json_null());
        return object;
    }
    json_t *delivery = json_object();
    json_add(delivery, "at", json_from_time(arena, last->attempted_at));
    json_add(delivery, "status", number_or_null(last->status));
    json_add(delivery, "problem", text_or_null(last->problem));
    json_add(object, "last_delivery", delivery);
    return object;
}

json_t *delivery_json(const struct delivery_row *row, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "id", json_from_str(row->id));
    json_add(object, "event", json_from_str(row->event));
    json_add(object, "created_at", json_from_time(arena, row->created_at));
    json_add(object, "attempts", json_integer(row->attempts));
    json_add(object, "next_at", json_from_time(arena, row->next_at));
    json_add(object, "delivered_at", json_from_time(arena, row->delivered_at));
    json_add(object, "status", number_or_null(row->status));
    json_add(object, "problem", text_or_null(row->problem));
    return object;
}

static enum error with_last(struct worker *w, const struct webhook_row *row, struct arena *arena,
                            json_t **out)
{
    struct delivery_row last;
    enum error err = webhook_last_delivery(w, row, arena, &last);
    if (err && err != ERR_NOT_FOUND)
        return err;
    *out = webhook_json(row, err ? NULL : &last, arena);
    return OK;
}

enum error webhooks_index(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id, from = 0;
    str ignored;
    struct webhook_list list;
    enum error err = read_administered(rq, &organization_id);
    if (err)
        return err;
    int64_t limit = query_limit(rq);
    (void)query_cursor(rq, &from, &ignored);
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    err = webhook_list(w, rq->principal, organization_id, &rq->arena, &list);
    if (err)
        return err;
    CLEANUP(json_release) json_t *items = json_array();
    json_t *item;
    struct list_part part = list_part_of(list.count, from, limit);
    for (size_t i = part.from; !err && i < part.end; i++) {
        err = with_last(w, &list.items[i], &rq->arena, &item);
        if (!err)
            json_array_append_new(items, item);
    }
    return err ? err
               : reply_json_value(rs, 200, list_part_json(json_incref(items), &part, &rq->arena));
}

/* ["token.created", "token.*"] as a text with blanks between. */
static bool read_events(struct request *rq, const json_t *body, str *out)
{
    const json_t *list = json_object_get(body, "events"), *item;
    size_t i;
    if (!list)
        return false;
    bool is_good = json_is_array(list) && json_array_size(list) > 0;
    *out = STR("");
    json_array_foreach(list, i, item)
    {
        str name = json_text(item);
        if (str_is_empty(name) || str_has(name, ' ') || i >= WEBHOOK_EVENTS_MAX) {
            is_good = false;
            break;
        }
        *out = i == 0 ? arena_copy(&rq->arena, name) : ARENA_JOIN(&rq->arena, *out, STR(" "), name);
    }
    if (!is_good)
        complain(&rq->state->complaints, STR("events"),
                 STR("Must be a list of 1 to 64 names of events, or [\"*\"] for all."));
    return is_good;
}

static enum error read_patch(struct request *rq, bool is_new, struct webhook_patch *out)
{
    static const str known[] = {STR_INIT("url"), STR_INIT("events"), STR_INIT("description"),
                                STR_INIT("is_enabled")};
    CLEANUP(json_release) json_t *body = NULL;
    *out = (struct webhook_patch){.url = STR(""), .events = STR("*"), .description = STR("")};
    enum error err = body_read_object(rq, &body);
    if (!err) /* a new one is enabled */
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known) - (is_new ? 1 : 0));
    if (err)
        return err;
    out->has_url = field_text(rq, body, "url", &out->url);
    out->has_events = read_events(rq, body, &out->events);
    out->has_description = field_text(rq, body, "description", &out->description);
    out->has_is_enabled = field_flag(rq, body, "is_enabled", &out->is_enabled);
    return rq->state->complaints.count > 0 ? ERR_INVALID : OK;
}

enum error webhooks_post(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id;
    struct webhook_patch order;
    struct webhook_made made;
    enum error err = read_administered(rq, &organization_id);
    if (!err)
        err = read_patch(rq, true, &order);
    if (!err)
        err = webhook_add(w, rq->principal, organization_id, &order, rq->now, &rq->arena,
                          &rq->state->complaints, &made);
    if (err == ERR_LIMIT)
        return fail(rq, err, STR("An organization has at most 20 webhooks; remove one first."));
    if (err)
        return err;
    json_t *body = webhook_json(&made.row, NULL, &rq->arena);
    json_add(body, "secret", json_from_str(made.secret)); /* the one time that it is shown */
    return reply_json_value(rs, 201, body);
}

static str webhook_id(const struct request *rq)
{
    return request_param(rq, STR("webhook"));
}

static enum error reply_webhook(struct worker *w, struct request *rq, struct response *rs,
                                const struct webhook_row *row)
{
    json_t *object;
    enum error err = with_last(w, row, &rq->arena, &object);
    return err ? err : reply_json_value(rs, 200, object);
}

enum error webhook_get(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id;
    struct webhook_row row;
    enum error err = read_administered(rq, &organization_id);
    if (!err)
        err = webhook_show(w, rq->principal, organization_id, webhook_id(rq), &rq->arena, &row);
    return err ? err : reply_webhook(w, rq, rs, &row);
}

enum error webhook_modify(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id;
    struct webhook_patch patch;
    struct webhook_row row;
    enum error err = read_administered(rq, &organization_id);
    if (!err)
        err = read_patch(rq, false, &patch);
    if (!err)
        err = webhook_change(w, rq->principal, organization_id, webhook_id(rq), &patch, rq->now,
                             &rq->arena, &rq->state->complaints, &row);
    return err ? err : reply_webhook(w, rq, rs, &row);
}

enum error webhook_delete(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id;
    enum error err = read_administered(rq, &organization_id);
    if (!err)
        err =
            webhook_remove(w, rq->principal, organization_id, webhook_id(rq), rq->now, &rq->arena);
    return err ? err : reply_empty(rs, 204);
}

enum error webhook_test_post(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id;
    str delivery_id;
    enum error err = read_administered(rq, &organization_id);
    if (!err)
        err = webhook_test(w, rq->principal, organization_id, webhook_id(rq), rq->now, &rq->arena,
                           &delivery_id);
    if (err == ERR_CONFLICT)
        return fail(rq, err, STR("The webhook is disabled; enable it first."));
    if (err)
        return err;
    json_t *body = json_object();
    json_add(body, "delivery_id", json_from_str(delivery_id));
    return reply_json_value(rs, 202, body);
}

enum error webhook_secret_post(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id;
    str secret;
    enum error err = read_administered(rq, &organization_id);
    if (!err)
        err = webhook_renew_secret(w, rq->principal, organization_id, webhook_id(rq), rq->now,
                                   &rq->arena, &secret);
    if (err)
        return err;
    json_t *body = json_object();
    json_add(body, "secret", json_from_str(secret));
    return reply_json_value(rs, 200, body);
}

enum error webhook_deliveries_get(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id;
    usec before = INT64_MAX;
    str before_id = STR("");
    struct delivery_list list;
    enum error err = read_administered(rq, &organization_id);
    if (err)
        return err;
    int64_t limit = query_limit(rq);
    (void)query_cursor(rq, &before, &before_id);
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    err = webhook_deliveries(w, rq->principal, organization_id, webhook_id(rq), before, before_id,
                             limit + 1, &rq->arena, &list);
    if (err)
        return err;
    json_t *items = json_array(), *next = NULL;
    for (size_t i = 0; i < list.count && i < (size_t)limit; i++)
        json_array_append_new(items, delivery_json(&list.items[i], &rq->arena));
    if (list.count > (size_t)limit) {
        const struct delivery_row *last = &list.items[limit - 1];
        next = json_from_str(cursor_write(last->created_at, last->id, &rq->arena));
    }
    return reply_json_value(rs, 200, list_json(items, next ? next : json_null(), DB_NULL_I64));
}
