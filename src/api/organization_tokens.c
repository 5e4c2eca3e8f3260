#include "api/cursor.h"
#include "api/fields.h"
#include "api/people.h"
#include "api/token_json.h"
#include "api/token_usage.h"
#include "service/settings.h"

static const str orders[] = {
    [BY_CREATED] = STR_INIT("created_at"), [BY_CREATED_DOWN] = STR_INIT("-created_at"),
    [BY_END] = STR_INIT("expires_at"),     [BY_END_DOWN] = STR_INIT("-expires_at"),
    [BY_USE] = STR_INIT("last_used_at"),   [BY_USE_DOWN] = STR_INIT("-last_used_at"),
    [BY_NAME] = STR_INIT("name"),
};
_Static_assert(COUNT_OF(orders) == ROLL_ORDER_COUNT, "every order has a name");

static const str states[] = {
    STR_INIT("all"), [ROLL_LIVING] = STR_INIT("active"), [ROLL_ENDED] = STR_INIT("ended")};
static const str kinds[] = {
    STR_INIT("any"), [TOKEN_PAT] = STR_INIT("pat"), [TOKEN_API_KEY] = STR_INIT("api_key")};

static int64_t null_if_any(size_t word)
{
    return word == 0 ? DB_NULL_I64 : (int64_t)word;
}

static json_t *entry_json(const struct token_roll *roll, size_t i, usec now, struct arena *arena)
{
    json_t *token = token_json(&roll->rows[i], now, arena);
    token_json_add_user(token, &roll->rows[i], &roll->entries[i], arena);
    return token;
}

static struct roll_filter read_filter(struct request *rq, int64_t organization_id, int64_t user_id)
{
    int64_t unused_days = query_days(rq, STR("unused_days"));
    int64_t expires_in = query_days(rq, STR("expires_in_days"));
    struct roll_filter filter = {
        .organization_id = organization_id,
        .user_id = user_id ? user_id : query_number(rq, STR("user_id"), 1, 0),
        .kind = null_if_any(query_word(rq, STR("kind"), kinds, COUNT_OF(kinds), 0)),
        .state = null_if_any(query_word(rq, STR("state"), states, COUNT_OF(states), ROLL_LIVING)),
        .never_used = query_flag(rq, STR("never_used")),
        .unused_since = unused_days < 0 ? DB_NULL_I64 : rq->now - DAYS(unused_days),
        .ends_before = expires_in < 0 ? DB_NULL_I64 : rq->now + DAYS(expires_in),
        .like = query_search(rq),
        .now = rq->now,
    };
    return filter;
}

/* "number", then "u" or "n" (among the never used), the id, and for names a blank and the name. */
static json_t *cursor_of(const struct roll_cursor *cursor, struct arena *arena)
{
    str text = ARENA_JOIN(arena, cursor->is_unused ? STR("n") : STR("u"), cursor->place.id,
                          STR(" "), cursor->place.name);
    return json_from_str(
        cursor_write(cursor->is_start ? INT64_MIN : cursor->place.time, text, arena));
}

static struct roll_cursor read_cursor(struct request *rq)
{
    struct roll_cursor cursor = {.is_start = true};
    str text, id;
    if (!query_cursor(rq, &cursor.place.time, &text))
        return cursor;
    cursor.is_start = cursor.place.time == INT64_MIN;
    cursor.is_unused = str_starts(text, STR("n"));
    (void)str_cut(str_from_at(text, 1), ' ', &id, &cursor.place.name);
    cursor.place.id = id;
    return cursor;
}

static enum error reply_page(struct worker *w, struct request *rq, struct response *rs,
                             const struct token_roll *roll, enum usage_depth depth)
{
    CLEANUP(json_release) json_t *items = json_array();
    for (size_t i = 0; i < roll->count; i++)
        json_array_append_new(items, entry_json(roll, i, rq->now, &rq->arena));
    enum error err =
        token_list_add_usage(w, items, roll->rows, roll->count, depth, rq->now, &rq->arena);
    if (err)
        return err;
    json_t *next = roll->has_more ? cursor_of(&roll->next, &rq->arena) : json_null();
    return reply_json_value(rs, 200, list_json(json_incref(items), next, roll->total));
}

enum error reply_token_roll(struct worker *w, struct request *rq, struct response *rs,
                            int64_t organization_id, int64_t user_id)
{
    struct token_roll roll;
    enum usage_depth depth = USAGE_LAST;
    struct roll_filter filter = read_filter(rq, organization_id, user_id);
    struct roll_cursor after = read_cursor(rq);
    enum roll_order order =
        (enum roll_order)query_word(rq, STR("sort"), orders, COUNT_OF(orders), BY_CREATED_DOWN);
    int64_t limit = query_limit(rq);
    enum error err = usage_depth_read(rq, &depth);
    if (rq->state->complaints.count > 0)
        return ERR_INVALID;
    if (!err)
        err = token_roll_read(w, rq->principal, order, &filter, &after, limit, &rq->arena, &roll);
    if (err == ERR_MALFORMED)
        return fail_field(rq, STR("cursor"), STR("Must be the next_cursor of an earlier answer."));
    return err ? err : reply_page(w, rq, rs, &roll, depth);
}

enum error organization_tokens_index(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t id;
    enum error err = read_administered(rq, &id);
    return err ? err : reply_token_roll(w, rq, rs, id, 0);
}

static enum error find(struct worker *w, struct request *rq, struct token_roll *out)
{
    int64_t id;
    enum error err = read_administered(rq, &id);
    return err ? err
               : token_roll_show(w, rq->principal, id, request_param(rq, STR("token")), &rq->arena,
                                 out);
}

enum error organization_token_get(struct worker *w, struct request *rq, struct response *rs)
{
    struct token_roll roll;
    enum usage_depth depth = USAGE_LAST;
    enum error err = find(w, rq, &roll);
    if (!err)
        err = usage_depth_read(rq, &depth);
    if (err)
        return err;
    CLEANUP(json_release) json_t *items = json_array();
    json_array_append_new(items, entry_json(&roll, 0, rq->now, &rq->arena));
    err = token_list_add_usage(w, items, roll.rows, 1, depth, rq->now, &rq->arena);
    return err ? err : reply_json_value(rs, 200, json_incref(json_array_get(items, 0)));
}

enum error organization_token_delete(struct worker *w, struct request *rq, struct response *rs)
{
    struct token_roll roll;
    enum error err = find(w, rq, &roll);
    if (err)
        return err;
    err = token_revoke(w, rq->principal, roll.rows[0].id, rq->now, &rq->arena);
    if (err == ERR_NOT_FOUND) /* seen, but of somebody above, or of a guest */
        return fail(rq, ERR_FORBIDDEN,
                    STR("This token's user is above your own role, or acts in another "
                        "organization."));
    if (err == ERR_REVOKED) /* ended before: what was asked for is so */
        err = OK;
    return err ? err : reply_empty(rs, 204);
}

/* Of a kind that is switched off, nothing works. */
static int64_t legacy_count(const struct token_summary *summary,
                            const struct token_settings *settings)
{
    return settings->legacy_api_tokens_enabled ? summary->figures.legacy : 0;
}

static enum error read_summary(struct worker *w, struct request *rq, int64_t *id,
                               struct token_summary *summary, struct token_settings *settings)
{
    enum error err = read_administered(rq, id);
    if (!err)
        err = token_summary_read(w, rq->principal, *id, rq->now, summary);
    return err ? err : settings_read(w, rq->principal, *id, settings);
}

static json_t *ages_json(const struct token_figures *figures)
{
    static const char *const ages[TOKEN_AGES] = {"0-7", "8-30", "31-90", "91-365", "366+"};
    json_t *list = json_array();
    for (size_t i = 0; i < TOKEN_AGES; i++) {
        json_t *age = json_object();
        json_add(age, "days", json_string(ages[i]));
        json_add(age, "pat", json_integer(figures->pat.by_age[i]));
        json_add(age, "api_key", json_integer(figures->api_key.by_age[i]));
        json_array_append_new(list, age);
    }
    return list;
}

enum error organization_tokens_summary(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t id, requests[USAGE_DAYS_LISTED];
    struct token_summary summary;
    struct token_settings settings;
    enum error err = read_summary(w, rq, &id, &summary, &settings);
    if (!err)
        err = usage_of_organization(w, id, COUNT_OF(requests), rq->now, &rq->arena, requests);
    if (err)
        return err;
    const struct token_figures *figures = &summary.figures;
    json_t *body = json_object(), *by_kind = json_object();
    json_add(by_kind, "pat", json_integer(figures->pat.tokens));
    json_add(by_kind, "legacy", json_integer(legacy_count(&summary, &settings)));
    json_add(by_kind, "api_key", json_integer(figures->api_key.tokens));
    json_add(body, "by_kind", by_kind);
    json_add(body, "by_age", ages_json(figures));
    json_add(body, "never_used", json_integer(figures->never_used));
    json_add(body, "unused_90d", json_integer(figures->unused_90d));
    json_add(body, "expiring_14d", json_integer(figures->expiring_14d));
    json_add(body, "requests_per_day",
             json_from_days(requests, COUNT_OF(requests), rq->now, &rq->arena));
    json_add(body, "as_of", json_from_time(&rq->arena, summary.as_of));
    json_add(body, "is_estimate", json_boolean(summary.is_estimate));
    return reply_json_value(rs, 200, body);
}

static json_t *impact_json(int64_t tokens, int64_t people)
{
    json_t *object = json_object();
    json_add(object, "tokens", json_integer(tokens));
    json_add(object, "people", json_integer(people));
    return object;
}

enum error token_settings_impact(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t id;
    struct token_summary summary;
    struct token_settings settings;
    enum error err = read_summary(w, rq, &id, &summary, &settings);
    if (err)
        return err;
    const struct token_figures *figures = &summary.figures;
    int64_t legacy = legacy_count(&summary, &settings);
    json_t *body = json_object();
    json_add(body, "pat", impact_json(figures->pat.tokens, figures->pat.people));
    json_add(body, "legacy", impact_json(legacy, legacy));
    json_add(body, "api_key", impact_json(figures->api_key.tokens, figures->api_key.people));
    json_add(body, "as_of", json_from_time(&rq->arena, summary.as_of));
    json_add(body, "is_estimate", json_boolean(summary.is_estimate));
    return reply_json_value(rs, 200, body);
}
