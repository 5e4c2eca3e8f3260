#include "api/token_order.h"

#include "api/token_json.h"

#define TEXTS_MAX 200 /* more are not looked at; what each list takes is its own rule's to say */

bool texts_read(struct request *rq, const json_t *body, const char *name, const str **out,
                size_t *count)
{
    const json_t *list = json_object_get(body, name);
    *out = NULL;
    *count = 0;
    if (!list)
        return false;
    size_t n = json_array_size(list);
    bool is_too_long = n > TEXTS_MAX, is_good = json_is_array(list) && !is_too_long;
    str *texts = arena_alloc(&rq->arena, (n ? n : 1) * sizeof(*texts));
    for (size_t i = 0; is_good && i < n; i++) {
        const json_t *item = json_array_get(list, i);
        is_good = json_is_string(item);
        texts[i] = arena_copy(&rq->arena, json_text(item));
    }
    if (!is_good) {
        complain(&rq->state->complaints, str_from(name),
                 is_too_long ? STR("Too many.") : STR("Must be a list of texts."));
        return false;
    }
    *out = texts;
    *count = n;
    return true;
}

/* False: it is not there, or of a wrong form. */
static bool read_name(struct request *rq, const json_t *body, str *name)
{
    const json_t *value = json_object_get(body, "name");
    *name = arena_copy(&rq->arena, json_text(value)); /* the body is given back */
    if (value && !json_is_string(value))
        complain(&rq->state->complaints, STR("name"), STR("Must be a text."));
    return json_is_string(value);
}

static bool read_time(struct request *rq, const json_t *body, usec *out)
{
    const json_t *end = json_object_get(body, "expires_at");
    if (!end)
        return false;
    if (json_is_string(end) && !time_parse(json_text(end), out) && *out != 0)
        return true;
    complain(&rq->state->complaints, STR("expires_at"),
             STR("Must be a time as 2027-01-31T12:00:00Z."));
    return false;
}

static void read_end(struct request *rq, const json_t *body, struct token_order *order)
{
    const json_t *days = json_object_get(body, "ttl_days");
    bool was_said = days != NULL;
    if (was_said) {
        order->ttl_days = json_integer_value(days);
        if (!json_is_integer(days) || order->ttl_days < 1) {
            complain(&rq->state->complaints, STR("ttl_days"),
                     STR("Must be a whole number of days, from 1 to 73000."));
            order->ttl_days = 1; /* said, though badly */
        }
    }
    size_t before = rq->state->complaints.count;
    if (!read_time(rq, body, &order->expires_at) && rq->state->complaints.count > before &&
        !was_said)
        order->ttl_days = 1; /* likewise */
}

enum error token_order_read(struct request *rq, struct token_order *out)
{
    static const str known[] = {STR_INIT("name"),     STR_INIT("kind"),
                                STR_INIT("ttl_days"), STR_INIT("expires_at"),
                                STR_INIT("scopes"),   STR_INIT("allowed_ips")};
    CLEANUP(json_release) json_t *body = NULL;
    struct complaints *complaints = &rq->state->complaints;
    struct token_order order = {.kind = TOKEN_PAT, .name = STR("")};
    enum error err = body_read_object(rq, &body);
    if (err)
        return err;
    (void)!body_refuse_unknown(rq, body, known, COUNT_OF(known)); /* complained about */
    const json_t *kind = json_object_get(body, "kind");
    if (kind && token_kind_of_name(json_text(kind), &order.kind))
        complain(complaints, STR("kind"), STR("Must be \"pat\" or \"api_key\"."));
    if (!json_object_get(body, "name"))
        complain(complaints, STR("name"), STR("Must be given: it tells your tokens apart."));
    order.name_is_bad = !read_name(rq, body, &order.name);
    read_end(rq, body, &order);
    order.has_scopes = texts_read(rq, body, "scopes", &order.scopes, &order.scope_count);
    (void)texts_read(rq, body, "allowed_ips", &order.allowed_ips, &order.allowed_ip_count);
    *out = order;
    return OK;
}

enum error token_patch_read(struct request *rq, struct token_patch *out)
{
    static const str known[] = {STR_INIT("name"), STR_INIT("expires_at"), STR_INIT("scopes"),
                                STR_INIT("allowed_ips")};
    CLEANUP(json_release) json_t *body = NULL;
    struct token_patch patch = {.name = STR("")};
    enum error err = body_read_object(rq, &body);
    if (err)
        return err;
    (void)!body_refuse_unknown(rq, body, known, COUNT_OF(known)); /* complained about */
    patch.has_name = read_name(rq, body, &patch.name);
    patch.has_end = read_time(rq, body, &patch.expires_at);
    patch.has_scopes = texts_read(rq, body, "scopes", &patch.scopes, &patch.scope_count);
    patch.has_allowed_ips =
        texts_read(rq, body, "allowed_ips", &patch.allowed_ips, &patch.allowed_ip_count);
    *out = patch;
    return OK;
}

enum error token_grace_read(struct request *rq, usec usual, usec *out)
{
    static const str known[] = {STR_INIT("grace_seconds")};
    CLEANUP(json_release) json_t *body = NULL;
    enum error err = body_read_object(rq, &body);
    if (err)
        return err;
    (void)!body_refuse_unknown(rq, body, known, COUNT_OF(known)); /* complained about */
    const json_t *grace = json_object_get(body, "grace_seconds");
    *out = usual;
    if (grace) {
        json_int_t seconds = json_integer_value(grace);
        if (!json_is_integer(grace) || seconds < 0 || seconds > usec_to_seconds(ROTATION_GRACE_MAX))
            complain(&rq->state->complaints, STR("grace_seconds"),
                     STR("Must be a whole number of seconds from 0 to 86400."));
        else
            *out = SECONDS(seconds);
    }
    return rq->state->complaints.count > 0 ? ERR_INVALID : OK;
}
