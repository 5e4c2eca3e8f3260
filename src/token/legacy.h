/*
 * Legacy tokens: 40 lower-case hexadecimal digits when made here or by Label Studio; an operator's
 * own may be 6 to 40 visible ASCII characters.
 */
#ifndef LATCHKEY_TOKEN_LEGACY_H
#define LATCHKEY_TOKEN_LEGACY_H

#include "base/arena.h"
#include "base/str.h"

#define LEGACY_MIN 6
#define LEGACY_MAX 40

/* A secret, in the arena. */
str legacy_new(struct arena *arena);
bool legacy_is_well_formed(str text);

#endif
