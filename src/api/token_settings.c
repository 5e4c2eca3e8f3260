#include "api/token_settings.h"

#include "api/token_json.h"
#include "api/token_order.h"
#include "service/organizations.h"

json_t *token_settings_json(const struct shown_settings *shown)
{
    const struct token_settings *settings = &shown->settings;
    json_t *object = json_object();
    json_add(object, "api_tokens_enabled", json_boolean(settings->api_tokens_enabled));
    json_add(object, "legacy_api_tokens_enabled",
             json_boolean(settings->legacy_api_tokens_enabled));
    json_add(object, "api_keys_enabled", json_boolean(settings->api_keys_enabled));
    json_add(object, "direct_pat_enabled", json_boolean(settings->direct_pat_enabled));
    json_add(object, "api_token_ttl_days", json_integer(settings->api_token_ttl_days));
    json_add(object, "max_tokens_per_user", json_integer(settings->max_tokens_per_user));
    json_add(object, "require_expiry", json_boolean(settings->require_expiry));
    json_add(object, "allowed_ips", json_from_words(shown->allowed_ips));
    return object;
}

/* An organization that is not the caller's is as if there were none. */
static enum error read_id(struct request *rq, int64_t *out)
{
    if (str_to_i64(request_param(rq, STR("id")), out) || !is_member_of(rq->principal, *out))
        return ERR_NOT_FOUND;
    return OK;
}

enum error token_settings_show(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t id;
    struct shown_settings settings;
    enum error err = read_id(rq, &id);
    if (!err)
        err = settings_show(w, rq->principal, id, &rq->arena, &settings);
    return err ? err : reply_json_value(rs, 200, token_settings_json(&settings));
}

static bool read_flag(struct request *rq, const json_t *body, const char *name, bool *out)
{
    const json_t *value = json_object_get(body, name);
    if (value && !json_is_boolean(value))
        complain(&rq->state->complaints, str_from(name), STR("Must be true or false."));
    *out = json_is_true(value);
    return value != NULL;
}

static bool read_number(struct request *rq, const json_t *body, const char *name, int64_t *out)
{
    const json_t *value = json_object_get(body, name);
    if (value && !json_is_integer(value))
        complain(&rq->state->complaints, str_from(name), STR("Must be a whole number."));
    *out = json_integer_value(value);
    return json_is_integer(value);
}

static enum error read_patch(struct request *rq, struct settings_patch *out)
{
    static const str known[] = {
        STR_INIT("api_tokens_enabled"), STR_INIT("legacy_api_tokens_enabled"),
        STR_INIT("api_keys_enabled"),   STR_INIT("direct_pat_enabled"),
        STR_INIT("api_token_ttl_days"), STR_INIT("max_tokens_per_user"),
        STR_INIT("require_expiry"),     STR_INIT("allowed_ips"),
    };
    CLEANUP(json_release) json_t *body = NULL;
    enum error err = body_read_object(rq, &body);
    if (err)
        return err;
    (void)!body_refuse_unknown(rq, body, known, COUNT_OF(known)); /* complained about */
    struct settings_patch patch = {0};
    patch.has_api_tokens = read_flag(rq, body, "api_tokens_enabled", &patch.api_tokens);
    patch.has_legacy_tokens =
        read_flag(rq, body, "legacy_api_tokens_enabled", &patch.legacy_tokens);
    patch.has_api_keys = read_flag(rq, body, "api_keys_enabled", &patch.api_keys);
    patch.has_direct_pat = read_flag(rq, body, "direct_pat_enabled", &patch.direct_pat);
    patch.has_ttl_days = read_number(rq, body, "api_token_ttl_days", &patch.ttl_days);
    patch.has_max_tokens = read_number(rq, body, "max_tokens_per_user", &patch.max_tokens);
    patch.has_require_expiry = read_flag(rq, body, "require_expiry", &patch.require_expiry);
    patch.has_allowed_ips =
        texts_read(rq, body, "allowed_ips", &patch.allowed_ips, &patch.allowed_ip_count);
    *out = patch; /* what is out of range is complained about by the rules */
    return OK;
}

enum error token_settings_patch(struct worker *w, struct request *rq, struct response *rs)
{
    int64_t id;
    struct settings_patch patch;
    struct shown_settings settings;
    enum error err = read_id(rq, &id);
    if (!err && !may_administer(rq->principal, id))
        err = ERR_FORBIDDEN; /* whatever the body says */
    if (!err)
        err = read_patch(rq, &patch);
    if (!err)
        err = settings_change(w, rq->principal, id, &patch, rq->now, &rq->arena,
                              &rq->state->complaints, &settings);
    if (err)
        return err;
    json_t *body = token_settings_json(&settings);
    if (settings.shortened > 0)
        json_add(body, "shortened_tokens", json_integer(settings.shortened));
    return reply_json_value(rs, 200, body);
}
