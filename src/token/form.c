#include "token/form.h"

#include "token/api_key.h"
#include "token/legacy.h"

/* An operator's own legacy token may have dots; a JWT is longer by its signature alone. */
static bool looks_like_jwt(str text)
{
    str header, payload, signature, rest;
    return text.len > LEGACY_MAX && str_cut(text, '.', &header, &rest) &&
           str_cut(rest, '.', &payload, &signature) && !str_has(signature, '.');
}

enum credential_form credential_form(str text)
{
    if (looks_like_jwt(text))
        return FORM_JWT;
    if (str_starts(text, STR(API_KEY_PREFIX)))
        return FORM_API_KEY;
    return legacy_is_well_formed(text) ? FORM_LEGACY : FORM_UNKNOWN;
}
