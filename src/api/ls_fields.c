/*
 * The fields of a body: the second half of ls_body.h. The order of checks and complaints is Django
 * REST framework's: missing, null, blank, type, then all that its validators say.
 */
#include <math.h>

#include "api/ls_body.h"
#include "api/ls_halves.h"
#include "http/form.h"
#include "service/accounts.h"

/* What stands under a field's name, in either kind of body. */
struct found {
    bool is_there;
    bool is_file;        /* of a form, and of no use to anybody here */
    bool is_text;        /* a form's value, or a JSON string */
    str text;            /* if it is_text */
    const json_t *value; /* of a JSON body */
};

static struct found look_up(const struct ls_body *body, const char *field)
{
    struct found found = {.text = STR("")};
    if (body->form) {
        found.is_text = form_get(body->form, str_from(field), &found.text);
        found.is_file = !found.is_text && form_count(body->form, str_from(field)) > 0;
        found.is_there = found.is_text || found.is_file;
        return found;
    }
    found.value = json_object_get(body->json, field);
    found.is_there = found.value != NULL;
    found.is_text = json_is_string(found.value);
    found.text = json_text(found.value);
    return found;
}

static enum given complain_of(struct ls_body *body, const char *field, str text)
{
    complain(&body->rq->state->complaints, str_from(field), text);
    return GIVEN_WRONG;
}

static enum given refuse_missing(struct ls_body *body, const char *field)
{
    return complain_of(body, field, STR("This field is required."));
}

static enum given refuse_null(struct ls_body *body, const char *field)
{
    return complain_of(body, field, STR("This field may not be null."));
}

/* White space as Python's str.strip knows it; returns its length at the front of `s`, or 0. */
static size_t space_at(str s)
{
    static const str spaces[] = {
        STR_INIT("\xC2\x85"),     STR_INIT("\xC2\xA0"),     /* U+0085, U+00A0 */
        STR_INIT("\xE1\x9A\x80"),                           /* U+1680 */
        STR_INIT("\xE2\x80\x80"), STR_INIT("\xE2\x80\x81"), /* U+2000 to U+200A */
        STR_INIT("\xE2\x80\x82"), STR_INIT("\xE2\x80\x83"), STR_INIT("\xE2\x80\x84"),
        STR_INIT("\xE2\x80\x85"), STR_INIT("\xE2\x80\x86"), STR_INIT("\xE2\x80\x87"),
        STR_INIT("\xE2\x80\x88"), STR_INIT("\xE2\x80\x89"), STR_INIT("\xE2\x80\x8A"),
        STR_INIT("\xE2\x80\xA8"), STR_INIT("\xE2\x80\xA9"), /* U+2028, U+2029 */
        STR_INIT("\xE2\x80\xAF"), STR_INIT("\xE2\x81\x9F"), /* U+202F, U+205F */
        STR_INIT("\xE3\x80\x80"),                           /* U+3000 */
    };
    if (s.len == 0)
        return 0;
    char c = s.ptr[0];
    if (c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F))
        return 1;
    for (size_t i = 0; i < COUNT_OF(spaces); i++)
        if (str_starts(s, spaces[i]))
            return spaces[i].len;
    return 0;
}

static str strip(str s)
{
    for (size_t n = space_at(s); n > 0; n = space_at(s))
        s = str_from_at(s, n);
    for (bool again = true; again && s.len > 0;) {
        again = false;
        for (size_t n = 1; n <= 3 && n <= s.len && !again; n++)
            if (space_at(str_from_at(s, s.len - n)) == n) {
                s = str_slice(s, 0, s.len - n);
                again = true;
            }
    }
    return s;
}

/* A number as Python writes it: the shortest text that reads back as the same, "1.0", "1e+16". */
static str number_text(struct arena *arena, const json_t *value)
{
    if (json_is_integer(value))
        return arena_printf(arena, "%lld", (long long)json_integer_value(value));
    double number = json_real_value(value);
    str text = arena_printf(arena, "%.16g", number);
    if (fabs(strtod(text.ptr, NULL) - number) > 0)
        text = arena_printf(arena, "%.17g", number);
    return str_has(text, '.') || str_has(text, 'e') ? text : ARENA_JOIN(arena, text, STR(".0"));
}

/* What Django's validators find in a text, each with its own sentence. */
static bool passes_validators(struct ls_body *body, const struct ls_text_rule *rule, str text)
{
    struct arena *arena = &body->rq->arena;
    size_t before = body->rq->state->complaints.count;
    unsigned half = body->has_halves ? halves_first(text) : 0;
    if (rule->max_characters > 0 && str_utf8_length(text) > rule->max_characters)
        complain_of(body, rule->field,
                    arena_printf(arena, "Ensure this field has no more than %zu characters.",
                                 rule->max_characters));
    if (str_has(text, '\0'))
        complain_of(body, rule->field, STR("Null characters are not allowed."));
    if (half)
        complain_of(body, rule->field,
                    arena_printf(arena, "Surrogate characters are not allowed: U+%X.", half));
    if (rule->is_email && !email_is_valid(text))
        complain_of(body, rule->field, STR("Enter a valid email address."));
    return body->rq->state->complaints.count == before;
}

enum given ls_body_text(struct ls_body *body, const struct ls_text_rule *rule, str *out)
{
    struct found found = look_up(body, rule->field);
    *out = STR("");
    if (!found.is_there)
        return rule->is_optional ? GIVEN_NOTHING : refuse_missing(body, rule->field);
    if (json_is_null(found.value))
        return rule->may_be_null ? GIVEN_NULL : refuse_null(body, rule->field);
    str text = json_is_number(found.value) ? number_text(&body->rq->arena, found.value)
                                           : strip(found.text);
    if (!found.is_text && !json_is_number(found.value))
        return complain_of(body, rule->field,
                           rule->is_email ? STR("Enter a valid email address.")
                                          : STR("Not a valid string."));
    if (text.len == 0)
        return rule->may_be_blank
                   ? GIVEN_VALUE
                   : complain_of(body, rule->field, STR("This field may not be blank."));
    if (!passes_validators(body, rule, text))
        return GIVEN_WRONG;
    *out = arena_copy(&body->rq->arena, text);
    return GIVEN_VALUE;
}

static bool is_one_of(str text, const str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(text, words[i]))
            return true;
    return false;
}

static bool bool_of_text(str text, bool *out)
{
    static const str yes[] = {STR_INIT("t"),    STR_INIT("y"),  STR_INIT("yes"),
                              STR_INIT("true"), STR_INIT("on"), STR_INIT("1")};
    static const str no[] = {STR_INIT("f"),     STR_INIT("n"),   STR_INIT("no"),
                             STR_INIT("false"), STR_INIT("off"), STR_INIT("0")};
    *out = is_one_of(text, yes, COUNT_OF(yes));
    return *out || is_one_of(text, no, COUNT_OF(no));
}

static bool bool_of(const struct found *found, bool *out)
{
    bool value = false;
    bool is_good = false;
    if (found->is_text)
        is_good = bool_of_text(found->text, &value);
    else if (json_is_boolean(found->value)) {
        is_good = true;
        value = json_is_true(found->value);
    } else if (json_is_number(found->value)) {
        double number = json_number_value(found->value);
        value = number > 0;
        is_good = !(number < 0 || number > 0) || !(number < 1 || number > 1);
    }
    if (is_good)
        *out = value;
    return is_good;
}

enum given ls_body_bool(struct ls_body *body, const char *field, enum null_mode mode, bool *out)
{
    struct found found = look_up(body, field);
    if (!found.is_there)
        return GIVEN_NOTHING;
    bool is_null = json_is_null(found.value);
    if (mode == NULL_IS_FINE && found.is_text)
        is_null = str_is_empty(found.text) || str_equal_nocase(found.text, STR("null"));
    if (is_null)
        return mode == NULL_IS_FINE ? GIVEN_NULL : refuse_null(body, field);
    if (!bool_of(&found, out))
        return complain_of(body, field, STR("Must be a valid boolean."));
    return GIVEN_VALUE;
}

enum given ls_body_integer(struct ls_body *body, const char *field, int64_t *out)
{
    struct found found = look_up(body, field);
    if (!found.is_there)
        return GIVEN_NOTHING;
    if (json_is_null(found.value))
        return refuse_null(body, field);
    if (json_is_integer(found.value)) {
        *out = json_integer_value(found.value);
        return GIVEN_VALUE;
    }
    if (!found.is_text || str_to_i64(strip(found.text), out))
        return complain_of(body, field, STR("A valid integer is required."));
    return GIVEN_VALUE;
}

enum given ls_body_json(struct ls_body *body, const char *field, str *out)
{
    struct found found = look_up(body, field);
    *out = STR("");
    if (!found.value)
        return GIVEN_NOTHING;
    if (json_is_null(found.value))
        return GIVEN_NULL;
    *out = json_write(&body->rq->arena, json_deep_copy(found.value));
    return GIVEN_VALUE;
}
