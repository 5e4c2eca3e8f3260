#include "service/members.h"
#include "api/cursor.h"
#include "api/fields.h"
#include "api/people.h"

static const str orders[] = {
    [ROSTER_BY_JOINED] = STR_INIT("joined_at"),
    [ROSTER_BY_JOINED_DOWN] = STR_INIT("-joined_at"),
    [ROSTER_BY_EMAIL] = STR_INIT("email"),
    [ROSTER_BY_EMAIL_DOWN] = STR_INIT("-email"),
    [ROSTER_BY_ACTIVITY] = STR_INIT("last_activity"),
    [ROSTER_BY_ACTIVITY_DOWN] = STR_INIT("-last_activity"),
};
_Static_assert(COUNT_OF(orders) == ROSTER_ORDER_COUNT, "every order has a name");

static const str states[] = {
    STR_INIT("all"),
    [ROSTER_ACTIVE] = STR_INIT("active"),
    [ROSTER_DEACTIVATED] = STR_INIT("deactivated"),
    [ROSTER_REMOVED] = STR_INIT("removed"),
};
static const str roles[] = {
    STR_INIT("any"),
    [ROLE_MEMBER] = STR_INIT("member"),
    [ROLE_ADMINISTRATOR] = STR_INIT("administrator"),
    [ROLE_OWNER] = STR_INIT("owner"),
};

static json_t *member_json(const struct roster_entry *entry, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "user_id", json_integer(entry->user_id));
    json_add(object, "email", json_from_str(entry->email));
    json_add(object, "first_name", json_from_str(entry->first_name));
    json_add(object, "last_name", json_from_str(entry->last_name));
    json_add(object, "role", json_from_str(role_name(entry->role)));
    json_add(object, "is_active", json_boolean(entry->is_active));
    json_add(object, "joined_at", json_from_time(arena, entry->joined_at));
    json_add(object, "removed_at", json_from_time(arena, entry->removed_at));
    json_add(object, "last_activity", json_from_time(arena, entry->last_activity));
    json_add(object, "live_tokens", json_integer(entry->live_tokens));
    return object;
}

static int64_t null_if_any(size_t word)
{
    return word == 0 ? DB_NULL_I64 : (int64_t)word;
}

/* "time user_id email": what the order does not need is empty. */
static json_t *cursor_of(const struct roster_place *place, struct arena *arena)
{
    return json_from_str(cursor_write(
        place->time,
        arena_printf(arena, "%lld %.*s", (long long)place->user_id, STR_ARG(place->email)), arena));
}

static bool read_place(struct request *rq, struct roster_place *out)
{
    str text, id;
    if (!query_cursor(rq, &out->time, &text))
        return false;
    if (str_cut(text, ' ', &id, &out->email) && !str_to_i64(id, &out->user_id))
        return true;
    complain(&rq->state->complaints, STR("cursor"),
             STR("Must be the next_cursor of an earlier answer."));
    return false;
}

enum error members_index(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t id;
    struct member_page page;
    struct roster_place place;
    enum error err = read_administered(rq, &id);
    if (err)
        return err;
    const struct roster_filter filter = {
        .organization_id = id,
        .role = null_if_any(query_word(rq, STR("role"), roles, COUNT_OF(roles), 0)),
        .state = null_if_any(query_word(rq, STR("state"), states, COUNT_OF(states), ROSTER_ACTIVE)),
        .like = query_search(rq),
        .now = rq->now,
    };
    enum roster_order order =
        (enum roster_order)query_word(rq, STR("sort"), orders, COUNT_OF(orders), ROSTER_BY_JOINED);
    int64_t limit = query_limit(rq);
    bool has_place = read_place(rq, &place);
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    err = member_list(w, rq->principal, order, &filter, has_place ? &place : NULL, limit + 1,
                      &rq->arena, &page);
    if (err)
        return err;
    json_t *items = json_array(), *next = NULL;
    for (size_t i = 0; i < page.page.count && i < (size_t)limit; i++)
        json_array_append_new(items, member_json(&page.page.items[i], &rq->arena));
    if (page.page.count > (size_t)limit)
        next = cursor_of(&page.page.items[limit - 1].place, &rq->arena);
    return reply_json_value(rs, 200, list_json(items, next ? next : json_null(), page.total));
}

static enum error read_member(struct request *rq, int64_t *organization_id, int64_t *user_id)
{
    enum error err = read_administered(rq, organization_id);
    return err ? err : read_path_id(rq, STR("user"), user_id);
}

static enum error reply_member(struct worker *w, struct request *rq, struct response *rs,
                               int64_t organization_id, int64_t user_id)
{
    struct roster_entry entry;
    enum error err =
        member_show(w, rq->principal, organization_id, user_id, rq->now, &rq->arena, &entry);
    return err ? err : reply_json_value(rs, 200, member_json(&entry, &rq->arena));
}

enum error member_get(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id, user_id;
    enum error err = read_member(rq, &organization_id, &user_id);
    return err ? err : reply_member(w, rq, rs, organization_id, user_id);
}

static enum error say_why_not(struct request *rq, int64_t user_id, enum error err)
{
    if (err == ERR_REVOKED)
        return ERR_NOT_FOUND;
    if (err == ERR_FORBIDDEN)
        return fail(rq, err, STR("Members at or above your own role are changed by owners."));
    if (err == ERR_CONFLICT && user_id == rq->principal->user_id)
        return fail(rq, err,
                    STR("This is your own account, or you are the last owner; another owner or "
                        "administrator can do it."));
    if (err == ERR_CONFLICT)
        return fail(rq, err,
                    STR("This is the organization's last owner who can act; make another one "
                        "first."));
    return err;
}

enum error member_modify(struct worker *w, struct request *rq, struct response *rs)
{
    static const str known[] = {STR_INIT("role"), STR_INIT("is_active")};
    CLEANUP(json_release) json_t *body = NULL;
    struct member_patch patch = {0};
    int64_t organization_id, user_id;
    enum error err = read_member(rq, &organization_id, &user_id);
    if (!err)
        err = body_read_object(rq, &body);
    if (!err)
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known));
    if (err)
        return err;
    patch.has_role = field_role(rq, body, "role", &patch.role);
    patch.has_active = field_flag(rq, body, "is_active", &patch.is_active);
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    err = member_change(w, rq->principal, organization_id, user_id, &patch, rq->now, &rq->arena);
    return err ? say_why_not(rq, user_id, err) : reply_member(w, rq, rs, organization_id, user_id);
}

enum error member_delete(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t organization_id, user_id;
    enum error err = read_member(rq, &organization_id, &user_id);
    if (err)
        return err;
    err = member_remove(w, rq->principal, organization_id, user_id, rq->now, &rq->arena);
    return err ? say_why_not(rq, user_id, err) : reply_empty(rs, 204);
}
