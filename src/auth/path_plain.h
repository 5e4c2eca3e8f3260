/*
 * The segments of a path that can be read in one way only; see path_is_plain in auth/scope.h.
 */
#ifndef LATCHKEY_AUTH_PATH_PLAIN_H
#define LATCHKEY_AUTH_PATH_PLAIN_H

#include "base/str.h"

#define PLAIN_SEGMENT_MAX 1024 /* bytes, decoded; a longer one is refused */

/* One segment, as sent, decoded into `room`. False: it is empty, or not plain. */
bool segment_decode(str raw, char room[PLAIN_SEGMENT_MAX], str *out);

#endif
