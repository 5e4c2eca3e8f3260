/*
 * A request's body as Label Studio reads it (Django REST framework's parsers and fields): JSON, a
 * form or multipart, and the very words of its complaints, which clients compare.
 *
 *     CLEANUP(ls_body_release) struct ls_body body = {0};
 *     enum error err = ls_body_read(rq, &body);
 *     if (!err)
 *         ls_body_text(&body, &rule, &text);      -- for each field; complains by itself
 *     if (!err)
 *         err = ls_body_check(&body);             -- ERR_INVALID if any field was wrong
 */
#ifndef LATCHKEY_API_LS_BODY_H
#define LATCHKEY_API_LS_BODY_H

#include "api/json.h"

struct form;

struct ls_body {
    struct request *rq; /* gets the complaints; borrowed */
    json_t *json;       /* an object, owned; NULL: it is a form */
    struct form *form;  /* in the request's arena; NULL: it is JSON */
    bool has_halves;    /* some text has half a surrogate pair */
};

/*
 * The body may hold a secret: the request's arena is wiped afterwards.
 * ERR_UNSUPPORTED_TYPE  neither JSON nor a form; an empty body is {} whatever it is said to be
 * ERR_MALFORMED         not JSON, a name twice in one object, too deep; a form that can't be read
 * ERR_INVALID           with a complaint: null, an array, a number, …
 */
enum error ls_body_read(struct request *rq, struct ls_body *out) MUST_CHECK;
void ls_body_release(struct ls_body *body);

/* True if the field is there, with whatever value. */
bool ls_body_has(const struct ls_body *body, const char *field);

/* What was found under a field's name. */
enum given {
    GIVEN_NOTHING, /* the field is not there, and need not be */
    GIVEN_NULL,
    GIVEN_VALUE,
    GIVEN_WRONG, /* a complaint was made */
};

struct ls_text_rule {
    const char *field;
    size_t max_characters; /* 0: no limit */
    bool is_optional;
    bool may_be_blank;
    bool may_be_null;
    bool is_email;
};
/* White space around it is dropped; a number is taken as its text. `out` lives in the request's
 * arena, and is empty unless there is a value. */
enum given ls_body_text(struct ls_body *body, const struct ls_text_rule *rule, str *out);

enum null_mode { NULL_IS_WRONG, NULL_IS_FINE };
/* true, 1, and the texts t, y, yes, true, on, 1 in any letter case; false likewise. */
enum given ls_body_bool(struct ls_body *body, const char *field, enum null_mode mode, bool *out);
/* A whole number, or a text of one. */
enum given ls_body_integer(struct ls_body *body, const char *field, int64_t *out);
/* Any JSON, as compact text; only from a JSON body. */
enum given ls_body_json(struct ls_body *body, const char *field, str *out);

/* ERR_INVALID if there are complaints. */
enum error ls_body_check(const struct ls_body *body) MUST_CHECK;

#endif
