#include "api/leaks.h"

#include "api/json.h"
#include "service/leaks.h"

#define REPORTED_MAX 100

static const char *word_of(enum leak_result result)
{
    switch (result) {
    case LEAK_UNKNOWN:
        return "unknown";
    case LEAK_REVOKED:
        return "revoked";
    case LEAK_ENDED_ALREADY:
        return "already_ended";
    }
    return "unknown";
}

/* The body as a list of texts, all of them looked at before anything is done. */
static enum error read_list(struct request *rq, json_t **out)
{
    CLEANUP(json_release) json_t *list = NULL;
    enum error err = body_read_value(rq, &list);
    if (err)
        return err;
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count < 1 || count > REPORTED_MAX)
        return fail_field(rq, STR(""), STR("The body must be a list of 1 to 100 tokens."));
    for (size_t i = 0; i < count; i++)
        if (!json_is_string(json_array_get(list, i)))
            return fail_field(rq, arena_printf(&rq->arena, "%zu", i),
                              STR("Must be a token, as text."));
    *out = json_incref(list);
    return OK;
}

enum error leaks_report(struct worker *w, struct request *rq, struct response *rs)
{
    static const struct principal nobody = {.token_id = STR_INIT(""), .scopes = STR_INIT("")};
    CLEANUP(json_release) json_t *list = NULL;
    enum error err = read_list(rq, &list);
    if (err)
        return err;
    json_t *items = json_array();
    for (size_t i = 0; !err && i < json_array_size(list); i++) {
        enum leak_result result;
        str text = str_trim(json_text(json_array_get(list, i)));
        err = leak_report(w, rq->principal ? rq->principal : &nobody, text, rq->now, &rq->arena,
                          &result);
        json_t *item = json_object();
        json_add(item, "index", json_integer((json_int_t)i));
        json_add(item, "result", json_from_str(str_from(err ? "" : word_of(result))));
        json_array_append_new(items, item);
    }
    json_t *body = json_object();
    json_add(body, "items", items);
    if (err) {
        json_decref(body);
        return err; /* reporting all of them again does no harm */
    }
    return reply_json_value(rs, 200, body);
}
