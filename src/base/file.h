/*
 * Small files, read whole: settings, keys, passwords.
 */
#ifndef LATCHKEY_BASE_FILE_H
#define LATCHKEY_BASE_FILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/*
 * The content of the file, in the arena; "-" is standard input. Mark the arena secret first when
 * the content is. `problem` (may be NULL) is given a sentence for a person when this fails.
 *
 * ERR_NOT_FOUND   no such file
 * ERR_FORBIDDEN   it may not be read
 * ERR_TOO_LARGE   more than `max_bytes`
 * ERR_IO          anything else
 */
enum error file_read(str path, size_t max_bytes, struct arena *arena, str *problem,
                     str *out) MUST_CHECK;

/* Without one final newline, or CR and LF: how an editor ends a file that holds one value. */
str file_one_value(str content);

#endif
