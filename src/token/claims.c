#include "token/claims.h"

#include "token/internal.h"

str token_type_name(enum token_type type)
{
    return type == TOKEN_ACCESS ? STR("access") : STR("refresh");
}

bool is_plain_text(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < ' ' || s.ptr[i] > '~' || s.ptr[i] == '"' || s.ptr[i] == '\\')
            return false;
    return true;
}

usec usec_of_claim(int64_t seconds)
{
    const int64_t year_1 = INT64_C(-62135596800);
    if (seconds < year_1)
        seconds = year_1;
    return SECONDS(seconds > EXP_MAX ? EXP_MAX : seconds);
}

enum error claims_read(str payload, struct arena *arena, struct claims *out)
{
    if (claims_read_quick(payload, out))
        return OK;
    return claims_read_json(payload, arena, out);
}

static bool is_unusable(const struct claims *claims, enum claim claim)
{
    return (claims->unusable & (unsigned)claim) != 0;
}

static bool is_present(const struct claims *claims, enum claim claim)
{
    return (claims->present & (unsigned)claim) != 0;
}

static enum error check_start(const struct claims *claims, enum claim claim, int64_t value,
                              int64_t latest)
{
    if (is_unusable(claims, claim))
        return ERR_MALFORMED;
    return is_present(claims, claim) && value > latest ? ERR_TOO_EARLY : OK;
}

/* What PyJWT's decode looks at, in its order (api_jwt.py, _validate_claims). */
static enum error check_registered(const struct claims *claims, const struct token_clock *clock)
{
    /* whole seconds compare with a moment as they do with its second: iat > now, exp <= now */
    int64_t now = usec_to_seconds(clock->now);
    enum error err = check_start(claims, CLAIM_IAT, claims->iat, now + clock->skew_seconds);
    if (!err)
        err = check_start(claims, CLAIM_NBF, claims->nbf, now + clock->skew_seconds);
    if (err)
        return err;
    if (is_unusable(claims, CLAIM_EXP))
        return ERR_MALFORMED;
    if (is_present(claims, CLAIM_EXP) && claims->exp <= now - clock->leeway_seconds)
        return ERR_EXPIRED;
    return is_unusable(claims, CLAIM_SUB) || is_unusable(claims, CLAIM_JTI) ? ERR_MALFORMED : OK;
}

/* What simplejwt's Token.verify looks at after that; its list of revoked tokens comes before exp,
 * for a PAT only, and needs the jti. */
static const char *first_missing(const struct claims *claims, enum token_type type)
{
    bool has_jti = is_present(claims, CLAIM_JTI);
    if (type == TOKEN_REFRESH && !has_jti)
        return "jti";
    if (!is_present(claims, CLAIM_EXP))
        return "exp";
    if (!has_jti)
        return "jti";
    return is_present(claims, CLAIM_TOKEN_TYPE) ? NULL : "token_type";
}

enum error claims_check(const struct claims *claims, enum token_type type,
                        const struct token_clock *clock, str *missing)
{
    enum error err = check_registered(claims, clock);
    if (err)
        return err;
    const char *name = first_missing(claims, type);
    if (!name && !str_equal(claims->token_type, token_type_name(type)))
        return ERR_WRONG_TYPE;
    if (!name && !is_present(claims, CLAIM_USER_ID))
        name = "user_id";
    if (name) {
        *missing = str_from(name);
        return ERR_MISSING_CLAIM;
    }
    return is_unusable(claims, CLAIM_USER_ID) || is_unusable(claims, CLAIM_SCOPE) ? ERR_MALFORMED
                                                                                  : OK;
}
