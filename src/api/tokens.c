#include "api/tokens.h"

#include "api/json.h"
#include "api/token_json.h"
#include "api/token_order.h"
#include "api/token_usage.h"
#include "service/tokens.h"

#define SEARCHED_AT_ONCE 500

/* A page of those that fit; one more than asked for tells whether there is a next page. */
static enum error find_page(struct worker *w, struct request *rq, struct token_search *search,
                            struct token_list *out)
{
    size_t wanted = (size_t)search->question.limit + 1;
    struct token_row *found = arena_alloc(&rq->arena, wanted * sizeof(*found));
    size_t count = 0;
    if (!str_is_empty(search->q))
        search->question.limit = SEARCHED_AT_ONCE;
    else
        search->question.limit = (int64_t)wanted;
    for (;;) {
        struct token_list some;
        enum error err = token_page(w, rq->principal, rq->principal->user_id, &search->question,
                                    rq->now, &rq->arena, &some);
        if (err)
            return err;
        for (size_t i = 0; i < some.count && count < wanted; i++)
            if (token_search_fits(search, &some.items[i]))
                found[count++] = some.items[i];
        if (count == wanted || some.count < (size_t)search->question.limit)
            break;
        const struct token_row *last = &some.items[some.count - 1];
        search->question.after = token_place_of(search->question.sort, last);
    }
    *out = (struct token_list){.items = found, .count = count};
    return OK;
}

enum error tokens_list(struct worker *w, struct request *rq, struct response *rs)
{
    struct token_search search;
    struct token_list list;
    enum usage_depth depth = USAGE_LAST;
    enum error err = token_search_read(rq, &search);
    size_t limit = (size_t)search.question.limit;
    if (!err)
        err = usage_depth_read(rq, &depth);
    if (!err)
        err = find_page(w, rq, &search, &list);
    if (err)
        return err;

    bool has_more = list.count > limit;
    size_t count = has_more ? limit : list.count;
    CLEANUP(json_release) json_t *items = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(items, token_json(&list.items[i], rq->now, &rq->arena));
    err = token_list_add_usage(w, items, list.items, count, depth, rq->now, &rq->arena);
    if (err)
        return err;
    json_t *body = json_object();
    json_add(body, "items", json_incref(items));
    json_add(body, "next_cursor",
             has_more
                 ? json_from_str(token_search_cursor(&search, &list.items[count - 1], &rq->arena))
                 : json_null());
    return reply_json_value(rs, 200, body);
}

static enum error reply_token(struct worker *w, struct request *rq, struct response *rs,
                              const struct token_row *row, enum usage_depth depth)
{
    CLEANUP(json_release) json_t *items = json_array();
    json_array_append_new(items, token_json(row, rq->now, &rq->arena));
    enum error err = token_list_add_usage(w, items, row, 1, depth, rq->now, &rq->arena);
    return err ? err : reply_json_value(rs, 200, json_incref(json_array_get(items, 0)));
}

/* The one time that the secret is shown. */
static enum error reply_new_token(struct request *rq, struct response *rs,
                                  const struct new_token *token)
{
    json_t *body = token_json(&token->row, rq->now, &rq->arena);
    json_add(body, "token", json_from_str(token->secret));
    return reply_json_value(rs, 201, body);
}

static enum error say_why(const struct shared *shared, struct request *rq, enum error err)
{
    if (err == ERR_KIND_OFF && shared->config->strict)
        return fail(rq, err, STR("This server runs with --strict, which knows no API keys."));
    if (err == ERR_CONFLICT)
        return fail_taken(rq, STR("A living token of yours has that name already; choose another, "
                                  "or revoke that one first."));
    if (err == ERR_LIMIT)
        return fail(rq, err,
                    STR("You have as many living tokens as your organization allows; revoke one "
                        "first."));
    if (err == ERR_FORBIDDEN)
        return fail(rq, err,
                    STR("That token may do more than the credential that you use, or is another "
                        "person's; sign in as its user, or use that token itself."));
    return err;
}

enum error tokens_create_for(struct worker *w, struct request *rq, struct response *rs,
                             int64_t user_id)
{
    struct token_order order;
    struct new_token token;
    enum error err = token_order_read(rq, &order);
    if (!err)
        err = token_create(w, rq->principal, user_id, &order, rq->now, &rq->arena,
                           &rq->state->complaints, &token);
    return err ? say_why(w->shared, rq, err) : reply_new_token(rq, rs, &token);
}

enum error tokens_create(struct worker *w, struct request *rq, struct response *rs)
{
    return tokens_create_for(w, rq, rs, rq->principal->user_id);
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
    enum usage_depth depth = USAGE_LAST;
    enum error err = find_own(w, rq, &row);
    if (!err)
        err = usage_depth_read(rq, &depth);
    return err ? err : reply_token(w, rq, rs, &row, depth);
}

enum error tokens_patch(struct worker *w, struct request *rq, struct response *rs)
{
    struct token_row row;
    struct token_patch patch;
    enum error err = find_own(w, rq, &row);
    if (!err)
        err = token_patch_read(rq, &patch);
    if (!err)
        err = token_change(w, rq->principal, row.id, &patch, rq->now, &rq->arena,
                           &rq->state->complaints, &row);
    if (err == ERR_REVOKED || err == ERR_EXPIRED)
        return fail(rq, ERR_CONFLICT, STR("The token has ended, or a successor has its place."));
    return err ? say_why(w->shared, rq, err) : reply_token(w, rq, rs, &row, USAGE_LAST);
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

/* One's own, or as an administrator another's: a service account's for example. */
enum error tokens_rotate(struct worker *w, struct request *rq, struct response *rs)
{
    struct new_token token;
    usec grace;
    enum error err = token_grace_read(rq, w->shared->config->rotation_grace, &grace);
    if (!err)
        err = token_rotate(w, rq->principal, request_param(rq, STR("id")), grace, rq->now,
                           &rq->arena, &token);
    if (err == ERR_REVOKED || err == ERR_EXPIRED)
        return fail(rq, ERR_CONFLICT, STR("The token has ended; create a new one."));
    return err ? say_why(w->shared, rq, err) : reply_new_token(rq, rs, &token);
}
