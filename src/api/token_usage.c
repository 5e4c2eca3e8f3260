#include "api/token_usage.h"

enum error usage_depth_read(struct request *rq, enum usage_depth *out)
{
    str text;
    *out = USAGE_LAST;
    if (!request_query(rq, STR("include"), &text))
        return OK;
    if (!str_equal(text, STR("usage")))
        return fail_field(rq, STR("include"), STR("Must be \"usage\"."));
    *out = USAGE_WITH_DAYS;
    return OK;
}

static json_t *text_or_null(str text)
{
    return str_is_empty(text) ? json_null() : json_from_str(text);
}

static void add_last(json_t *to, const struct usage_row *row, struct arena *arena)
{
    json_add(to, "last_used_at", json_from_time(arena, row->last_at));
    json_add(to, "last_used_ip", text_or_null(row->address));
    json_add(to, "last_used_user_agent", text_or_null(row->user_agent));
}

void token_json_add_usage(json_t *token, const struct token_usage *usage, enum usage_depth depth,
                          struct arena *arena)
{
    add_last(token, &usage->row, arena);
    if (depth != USAGE_WITH_DAYS)
        return;
    json_t *days = json_array();
    for (size_t i = USAGE_DAYS - USAGE_DAYS_LISTED; i < USAGE_DAYS; i++)
        json_array_append_new(days, json_integer(usage->by_day[i]));
    json_add(token, "requests_30d", days);
}

enum error token_list_add_usage(struct worker *w, json_t *items, const struct token_row *rows,
                                size_t count, enum usage_depth depth, usec now, struct arena *arena)
{
    if (count == 0)
        return OK;
    int64_t *keys = arena_alloc(arena, count * sizeof(keys[0]));
    struct token_usage *usage = arena_alloc(arena, count * sizeof(usage[0]));
    for (size_t i = 0; i < count; i++)
        keys[i] = rows[i].token_key;
    enum error err = usage_of_tokens(w, keys, count, depth, now, arena, usage);
    for (size_t i = 0; !err && i < count; i++)
        token_json_add_usage(json_array_get(items, i), &usage[i], depth, arena);
    return err;
}

json_t *json_from_days(const int64_t *by_day, size_t days, usec now, struct arena *arena)
{
    json_t *array = json_array();
    for (size_t i = 0; i < days; i++) {
        json_t *day = json_object();
        str time = time_format(arena, now - DAYS(days - 1 - i));
        json_add(day, "date", json_from_str(str_slice(time, 0, strlen("2026-11-25"))));
        json_add(day, "requests", json_integer(by_day[i]));
        json_array_append_new(array, day);
    }
    return array;
}

enum error token_usage_show(struct worker *w, struct request *rq, struct response *rs)
{
    struct token_row row;
    struct token_usage usage;
    enum error err = token_show(w, rq->principal, request_param(rq, STR("id")), &rq->arena, &row);
    if (!err)
        err = usage_of_tokens(w, &row.token_key, 1, USAGE_WITH_DAYS, rq->now, &rq->arena, &usage);
    if (err)
        return err;
    json_t *body = json_object();
    json_add(body, "token_id", json_from_str(row.id));
    json_add(body, "days", json_from_days(usage.by_day, USAGE_DAYS, rq->now, &rq->arena));
    json_add(body, "total", json_integer(usage.row.requests));
    json_add(body, "first_used_at", json_from_time(&rq->arena, usage.row.first_at));
    add_last(body, &usage.row, &rq->arena);
    return reply_json_value(rs, 200, body);
}
