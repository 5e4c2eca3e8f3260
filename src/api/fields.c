#include "api/fields.h"

#include "api/cursor.h"
#include "service/bulk_revoke.h"

#define SEARCH_BYTES_MAX 200

static bool refuse(struct request *rq, str name, str text)
{
    complain(&rq->state->complaints, name, text);
    return false;
}

bool field_text(struct request *rq, const json_t *body, const char *name, str *out)
{
    const json_t *value = json_object_get(body, name);
    if (!value)
        return false;
    if (!json_is_string(value))
        return refuse(rq, str_from(name), STR("Must be a text."));
    *out = arena_copy(&rq->arena, json_text(value));
    return true;
}

bool field_needed_text(struct request *rq, const json_t *body, const char *name, size_t most,
                       str *out)
{
    str text;
    if (!json_object_get(body, name))
        return refuse(rq, str_from(name), STR("Is needed."));
    if (!field_text(rq, body, name, &text))
        return false;
    if (str_is_empty(text))
        return refuse(rq, str_from(name), STR("Must not be empty."));
    if (str_utf8_length(text) > most)
        return refuse(rq, str_from(name),
                      arena_printf(&rq->arena, "Must not be longer than %zu characters.", most));
    *out = text;
    return true;
}

bool field_flag(struct request *rq, const json_t *body, const char *name, bool *out)
{
    const json_t *value = json_object_get(body, name);
    if (!value)
        return false;
    if (!json_is_boolean(value))
        return refuse(rq, str_from(name), STR("Must be true or false."));
    *out = json_is_true(value);
    return true;
}

bool field_number(struct request *rq, const json_t *body, const char *name, int64_t *out)
{
    const json_t *value = json_object_get(body, name);
    if (!value)
        return false;
    if (!json_is_integer(value))
        return refuse(rq, str_from(name), STR("Must be a whole number."));
    *out = json_integer_value(value);
    return true;
}

bool field_role(struct request *rq, const json_t *body, const char *name, enum role *out)
{
    const json_t *value = json_object_get(body, name);
    if (!value)
        return false;
    if (!json_is_string(value) || role_of_name(json_text(value), out))
        return refuse(rq, str_from(name),
                      STR("Must be \"member\", \"administrator\" or \"owner\"."));
    return true;
}

bool field_id_or_null(struct request *rq, const json_t *body, const char *name, int64_t *out)
{
    const json_t *value = json_object_get(body, name);
    if (!value)
        return false;
    if (!json_is_null(value) && (!json_is_integer(value) || json_integer_value(value) < 1))
        return refuse(rq, str_from(name), STR("Must be an id, or null."));
    *out = json_integer_value(value); /* 0 for null */
    return true;
}

int64_t query_limit(struct request *rq)
{
    str text;
    int64_t limit;
    if (!request_query(rq, STR("limit"), &text))
        return LIST_LIMIT;
    if (!str_to_i64(text, &limit) && limit >= 1 && limit <= LIST_LIMIT_MOST)
        return limit;
    (void)refuse(rq, STR("limit"), STR("Must be a whole number from 1 to 200."));
    return LIST_LIMIT;
}

int64_t query_number(struct request *rq, str name, int64_t least, int64_t otherwise)
{
    str text;
    int64_t number;
    if (!request_query(rq, name, &text))
        return otherwise;
    if (!str_to_i64(text, &number) && number >= least && number <= INT32_MAX)
        return number;
    (void)refuse(
        rq, name,
        arena_printf(&rq->arena, "Must be a whole number, at least %lld.", (long long)least));
    return otherwise;
}

int64_t query_days(struct request *rq, str name)
{
    str text;
    int64_t days;
    if (!request_query(rq, name, &text))
        return -1;
    if (!str_to_i64(text, &days) && days >= 0 && days <= UNUSED_DAYS_MAX)
        return days;
    (void)refuse(rq, name, STR("Must be a whole number of days, from 0 to 36500."));
    return -1;
}

bool query_flag(struct request *rq, str name)
{
    str text;
    if (!request_query(rq, name, &text) || str_equal(text, STR("false")))
        return false;
    return str_equal(text, STR("true")) || refuse(rq, name, STR("Must be true or false."));
}

str query_search(struct request *rq)
{
    str text;
    if (!request_query(rq, STR("q"), &text))
        return STR("");
    if (text.len <= SEARCH_BYTES_MAX && str_is_utf8(text) && !str_has_control(text))
        return text;
    (void)refuse(rq, STR("q"), STR("Must be a text of up to 200 bytes."));
    return STR("");
}

size_t query_word(struct request *rq, str name, const str *words, size_t count, size_t otherwise)
{
    str text, all = STR("");
    if (!request_query(rq, name, &text))
        return otherwise;
    for (size_t i = 0; i < count; i++) {
        if (str_equal(text, words[i]))
            return i;
        all = ARENA_JOIN(&rq->arena, all, i == 0 ? STR("") : STR(", "), words[i]);
    }
    (void)refuse(rq, name, ARENA_JOIN(&rq->arena, STR("Must be one of: "), all, STR(".")));
    return otherwise;
}

bool query_cursor(struct request *rq, int64_t *number, str *text)
{
    str cursor;
    if (!request_query(rq, STR("cursor"), &cursor))
        return false;
    if (!cursor_read(cursor, &rq->arena, number, text))
        return true;
    return refuse(rq, STR("cursor"), STR("Must be the next_cursor of an earlier answer."));
}

json_t *list_json(json_t *items, json_t *next_cursor, int64_t total)
{
    json_t *body = json_object();
    json_add(body, "items", items);
    json_add(body, "next_cursor", next_cursor);
    json_add(body, "total", total == DB_NULL_I64 ? json_null() : json_integer(total));
    return body;
}

struct list_part list_part_of(size_t count, int64_t cursor, int64_t limit)
{
    struct list_part part = {.from = count, .end = count, .count = count};
    if (cursor >= 0 && (uint64_t)cursor < count)
        part.from = (size_t)cursor;
    if (count - part.from > (size_t)limit)
        part.end = part.from + (size_t)limit;
    return part;
}

json_t *list_part_json(json_t *items, const struct list_part *part, struct arena *arena)
{
    json_t *next = json_null();
    if (part->end < part->count)
        next = json_from_str(cursor_write((int64_t)part->end, STR(""), arena));
    return list_json(items, next, (int64_t)part->count);
}
