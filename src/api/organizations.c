#include "api/cursor.h"
#include "api/fields.h"
#include "api/people.h"
#include "service/members.h"

enum error read_path_id(struct request *rq, str name, int64_t *out)
{
    return str_to_i64(request_param(rq, name), out) ? ERR_NOT_FOUND : OK;
}

enum error read_organization(struct request *rq, int64_t *out)
{
    enum error err = read_path_id(rq, STR("id"), out);
    if (!err && !is_member_of(rq->principal, *out))
        err = ERR_NOT_FOUND;
    return err;
}

enum error read_administered(struct request *rq, int64_t *out)
{
    enum error err = read_organization(rq, out);
    if (!err && !may_administer(rq->principal, *out))
        err = fail(rq, ERR_FORBIDDEN, STR("This is for owners and administrators."));
    return err;
}

static json_t *card_json(const struct organization_row *row, enum role role, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "id", json_integer(row->id));
    json_add(object, "title", json_from_str(row->title));
    json_add(object, "role", json_from_str(role_name(role)));
    json_add(object, "created_at", json_from_time(arena, row->created_at));
    return object;
}

enum error organizations_index(struct worker *w, struct request *rq, struct response *rs)
{
    struct own_organizations own;
    int64_t after = 0, limit = query_limit(rq);
    str ignored = STR("");
    (void)query_cursor(rq, &after, &ignored); /* from the first one where it is not given */
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    enum error err = member_organizations(w, rq->principal, &rq->arena, &own);
    if (err)
        return err;
    json_t *items = json_array(), *next = NULL;
    for (size_t i = 0; i < own.list.count && !next; i++) {
        const struct organization_row *row = &own.list.items[i];
        if (row->id <= after)
            continue; /* they are in order of their ids, and few */
        if (json_array_size(items) == (size_t)limit)
            next = json_from_str(cursor_write(after, STR(""), &rq->arena));
        else {
            json_array_append_new(items, card_json(row, own.roles[i], &rq->arena));
            after = row->id;
        }
    }
    return reply_json_value(rs, 200,
                            list_json(items, next ? next : json_null(), (int64_t)own.list.count));
}

static enum error reply_organization(struct worker *w, struct request *rq, struct response *rs,
                                     const struct organization_row *row)
{
    struct member_counts counts;
    enum error err = member_counts(w, row->id, &counts);
    if (err)
        return err;
    json_t *body = card_json(row, rq->principal->role, &rq->arena);
    json_add(body, "member_count", json_integer(counts.people));
    json_add(body, "service_account_count", json_integer(counts.service_accounts));
    return reply_json_value(rs, 200, body);
}

enum error organization_get(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t id;
    struct organization_row row;
    enum error err = read_organization(rq, &id);
    if (!err)
        err = organization_show(w, rq->principal, id, &rq->arena, &row);
    return err ? err : reply_organization(w, rq, rs, &row);
}

enum error organization_patch(struct worker *w, struct request *rq, struct response *rs)
{
    static const str known[] = {STR_INIT("title")};
    CLEANUP(json_release) json_t *body = NULL;
    int64_t id;
    str title;
    struct organization_row row;
    enum error err = read_administered(rq, &id);
    if (!err)
        err = body_read_object(rq, &body);
    if (!err)
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known));
    if (err)
        return err;
    bool has_title = field_text(rq, body, "title", &title);
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    if (has_title)
        err = organization_rename(w, rq->principal, id, title, rq->now, &rq->arena, &row);
    else
        err = organization_show(w, rq->principal, id, &rq->arena, &row);
    if (err == ERR_INVALID)
        return fail_field(rq, STR("title"),
                          STR("Must have 1 to 1000 characters, without control characters."));
    return err ? err : reply_organization(w, rq, rs, &row);
}
