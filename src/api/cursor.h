/*
 * Cursors of lists: the place after which the next page begins, as a text that clients give back
 * unread.
 */
#ifndef LATCHKEY_API_CURSOR_H
#define LATCHKEY_API_CURSOR_H

#include "base/arena.h"
#include "base/error.h"
#include "base/time.h"

str cursor_write(usec time, str id, struct arena *arena);
/* ERR_MALFORMED  not one of ours */
enum error cursor_read(str cursor, struct arena *arena, usec *time, str *id) MUST_CHECK;

#endif
