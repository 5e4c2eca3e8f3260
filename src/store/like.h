/*
 * What people type into a search field, as a pattern of LIKE.
 */
#ifndef LATCHKEY_STORE_LIKE_H
#define LATCHKEY_STORE_LIKE_H

#include "base/arena.h"
#include "base/str.h"

/* "%text%" with '%', '_' and '!' escaped by '!'; empty for the empty text. */
str like_containing(struct arena *arena, str text);

#endif
