#include "api/json.h"
#include "api/ls_body.h"
#include "api/ls_handlers.h"
#include "api/ls_user.h"
#include "service/directory.h"
#include "service/organizations.h"

#define TITLE_MAX_CHARACTERS 1000
#define CONTACT_MAX_CHARACTERS 254

static json_t *contact_json(str contact_info)
{
    return str_is_empty(contact_info) ? json_null() : json_from_str(contact_info);
}

/* GET /api/organizations */
enum error ls_organizations_list(struct worker *w, struct request *rq, struct response *rs)
{
    struct organization_list list;
    enum error err = directory_organizations(w, rq->principal, &rq->arena, &list);
    if (err)
        return err;
    json_t *body = json_array();
    for (size_t i = 0; i < list.count; i++) {
        json_t *item = json_object();
        json_add(item, "id", json_integer(list.items[i].id));
        json_add(item, "title", json_from_str(list.items[i].title));
        json_add(item, "contact_info", contact_json(list.items[i].contact_info));
        json_add(item, "created_at",
                 json_from_str(time_format(&rq->arena, list.items[i].created_at)));
        ls_pick(rq, "fields", item);
        json_array_append_new(body, item);
    }
    return reply_json_value(rs, 200, body);
}

/* POST /api/organizations */
enum error ls_organizations_create(struct worker *w, struct request *rq, struct response *rs)
{
    (void)w;
    (void)rs;
    return fail(rq, ERR_FORBIDDEN,
                STR("Creating organizations over the API is disabled on this instance"));
}

/* It lets in somebody new, who may do all that a member may, anywhere: more than a bound token. */
static str invitation_for(const struct principal *who, const struct organization_row *row)
{
    return principal_is_bound(who) ? STR("") : row->invitation;
}

static enum error reply_organization(struct worker *w, struct request *rq, struct response *rs,
                                     const struct organization_row *row)
{
    struct people people;
    enum error err = directory_people(w, rq->principal, &rq->arena, &people);
    if (err)
        return err;
    json_t *body = json_object(), *users = json_array();
    for (size_t i = 0; i < people.users.count; i++)
        json_array_append_new(users, json_integer(people.users.items[i].id));
    json_add(body, "id", json_integer(row->id));
    json_add(body, "title", json_from_str(row->title));
    json_add(body, "token", json_from_str(invitation_for(rq->principal, row)));
    json_add(body, "created_at", json_from_str(time_format(&rq->arena, row->created_at)));
    json_add(body, "updated_at", json_from_str(time_format(&rq->arena, row->updated_at)));
    json_add(body, "contact_info", contact_json(row->contact_info));
    json_add(body, "created_by", row->created_by ? json_integer(row->created_by) : json_null());
    json_add(body, "users", users);
    ls_pick(rq, "fields", body);
    return reply_json_value(rs, 200, body);
}

static enum error find_organization(struct worker *w, struct request *rq,
                                    struct organization_row *out)
{
    int64_t id;
    enum error err = ls_id(rq, STR("id"), &id);
    return err ? err : organization_show(w, rq->principal, id, &rq->arena, out);
}

/* GET /api/organizations/ID */
enum error ls_organization_show(struct worker *w, struct request *rq, struct response *rs)
{
    struct organization_row row;
    enum error err = find_organization(w, rq, &row);
    return err ? err : reply_organization(w, rq, rs, &row);
}

/* Its title and contact; all else (the invitation, the founder) is read-only here. */
static enum error read_changes(struct request *rq, bool is_patch, struct organization_row *row)
{
    const struct ls_text_rule title_rule = {
        .field = "title", .max_characters = TITLE_MAX_CHARACTERS, .is_optional = is_patch};
    const struct ls_text_rule contact_rule = {.field = "contact_info",
                                              .max_characters = CONTACT_MAX_CHARACTERS,
                                              .is_optional = true,
                                              .may_be_blank = true,
                                              .may_be_null = true,
                                              .is_email = true};
    CLEANUP(ls_body_release) struct ls_body body = {0};
    str title, contact;
    enum error err = ls_body_read(rq, &body);
    if (err)
        return err;
    if (ls_body_text(&body, &title_rule, &title) == GIVEN_VALUE)
        row->title = title;
    enum given given = ls_body_text(&body, &contact_rule, &contact);
    if (given == GIVEN_VALUE || given == GIVEN_NULL)
        row->contact_info = contact;
    return ls_body_check(&body);
}

static enum error change(struct worker *w, struct request *rq, struct response *rs, bool is_patch)
{
    struct organization_row row;
    enum error err = find_organization(w, rq, &row);
    if (!err && !may_administer(rq->principal, row.id))
        err = ERR_FORBIDDEN; /* before anything is said about the body */
    if (!err)
        err = read_changes(rq, is_patch, &row);
    if (!err)
        err = organization_update(w, rq->principal, &row, rq->now, &rq->arena, &row);
    return err ? err : reply_organization(w, rq, rs, &row);
}

/* PATCH /api/organizations/ID */
enum error ls_organization_patch(struct worker *w, struct request *rq, struct response *rs)
{
    return change(w, rq, rs, true);
}

/* PUT /api/organizations/ID */
enum error ls_organization_put(struct worker *w, struct request *rq, struct response *rs)
{
    return change(w, rq, rs, false);
}

static enum error reply_invitation(struct request *rq, struct response *rs, int status,
                                   str invitation)
{
    json_t *body = json_object();
    json_add(body, "token", json_from_str(invitation));
    json_add(body, "invite_url",
             json_from_str(ARENA_JOIN(&rq->arena, STR("/user/signup/?token="), invitation)));
    return reply_json_value(rs, status, body);
}

/* GET /api/invite */
enum error ls_invitation_show(struct worker *w, struct request *rq, struct response *rs)
{
    struct organization_row row;
    if (rq->principal->organization_id == 0)
        return ERR_FORBIDDEN;
    enum error err =
        organization_show(w, rq->principal, rq->principal->organization_id, &rq->arena, &row);
    return err ? err : reply_invitation(rq, rs, 200, row.invitation);
}

/* POST /api/invite/reset-token */
enum error ls_invitation_reset(struct worker *w, struct request *rq, struct response *rs)
{
    str invitation;
    enum error err = invitation_reset(w, rq->principal, rq->principal->organization_id, rq->now,
                                      &rq->arena, &invitation);
    return err ? err : reply_invitation(rq, rs, 201, invitation);
}
