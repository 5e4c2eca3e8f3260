#include "api/json.h"
#include "api/ls_body.h"
#include "api/ls_handlers.h"
#include "api/ls_user.h"
#include "service/accounts.h"
#include "service/directory.h"

#define NAME_MAX_CHARACTERS 256
#define EMAIL_MAX_CHARACTERS 254

static enum error say_no_user(struct request *rq, enum error err)
{
    return err == ERR_NOT_FOUND ? fail(rq, err, STR("No User matches the given query.")) : err;
}

/* Of the path, as far as the caller sees it. */
static enum error find_user(struct worker *w, struct request *rq, struct user_row *out)
{
    int64_t id;
    enum error err = ls_id(rq, STR("id"), &id);
    if (err)
        return err;
    return say_no_user(rq, account_show(w, rq->principal, id, &rq->arena, out));
}

static enum error reply_user(struct worker *w, struct request *rq, struct response *rs, int status,
                             const struct user_row *row)
{
    struct ls_user user;
    struct organization_card card = {0};
    bool is_removed = false;
    enum error err = account_is_removed(w, row->id, rq->principal->organization_id, &is_removed);
    if (!err)
        err = ls_user_of_row(w, row, is_removed, &card, &rq->arena, &user);
    if (err)
        return err;
    json_t *body = ls_user_json(&user, &rq->arena);
    ls_pick(rq, "include", body);
    return reply_json_value(rs, status, body);
}

/* GET /api/users */
enum error ls_users_list(struct worker *w, struct request *rq, struct response *rs)
{
    struct people people;
    struct organization_card card = {0};
    enum error err = directory_people(w, rq->principal, &rq->arena, &people);
    if (err)
        return err;
    CLEANUP(json_release) json_t *body = json_array();
    for (size_t i = 0; i < people.users.count; i++) {
        struct ls_user user;
        err = ls_user_of_row(w, &people.users.items[i], people.is_removed[i], &card, &rq->arena,
                             &user);
        if (err)
            return err;
        json_t *item = ls_user_json(&user, &rq->arena);
        ls_pick(rq, "include", item);
        json_array_append_new(body, item);
    }
    return reply_json_value(rs, 200, json_incref(body));
}

static struct ls_text_rule name_rule(const char *field)
{
    return (struct ls_text_rule){.field = field,
                                 .max_characters = NAME_MAX_CHARACTERS,
                                 .is_optional = true,
                                 .may_be_blank = true};
}

static bool read_name(struct ls_body *body, const char *field, str *out)
{
    struct ls_text_rule rule = name_rule(field);
    return ls_body_text(body, &rule, out) == GIVEN_VALUE;
}

/* Needed for a new user, never empty. */
static bool read_username(struct ls_body *body, bool is_optional, str *out)
{
    struct ls_text_rule rule = name_rule("username");
    rule.is_optional = is_optional;
    rule.may_be_blank = false;
    return ls_body_text(body, &rule, out) == GIVEN_VALUE;
}

static bool read_newsletters(struct ls_body *body, int64_t *out)
{
    bool allow = false;
    enum given given = ls_body_bool(body, "allow_newsletters", NULL_IS_FINE, &allow);
    *out = given == GIVEN_VALUE ? allow : DB_NULL_I64;
    return given == GIVEN_VALUE || given == GIVEN_NULL;
}

static bool read_hotkeys(struct ls_body *body, str *out)
{
    enum given given = ls_body_json(body, "custom_hotkeys", out);
    if (given == GIVEN_NULL)
        *out = STR("{}");
    if (given == GIVEN_VALUE && !str_starts(*out, STR("{"))) {
        complain(&body->rq->state->complaints, STR("custom_hotkeys"),
                 STR("custom_hotkeys must be a dictionary"));
        return false;
    }
    return given != GIVEN_NOTHING;
}

/* Label Studio lets it be missing, once: the account with the empty e-mail. Here each has one. */
static void read_email(struct ls_body *body, str *out)
{
    const struct ls_text_rule rule = {.field = "email",
                                      .max_characters = EMAIL_MAX_CHARACTERS,
                                      .is_optional = body->rq->state->complaints.count > 0,
                                      .is_email = true};
    (void)ls_body_text(body, &rule, out);
}

static enum error read_new_user(struct request *rq, struct account_order *order)
{
    CLEANUP(ls_body_release) struct ls_body body = {0};
    enum error err = ls_body_read(rq, &body);
    if (err)
        return err;
    (void)read_name(&body, "first_name", &order->first_name);
    (void)read_name(&body, "last_name", &order->last_name);
    (void)read_username(&body, false, &order->username);
    read_email(&body, &order->email);
    (void)read_name(&body, "phone", &order->phone);
    (void)read_newsletters(&body, &order->allow_newsletters);
    return ls_body_check(&body);
}

/* POST /api/users */
enum error ls_users_create(struct worker *w, struct request *rq, struct response *rs)
{
    struct account_order order = {.keep_username = true,
                                  .password = STR_INIT(""),
                                  .organization_id = rq->principal->organization_id,
                                  .role = ROLE_MEMBER,
                                  .is_homeless = true,
                                  .legacy_token = STR_INIT(""),
                                  .made_by = rq->principal};
    struct user_row row;
    enum error err = read_new_user(rq, &order);
    if (!err)
        err = account_create(w, &order, rq->now, &rq->arena, &row);
    if (err == ERR_CONFLICT)
        return fail_field(rq, STR("email"), STR("user with this email address already exists."));
    return err ? err : reply_user(w, rq, rs, 201, &row);
}

/* GET /api/users/ID */
enum error ls_user_show(struct worker *w, struct request *rq, struct response *rs)
{
    struct user_row row;
    enum error err = find_user(w, rq, &row);
    return err ? err : reply_user(w, rq, rs, 200, &row);
}

static enum error read_patch(struct request *rq, struct account_patch *patch)
{
    CLEANUP(ls_body_release) struct ls_body body = {0};
    *patch = (struct account_patch){0};
    enum error err = ls_body_read(rq, &body);
    if (err)
        return err;
    patch->has_first_name = read_name(&body, "first_name", &patch->first_name);
    patch->has_last_name = read_name(&body, "last_name", &patch->last_name);
    patch->has_username = read_username(&body, true, &patch->username);
    patch->has_custom_hotkeys = read_hotkeys(&body, &patch->custom_hotkeys);
    patch->has_phone = read_name(&body, "phone", &patch->phone);
    patch->has_allow_newsletters = read_newsletters(&body, &patch->allow_newsletters);
    err = ls_body_check(&body);
    if (!err && ls_body_has(&body, "email"))
        err = fail(rq, ERR_METHOD_NOT_ALLOWED, STR("Cannot update read-only field: email"));
    return err;
}

/* PATCH /api/users/ID */
enum error ls_user_patch(struct worker *w, struct request *rq, struct response *rs)
{
    struct user_row row;
    struct account_patch patch;
    enum error err = find_user(w, rq, &row);
    if (!err)
        err = read_patch(rq, &patch);
    if (!err)
        err = account_update(w, rq->principal, row.id, &patch, rq->now, &rq->arena, &row);
    return err ? err : reply_user(w, rq, rs, 200, &row);
}

/* An owner's account is told apart from all others, whoever asks. */
static enum error say_why_not_deleted(struct worker *w, struct request *rq, int64_t user_id,
                                      enum error err)
{
    struct member_row member = {0};
    if (err != ERR_FORBIDDEN && err != ERR_CONFLICT)
        return err;
    if (directory_member(w, rq->principal, rq->principal->organization_id, user_id, &member))
        member.role = ROLE_NONE;
    if (err == ERR_CONFLICT || member.role == ROLE_OWNER)
        return fail(rq, ERR_FORBIDDEN, STR("The organization owner cannot be deleted"));
    return fail(rq, ERR_FORBIDDEN, STR("Only the organization owner can delete users"));
}

/* DELETE /api/users/ID */
enum error ls_user_delete(struct worker *w, struct request *rq, struct response *rs)
{
    struct user_row row;
    enum error err = find_user(w, rq, &row);
    if (!err)
        err = say_why_not_deleted(w, rq, row.id,
                                  account_delete(w, rq->principal, row.id, rq->now, &rq->arena));
    return err ? err : reply_empty(rs, 204);
}
