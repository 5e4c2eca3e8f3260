#include "api/json.h"
#include "api/ls_body.h"
#include "api/ls_handlers.h"
#include "service/dead_token.h"
#include "service/tokens.h"
#include "service/usage.h"

#define LISTED_MAX 10000 /* Label Studio has no pages here */

static const struct ls_text_rule refresh_rule = {.field = "refresh"};

static enum error read_refresh(struct request *rq, str *out)
{
    if (str_equal(rq->headers[HEADER_CONTENT_TYPE], STR("application/json")) &&
        json_read_text(rq->body, STR("refresh"), out)) {
        arena_mark_secret(&rq->arena);
        return OK;
    }
    CLEANUP(ls_body_release) struct ls_body body = {0};
    enum error err = ls_body_read(rq, &body);
    if (err)
        return err;
    (void)ls_body_text(&body, &refresh_rule, out);
    return ls_body_check(&body);
}

static enum error say_off(struct request *rq, enum error err)
{
    if (err != ERR_KIND_OFF)
        return err;
    return fail(rq, err,
                STR("Personal access tokens are switched off in this organization; an owner or "
                    "administrator can switch them on in its API token settings."));
}

/* What the SDK 1.0 requires beside Label Studio's own fields; not for those who want only these. */
static void add_times(const struct shared *shared, struct arena *arena, json_t *object,
                      const struct token_row *row)
{
    if (shared->config->strict)
        return;
    usec created_at = row->created_at ? row->created_at : row->issued_at;
    json_add(object, "created_at", json_from_str(time_format(arena, created_at)));
    json_add(object, "expires_at", json_from_str(time_format(arena, row->expires_at)));
}

/* GET /api/token */
enum error ls_tokens_list(struct worker *w, struct request *rq, struct response *rs)
{
    const struct token_cursor from_the_first = {.created_at = INT64_MIN + 1, .id = STR_INIT("")};
    struct token_list list;
    enum error err = token_list(w, rq->principal, rq->principal->user_id, TOKEN_PAT, from_the_first,
                                LISTED_MAX, rq->now, &rq->arena, &list);
    if (err)
        return err;
    json_t *body = json_array();
    for (size_t i = 0; i < list.count; i++) {
        json_t *item = json_object();
        json_add(item, "token", json_from_str(token_unsigned_text(w, &list.items[i], &rq->arena)));
        add_times(w->shared, &rq->arena, item, &list.items[i]);
        json_array_append_new(body, item);
    }
    return reply_json_value(rs, 200, body);
}

/* POST /api/token */
enum error ls_tokens_create(struct worker *w, struct request *rq, struct response *rs)
{
    CLEANUP(ls_body_release) struct ls_body ignored = {0};
    struct new_token token;
    enum error err = ls_body_read(rq, &ignored);
    if (!err)
        err = token_create_default(w, rq->principal, rq->now, &rq->arena, &token);
    if (err == ERR_CONFLICT)
        return fail(rq, err,
                    STR("You already have a valid token. Please revoke it before creating a new "
                        "one."));
    if (err)
        return say_off(rq, err);

    json_t *body = json_object();
    json_add(body, "token", json_from_str(token.secret));
    add_times(w->shared, &rq->arena, body, &token.row);
    return reply_json_value(rs, 201, body); /* the one time that the secret is shown */
}

/* In Label Studio's words, where they are not those of the table. */
static enum error say_why_not_exchanged(struct request *rq, enum error err, str missing)
{
    if (err != ERR_MISSING_CLAIM)
        return say_off(rq, err);
    if (str_equal(missing, STR("exp")))
        return fail(rq, err, STR("Token has no 'exp' claim"));
    if (str_equal(missing, STR("token_type")))
        return fail(rq, err, STR("Token has no type"));
    return err;
}

/* `w` NULL: the fast lane. */
static enum error refresh(struct shared *shared, struct worker *w, struct request *rq,
                          struct response *rs)
{
    str pat;
    struct exchanged exchanged = {.missing = STR(""), .dead_token = STR("")};
    enum error err = read_refresh(rq, &pat);
    if (err)
        return err;
    err = token_exchange_from(shared, w ? w->db : NULL, pat, rq->state->client_address, rq->now,
                              &rq->arena, &exchanged);
    if (err && w)
        token_dead_shown(w, exchanged.dead_token, rq->now);
    if (err)
        return say_why_not_exchanged(rq, err, exchanged.missing);
    usage_count(shared, &exchanged.holder, rq->state->client_address,
                rq->headers[HEADER_USER_AGENT], rq->now);
    return reply_json(rs, 200, json_write_text(&rq->arena, STR("access"), exchanged.access));
}

/* POST /api/token/refresh */
enum error ls_token_refresh(struct shared *shared, struct request *rq, struct response *rs)
{
    return refresh(shared, NULL, rq, rs);
}

enum error ls_token_refresh_load(struct worker *w, struct request *rq, struct response *rs)
{
    return refresh(w->shared, w, rq, rs);
}

/* POST /api/token/blacklist */
enum error ls_token_blacklist(struct worker *w, struct request *rq, struct response *rs)
{
    static const struct principal nobody;
    str text;
    enum error err = read_refresh(rq, &text);
    if (!err)
        err = token_revoke_shown(w, rq->principal ? rq->principal : &nobody, text, rq->now,
                                 &rq->arena);
    if (err == ERR_NOT_FOUND || err == ERR_REVOKED) {
        rq->state->is_bare = true;
        return fail(rq, ERR_NOT_FOUND, STR("Token is invalid or already blacklisted."));
    }
    return err ? err : reply_empty(rs, 204);
}

/* POST /api/token/rotate */
enum error ls_token_rotate(struct worker *w, struct request *rq, struct response *rs)
{
    str text;
    struct new_token token;
    enum error err = read_refresh(rq, &text);
    if (err)
        return err;
    err = token_rotate_shown(w, rq->principal, text, w->shared->config->rotation_grace, rq->now,
                             &rq->arena, &token);
    if (err == ERR_INVALID)
        return fail_field(rq, STR(""), STR("Invalid refresh token"));
    if (err)
        return say_off(rq, err);
    json_t *body = json_object();
    json_add(body, "refresh", json_from_str(token.secret));
    return reply_json_value(rs, 200, body);
}
