/*
 * Claims in exactly the form that we and Label Studio write, without a JSON parser:
 * {"token_type":"access","exp":1,"iat":1,"jti":"…","user_id":"1"}
 */
#include "token/internal.h"

#define DIGITS_MAX 12 /* of a time: up to EXP_MAX */
#define USER_ID_DIGITS_MAX 18

struct reader {
    str rest;
    bool failed;
};

static void skip(struct reader *r, str wanted)
{
    if (!r->failed && str_starts(r->rest, wanted))
        r->rest = str_from_at(r->rest, wanted.len);
    else
        r->failed = true;
}

/* Up to the next quote: visible ASCII without escapes, 1 to `max` bytes. */
static str take_text(struct reader *r, size_t max)
{
    str text, rest;
    if (r->failed || !str_cut(str_slice(r->rest, 0, max + 1), '"', &text, &rest) || text.len == 0 ||
        !is_plain_text(text)) {
        r->failed = true;
        return STR("");
    }
    r->rest = str_from_at(r->rest, text.len + 1);
    return text;
}

/* Digits with no zero before them. */
static bool is_number(str digits, size_t max)
{
    if (digits.len == 0 || digits.len > max || (digits.ptr[0] == '0' && digits.len > 1))
        return false;
    for (size_t i = 0; i < digits.len; i++)
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return false;
    return true;
}

static int64_t take_number(struct reader *r)
{
    str digits, rest;
    int64_t value;
    if (r->failed || !str_cut(str_slice(r->rest, 0, DIGITS_MAX + 1), ',', &digits, &rest) ||
        !is_number(digits, DIGITS_MAX) || str_to_i64(digits, &value)) {
        r->failed = true;
        return 0;
    }
    r->rest = str_from_at(r->rest, digits.len + 1);
    return value;
}

bool claims_read_quick(str payload, struct claims *out)
{
    struct reader r = {.rest = payload};
    struct claims claims = {.present = CLAIM_TOKEN_TYPE | CLAIM_EXP | CLAIM_IAT | CLAIM_JTI |
                                       CLAIM_USER_ID,
                            .scope = STR(""),
                            .extra = STR("")};
    skip(&r, STR("{\"token_type\":\""));
    claims.token_type = take_text(&r, 16);
    skip(&r, STR(",\"exp\":"));
    claims.exp = take_number(&r);
    skip(&r, STR("\"iat\":"));
    claims.iat = take_number(&r);
    skip(&r, STR("\"jti\":\""));
    claims.jti = take_text(&r, JTI_MAX);
    skip(&r, STR(",\"user_id\":"));
    str value = r.rest;
    skip(&r, STR("\""));
    str user_id = take_text(&r, USER_ID_DIGITS_MAX);
    if (r.failed || !str_equal(r.rest, STR("}")) || claims.exp > EXP_MAX ||
        !is_number(user_id, USER_ID_DIGITS_MAX) || str_to_i64(user_id, &claims.user_id) ||
        claims.user_id <= 0)
        return false;
    claims.user_id_json = str_slice(value, 0, user_id.len + 2);
    *out = claims;
    return true;
}
