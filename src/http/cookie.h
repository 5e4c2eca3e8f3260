/*
 * The Cookie header, read as Django reads it: pairs between ';', cut at the first '=', blanks
 * around both dropped, the last of a name wins, a quoted value is unquoted.
 */
#ifndef LATCHKEY_HTTP_COOKIE_H
#define LATCHKEY_HTTP_COOKIE_H

#include "base/arena.h"
#include "base/str.h"

/* Looks at the first LIMIT_COOKIES pairs. Borrows from `header`, or lives in `arena` if unquoted.
 */
bool cookie_find(struct arena *arena, str header, str name, str *out);

#endif
