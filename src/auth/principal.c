#include "auth/principal.h"

#include "auth/scope.h"

static const str names[] = {
    [CREDENTIAL_NONE] = STR_INIT("none"),           [CREDENTIAL_SESSION] = STR_INIT("session"),
    [CREDENTIAL_ACCESS_TOKEN] = STR_INIT("access"), [CREDENTIAL_PAT] = STR_INIT("pat"),
    [CREDENTIAL_LEGACY_TOKEN] = STR_INIT("legacy"), [CREDENTIAL_API_KEY] = STR_INIT("api_key"),
    [CREDENTIAL_OPERATOR] = STR_INIT("operator"),
};
_Static_assert(COUNT_OF(names) == CREDENTIAL_COUNT, "every kind of credential has a name");

bool principal_is_somebody(const struct principal *who)
{
    return who && who->kind != CREDENTIAL_NONE;
}

bool principal_is_bound(const struct principal *who)
{
    return (who->guards & (GUARD_SCOPES | GUARD_TOKEN_ADDRESSES)) != 0;
}

bool principal_may_administer(const struct principal *who)
{
    if (!principal_is_somebody(who))
        return false;
    return who->kind == CREDENTIAL_OPERATOR ||
           (who->organization_id != 0 && who->role >= ROLE_ADMINISTRATOR);
}

str principal_scope_claim(const struct principal *who)
{
    if (!str_is_empty(who->scopes))
        return who->scopes;
    return who->guards & GUARD_TOKEN_ADDRESSES ? STR(SCOPE_ALL) : STR("");
}

str credential_kind_name(enum credential_kind kind)
{
    return (unsigned)kind < COUNT_OF(names) ? names[kind] : names[CREDENTIAL_NONE];
}

struct principal principal_operator(void)
{
    return (struct principal){.kind = CREDENTIAL_OPERATOR,
                              .role = ROLE_OWNER,
                              .expires_at = USEC_NEVER,
                              .token_id = STR(""),
                              .scopes = STR("")};
}
