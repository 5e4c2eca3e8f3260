/*
 * HTTP Basic (RFC 7617), for tools that know nothing else: a token is the password, or the user
 * name where there is no password; who is named beside it does not matter.
 */
#ifndef LATCHKEY_AUTH_BASIC_H
#define LATCHKEY_AUTH_BASIC_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/*
 * The token of an Authorization header, unchecked; it lives in `arena`, which becomes secret.
 * ERR_NOT_FOUND  another scheme, or the scheme alone
 * ERR_MALFORMED  not base64 of a text with a colon
 */
enum error basic_read(str authorization, struct arena *arena, str *token) MUST_CHECK;

#endif
