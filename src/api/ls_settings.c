#include "api/json.h"
#include "api/ls_body.h"
#include "api/ls_handlers.h"
#include "service/settings.h"

static enum error reply_settings(const struct worker *w, struct response *rs,
                                 const struct token_settings *settings)
{
    json_t *body = json_object();
    json_add(body, "api_tokens_enabled", json_boolean(settings->api_tokens_enabled));
    json_add(body, "legacy_api_tokens_enabled", json_boolean(settings->legacy_api_tokens_enabled));
    if (!w->shared->config->strict) /* the SDK 1.0 requires it, Label Studio does not have it */
        json_add(body, "api_token_ttl_days", json_integer(settings->api_token_ttl_days));
    return reply_json_value(rs, 200, body);
}

/* GET /api/jwt/settings */
enum error ls_settings_show(struct worker *w, struct request *rq, struct response *rs)
{
    struct token_settings settings;
    enum error err = settings_read(w, rq->principal, rq->principal->organization_id, &settings);
    return err ? err : reply_settings(w, rs, &settings);
}

/* Only what is named is changed, in a form too. */
static enum error read_patch(const struct worker *w, struct request *rq,
                             struct settings_patch *patch)
{
    CLEANUP(ls_body_release) struct ls_body body = {0};
    *patch = (struct settings_patch){0};
    enum error err = ls_body_read(rq, &body);
    if (err)
        return err;
    patch->has_api_tokens =
        ls_body_bool(&body, "api_tokens_enabled", NULL_IS_WRONG, &patch->api_tokens) == GIVEN_VALUE;
    patch->has_legacy_tokens = ls_body_bool(&body, "legacy_api_tokens_enabled", NULL_IS_WRONG,
                                            &patch->legacy_tokens) == GIVEN_VALUE;
    if (!w->shared->config->strict)
        patch->has_ttl_days =
            ls_body_integer(&body, "api_token_ttl_days", &patch->ttl_days) == GIVEN_VALUE;
    return ls_body_check(&body);
}

/* POST /api/jwt/settings */
enum error ls_settings_change(struct worker *w, struct request *rq, struct response *rs)
{
    struct settings_patch patch;
    struct shown_settings changed;
    enum error err = read_patch(w, rq, &patch);
    if (!err)
        err = settings_change(w, rq->principal, rq->principal->organization_id, &patch, rq->now,
                              &rq->arena, &rq->state->complaints, &changed);
    return err ? err : reply_settings(w, rs, &changed.settings);
}
