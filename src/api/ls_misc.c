#include "api/json.h"
#include "api/ls_envelope.h"
#include "api/ls_handlers.h"
#include "service/context.h"

/* What clients look at of Label Studio's own answer; and who it is that answers. */
static json_t *version(const struct shared *shared)
{
    json_t *body = json_object(), *package = json_object(), *latchkey = json_object();
    json_add(package, "version", json_from_str(STR(LABEL_STUDIO_RELEASE)));
    json_add(package, "short_version", json_from_str(STR("1.23")));
    json_add(package, "latest_version_from_pypi", json_null());
    json_add(package, "latest_version_upload_time", json_null());
    json_add(package, "current_version_is_outdated", json_false());
    json_add(latchkey, "version", json_from_str(STR(LATCHKEY_VERSION)));

    json_add(body, "release", json_from_str(STR(LABEL_STUDIO_RELEASE)));
    json_add(body, "label-studio-os-package", package);
    json_add(body, "edition", json_from_str(STR("Community")));
    if (shared->config->strict)
        json_decref(latchkey);
    else
        json_add(body, "latchkey", latchkey);
    return body;
}

/* GET /api/version */
enum error ls_version(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)rq;
    return reply_json_value(rs, 200, version(shared));
}

/* GET /version */
enum error ls_version_page(struct shared *shared, struct request *rq, struct response *rs)
{
    json_t *value = version(shared);
    char *text = json_dumps(value, JSON_INDENT(2));
    json_decref(value);
    /* nothing in it needs escaping: names and numbers of our own */
    str page = ARENA_JOIN(&rq->arena, STR("<pre>"), str_from(text), STR("</pre>"));
    free(text);
    return reply_html(rs, 200, page);
}

/* GET /health */
enum error ls_health(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)shared;
    (void)rq;
    return reply_json(rs, 200, STR("{\"status\": \"UP\"}"));
}

/* OPTIONS: Django REST framework describes the address; only the header Allow, which every answer
 * has, is of use. */
enum error ls_describe(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)shared;
    json_t *body = json_object();
    json_add(body, "name", json_from_str(rq->path));
    json_add(body, "description", json_from_str(STR("")));
    json_add(body, "renders", json_pack("[s]", "application/json"));
    json_add(body, "parses",
             json_pack("[sss]", "application/json", "application/x-www-form-urlencoded",
                       "multipart/form-data"));
    return reply_json_value(rs, 200, body);
}
