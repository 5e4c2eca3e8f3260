#include "api/tokens.h"

#include "api/cursor.h"
#include "api/json.h"
#include "api/token_json.h"
#include "service/tokens.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MOST 200

/* ?limit= and ?cursor= */
static enum error page_read(struct request *rq, struct token_cursor *after, int64_t *limit)
{
    str text;
    *limit = LIMIT_DEFAULT;
    *after = (struct token_cursor){.created_at = INT64_MIN + 1, .id = STR("")};
    if (request_query(rq, STR("limit"), &text) &&
        (str_to_i64(text, limit) || *limit < 1 || *limit > LIMIT_MOST))
        return fail_field(rq, STR("limit"), STR("Must be a whole number from 1 to 200."));
    if (request_query(rq, STR("cursor"), &text) &&
        cursor_read(text, &rq->arena, &after->created_at, &after->id))
        return fail_field(rq, STR("cursor"), STR("Must be the next_cursor of an earlier answer."));
    return OK;
}

enum error tokens_list(struct worker *w, struct request *rq, struct response *rs)
{
    struct token_cursor after;
    struct token_list list;
    int64_t limit;
    enum error err = page_read(rq, &after, &limit);
    if (!err) /* one more than asked for tells whether there is a next page */
        err = token_list(w, rq->principal, rq->principal->user_id, ANY_KIND, after, limit + 1,
                         rq->now, &rq->arena, &list);
    if (err)
        return err;

    json_t *body = json_object(), *items = json_array();
    bool has_more = list.count > (size_t)limit;
    size_t count = has_more ? (size_t)limit : list.count;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(items, token_json(&list.items[i], rq->now, &rq->arena));
    json_add(body, "items", items);
    json_add(body, "next_cursor",
             has_more ? json_from_str(cursor_write(list.items[count - 1].created_at,
                                                   list.items[count - 1].id, &rq->arena))
                      : json_null());
    return reply_json_value(rs, 200, body);
}

static void read_name(struct request *rq, const json_t *body, str *name)
{
    const json_t *value = json_object_get(body, "name");
    *name = json_text(value);
    if (!json_is_string(value))
        complain(&rq->state->complaints, STR("name"), STR("Must be a text."));
}

static void read_end(struct request *rq, const json_t *body, struct token_order *order)
{
    const json_t *days = json_object_get(body, "ttl_days");
    const json_t *end = json_object_get(body, "expires_at");
    if (days && !json_is_null(days)) {
        order->ttl_days = json_integer_value(days);
        if (!json_is_integer(days) || order->ttl_days < 1)
            complain(&rq->state->complaints, STR("ttl_days"),
                     STR("Must be a whole number of days, at least 1."));
    }
    if (end && !json_is_null(end) && time_parse(json_text(end), &order->expires_at))
        complain(&rq->state->complaints, STR("expires_at"),
                 STR("Must be a time as 2027-01-31T12:00:00Z."));
}

static enum error read_order(struct request *rq, struct token_order *order)
{
    static const str known[] = {STR_INIT("name"), STR_INIT("kind"), STR_INIT("ttl_days"),
                                STR_INIT("expires_at")};
    CLEANUP(json_release) json_t *body = NULL;
    *order = (struct token_order){.kind = TOKEN_PAT, .name = STR("")};
    enum error err = body_read_object(rq, &body);
    if (!err)
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known));
    if (err)
        return err;
    const json_t *kind = json_object_get(body, "kind");
    if (kind && token_kind_of_name(json_text(kind), &order->kind))
        complain(&rq->state->complaints, STR("kind"), STR("Must be \"pat\" or \"api_key\"."));
    read_name(rq, body, &order->name);
    order->name = arena_copy(&rq->arena, order->name); /* the body is given back */
    read_end(rq, body, order);
    return rq->state->complaints.count > 0 ? ERR_INVALID : OK;
}

/* The one time that the secret is shown. */
static enum error reply_new_token(struct request *rq, struct response *rs, int status,
                                  const struct new_token *token)
{
    json_t *body = token_json(&token->row, rq->now, &rq->arena);
    json_add(body, "token", json_from_str(token->secret));
    return reply_json_value(rs, status, body);
}

static enum error say_why(const struct shared *shared, struct request *rq, enum error err)
{
    if (err == ERR_KIND_OFF && shared->config->strict)
        return fail(rq, err, STR("This server runs with --strict, which knows no API keys."));
    if (err == ERR_CONFLICT)
        return fail(rq, err,
                    STR("A living token of yours has that name already; choose another, or revoke "
                        "that one first."));
    if (err == ERR_LIMIT)
        return fail(rq, err,
                    STR("You have as many living tokens as your organization allows; revoke one "
                        "first."));
    return err;
}

enum error tokens_create(struct worker *w, struct request *rq, struct response *rs)
{
    struct token_order order;
    struct new_token token;
    enum error err = read_order(rq, &order);
    if (!err)
        err = token_create(w, rq->principal, rq->principal->user_id, &order, rq->now, &rq->arena,
                           &rq->state->complaints, &token);
    return err ? say_why(w->shared, rq, err) : reply_new_token(rq, rs, 201, &token);
}

/* Of the caller's own; an administrator's reach beyond them has addresses of its own. */
static enum error find_own(struct worker *w, struct request *rq, struct token_row *out)
{
    enum error err = token_show(w, rq->principal, request_param(rq, STR("id")), &rq->arena, out);
    if (!err && out->user_id != rq->principal->user_id)
        err = ERR_NOT_FOUND;
    return err;
}

enum error tokens_show(struct worker *w, struct request *rq, struct response *rs)
{
    struct token_row row;
    enum error err = find_own(w, rq, &row);
    return err ? err : reply_json_value(rs, 200, token_json(&row, rq->now, &rq->arena));
}

enum error tokens_patch(struct worker *w, struct request *rq, struct response *rs)
{
    static const str known[] = {STR_INIT("name")};
    CLEANUP(json_release) json_t *body = NULL;
    struct token_row row;
    str name = STR("");
    enum error err = find_own(w, rq, &row);
    if (!err)
        err = body_read_object(rq, &body);
    if (!err)
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known));
    if (err)
        return err;
    read_name(rq, body, &name);
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    err = token_rename(w, rq->principal, row.id, name, rq->now, &rq->arena, &rq->state->complaints);
    if (!err)
        err = find_own(w, rq, &row);
    return err ? say_why(w->shared, rq, err)
               : reply_json_value(rs, 200, token_json(&row, rq->now, &rq->arena));
}

enum error tokens_delete(struct worker *w, struct request *rq, struct response *rs)
{
    struct token_row row;
    enum error err = find_own(w, rq, &row);
    if (!err)
        err = token_revoke(w, rq->principal, row.id, rq->now, &rq->arena);
    if (err == ERR_REVOKED) /* ended before: what was asked for is so */
        err = OK;
    return err ? err : reply_empty(rs, 204);
}

enum error tokens_rotate(struct worker *w, struct request *rq, struct response *rs)
{
    struct token_row row;
    struct new_token token;
    enum error err = find_own(w, rq, &row);
    if (!err)
        err = token_rotate(w, rq->principal, row.id, rq->now, &rq->arena, &token);
    if (err == ERR_REVOKED || err == ERR_EXPIRED)
        return fail(rq, ERR_CONFLICT, STR("The token has ended; create a new one."));
    return err ? say_why(w->shared, rq, err) : reply_new_token(rq, rs, 200, &token);
}
