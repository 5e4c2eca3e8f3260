#include "api/ls_body.h"

#include "api/ls_halves.h"
#include "http/form.h"
#include "http/media_type.h"

static enum error read_json(struct request *rq, struct ls_body *body)
{
    str problem = STR("");
    CLEANUP(json_release) json_t *value = NULL;
    str text = halves_replace(&rq->arena, rq->body, &body->has_halves);
    enum error err = json_read(text, &rq->arena, &problem, &value);
    if (err)
        return fail(rq, err, ARENA_JOIN(&rq->arena, STR("JSON parse error - "), problem));
    if (json_is_object(value)) {
        body->json = json_incref(value);
        return OK;
    }
    if (json_is_null(value))
        return fail_field(rq, STR(""), STR("No data provided"));
    const char *type = json_is_array(value)     ? "list"
                       : json_is_string(value)  ? "str"
                       : json_is_boolean(value) ? "bool"
                       : json_is_integer(value) ? "int"
                                                : "float";
    return fail_field(
        rq, STR(""),
        arena_printf(&rq->arena, "Invalid data. Expected a dictionary, but got %s.", type));
}

static enum error read_form(struct request *rq, const struct media_type *type, struct ls_body *body)
{
    body->form = ARENA_NEW(&rq->arena, struct form);
    if (media_type_is(type, STR("application/x-www-form-urlencoded"))) {
        if (form_parse(&rq->arena, rq->body, body->form))
            return fail(rq, ERR_MALFORMED, STR("The form could not be read."));
        return OK;
    }
    if (str_is_empty(type->boundary))
        return fail(rq, ERR_MALFORMED,
                    STR("Multipart form parse error - Invalid boundary in multipart: None"));
    str delimiter = ARENA_JOIN(&rq->arena, STR("--"), type->boundary);
    if (!str_contains(rq->body, delimiter)) /* Django's reader: no fields */
        return OK;
    if (form_parse_multipart(&rq->arena, rq->body, type->boundary, body->form))
        return fail(rq, ERR_MALFORMED,
                    STR("Multipart form parse error - The form could not be read."));
    return OK;
}

static enum error refuse_type(struct request *rq)
{
    str name = request_has(rq, HEADER_CONTENT_TYPE) ? rq->headers[HEADER_CONTENT_TYPE]
                                                    : STR("text/plain"); /* Label Studio's guess */
    return fail(
        rq, ERR_UNSUPPORTED_TYPE,
        ARENA_JOIN(&rq->arena, STR("Unsupported media type \""), name, STR("\" in request.")));
}

enum error ls_body_read(struct request *rq, struct ls_body *out)
{
    *out = (struct ls_body){.rq = rq};
    arena_mark_secret(&rq->arena);
    if (rq->body.len == 0) {
        out->json = json_object();
        return OK;
    }
    struct media_type type;
    if (media_type_parse(&rq->arena, rq->headers[HEADER_CONTENT_TYPE], &type))
        return refuse_type(rq);
    if (media_type_is(&type, STR("application/json")))
        return read_json(rq, out);
    if (media_type_is(&type, STR("application/x-www-form-urlencoded")) ||
        media_type_is(&type, STR("multipart/form-data")))
        return read_form(rq, &type, out);
    return refuse_type(rq);
}

void ls_body_release(struct ls_body *body)
{
    json_release(&body->json);
}

bool ls_body_has(const struct ls_body *body, const char *field)
{
    return body->form ? form_count(body->form, str_from(field)) > 0
                      : json_object_get(body->json, field) != NULL;
}

enum error ls_body_check(const struct ls_body *body)
{
    return body->rq->state->complaints.count > 0 ? ERR_INVALID : OK;
}
