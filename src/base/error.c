#include "base/error.h"

#include "base/compiler.h"

static const char *const names[] = {
    [OK] = "ok",
    [ERR_MALFORMED] = "malformed",
    [ERR_INVALID] = "invalid",
    [ERR_TOO_LARGE] = "too-large",
    [ERR_UNSUPPORTED_TYPE] = "unsupported-type",
    [ERR_NOT_ACCEPTABLE] = "not-acceptable",
    [ERR_UNAUTHENTICATED] = "unauthenticated",
    [ERR_FORGED] = "forged",
    [ERR_EXPIRED] = "expired",
    [ERR_TOO_EARLY] = "too-early",
    [ERR_WRONG_TYPE] = "wrong-type",
    [ERR_MISSING_CLAIM] = "missing-claim",
    [ERR_REVOKED] = "revoked",
    [ERR_INACTIVE] = "inactive",
    [ERR_KIND_OFF] = "kind-off",
    [ERR_FORBIDDEN] = "forbidden",
    [ERR_ELSEWHERE] = "elsewhere",
    [ERR_SCOPE] = "insufficient-scope",
    [ERR_ADDRESS] = "address-not-allowed",
    [ERR_PASSWORD_CHANGE] = "password-change-required",
    [ERR_CROSS_SITE] = "cross-site",
    [ERR_THROTTLED] = "throttled",
    [ERR_NOT_FOUND] = "not-found",
    [ERR_METHOD_NOT_ALLOWED] = "method-not-allowed",
    [ERR_CONFLICT] = "conflict",
    [ERR_LIMIT] = "limit",
    [ERR_WOULD_BLOCK] = "would-block",
    [ERR_BUSY] = "busy",
    [ERR_FULL] = "disk-full",
    [ERR_READ_ONLY] = "read-only",
    [ERR_UNAVAILABLE] = "unavailable",
    [ERR_TOO_NEW] = "database-too-new",
    [ERR_IO] = "input-output",
    [ERR_INTERNAL] = "internal",
};
_Static_assert(COUNT_OF(names) == ERR_COUNT, "every error has a name");

const char *error_name(enum error err)
{
    return (unsigned)err < COUNT_OF(names) ? names[err] : "unknown";
}
