/*
 * JSON of strangers: a body of Label Studio's paths with all that its fields are asked for. What is
 * read must be written again and read as the same; a refusal must come with a place.
 */
#include <assert.h>

#include "api/ls_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_for_fields(struct ls_body *body)
{
    static const struct ls_text_rule rule = {
        .field = "a", .max_characters = 20, .is_optional = true, .is_email = true};
    str text;
    bool flag;
    int64_t number;
    size_t before = body->rq->state->complaints.count;
    enum given given = ls_body_text(body, &rule, &text);
    assert(str_is_utf8(text));
    assert((given == GIVEN_WRONG) == (body->rq->state->complaints.count > before));
    (void)ls_body_bool(body, "a", NULL_IS_FINE, &flag);
    (void)ls_body_integer(body, "a", &number);
    if (ls_body_json(body, "a", &text) == GIVEN_VALUE)
        assert(text.len > 0 && str_is_utf8(text));
}

static void read_as_body(str text, const char *type)
{
    struct request rq = {0};
    struct request_state state = {.detail = STR_INIT("")};
    CLEANUP(ls_body_release) struct ls_body body = {0};
    request_init(&rq);
    rq.state = &state;
    rq.body = text;
    request_set_header(&rq, HEADER_CONTENT_TYPE, str_from(type));
    switch ((int)ls_body_read(&rq, &body)) {
    case OK:
        ask_for_fields(&body);
        break;
    case ERR_MALFORMED:
        assert(state.detail.len > 0);
        break;
    case ERR_INVALID:
        assert(state.complaints.count > 0);
        break;
    default:
        assert(false);
    }
    request_release(&rq);
}

static void read_strictly(str text)
{
    struct arena arena = {0};
    str problem = STR("");
    CLEANUP(json_release) json_t *value = NULL;
    CLEANUP(json_release) json_t *again = NULL;
    if (json_read(text, &arena, &problem, &value)) {
        assert(str_contains(problem, STR(": line ")));
    } else {
        str written = json_write(&arena, json_incref(value));
        assert(str_is_utf8(written));
        assert(json_read(written, &arena, &problem, &again) == OK);
        assert(json_equal(value, again));
    }
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = str_of((const char *)data, size);
    read_strictly(text);
    read_as_body(text, "application/json");
    read_as_body(text, "application/x-www-form-urlencoded");
    read_as_body(text, "multipart/form-data; boundary=x");
    return 0;
}
