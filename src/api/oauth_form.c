#include "api/cross_site.h"
#include "api/oauth.h"
#include "api/state.h"
#include "auth/scope.h"
#include "http/media_type.h"

static bool is_twice(const struct form *form, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_equal(form->fields[i].name, form->fields[at].name))
            return true;
    return false;
}

enum error oauth_form_read(struct request *rq, struct form *out)
{
    struct media_type type;
    arena_mark_secret(&rq->arena);
    out->count = 0;
    if (str_is_empty(rq->body) && !request_has(rq, HEADER_CONTENT_TYPE))
        return OK; /* a parameter that must be there will be missed */
    if (media_type_parse(&rq->arena, rq->headers[HEADER_CONTENT_TYPE], &type) ||
        !media_type_is(&type, STR("application/x-www-form-urlencoded")))
        return fail(rq, ERR_UNSUPPORTED_TYPE,
                    STR("Send the parameters as application/x-www-form-urlencoded."));
    if (form_parse(&rq->arena, rq->body, out))
        return fail(rq, ERR_MALFORMED, STR("The form in the body cannot be read."));
    for (size_t i = 1; i < out->count; i++)
        if (is_twice(out, i))
            return fail(rq, ERR_MALFORMED, STR("A parameter is there twice."));
    return OK;
}

str oauth_param(const struct form *form, str name)
{
    str value = STR("");
    (void)form_get(form, name, &value);
    return value;
}

enum error oauth_require(struct request *rq, const struct form *form, const char *name, str *out)
{
    *out = oauth_param(form, str_from(name));
    if (!str_is_empty(*out))
        return OK;
    return fail(rq, ERR_MALFORMED,
                arena_printf(&rq->arena, "The parameter '%s' is missing.", name));
}

enum error oauth_fail(struct request *rq, const char *name, str description)
{
    rq->state->oauth_error = name;
    rq->state->status = 400;
    return fail(rq, ERR_MALFORMED, description);
}

enum error oauth_scope_read(struct request *rq, const struct form *form, str *out)
{
    str text = oauth_param(form, STR("scope"));
    *out = text;
    if (str_is_empty(text) || scope_list_read(text, &rq->arena, out) == OK)
        return OK;
    return oauth_fail(rq, "invalid_scope",
                      STR("The scope is not a list of names with one space between them."));
}

enum error oauth_check_scopes_known(struct shared *shared, struct request *rq, str scopes)
{
    struct str_pieces names = str_pieces(scopes, ' ');
    str name;
    while (!str_is_empty(scopes) && str_next_piece(&names, &name))
        if (!scopes_know(shared->scopes, name))
            return oauth_fail(rq, "invalid_scope",
                              ARENA_JOIN(&rq->arena, STR("The scopes here are "),
                                         scopes_names(shared->scopes, &rq->arena), STR(".")));
    return OK;
}

str oauth_issuer(const struct shared *shared, struct request *rq)
{
    return ARENA_JOIN(&rq->arena, origin_of(shared, rq), shared->base_path);
}
