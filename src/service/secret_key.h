/*
 * Label Studio's SECRET_KEY, out of the file that an administrator has: the bare key, or the file
 * .env of Label Studio's data folder.
 */
#ifndef LATCHKEY_SERVICE_SECRET_KEY_H
#define LATCHKEY_SERVICE_SECRET_KEY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/*
 * Any line that begins with SECRET_KEY= makes the text a .env: its last such line counts, and all
 * behind the first '=' is the key, without a pair of quotes around it. Else the text is the key,
 * without one final line end. `out` borrows from `text`; `problem` lives in the arena and has
 * nothing of the key.
 *
 * ERR_INVALID  no key, or several lines of which none is SECRET_KEY=; `name` is the file's
 */
enum error secret_key_parse(str text, str name, struct arena *arena, str *problem,
                            str *out) MUST_CHECK;

/*
 * Label Studio takes a key that begins with '$' in its .env for a reference, and makes itself a new
 * one at each start: then no token of its outlives a restart, and this is hardly the key in use.
 */
bool secret_key_is_doubtful(str key);

#endif
