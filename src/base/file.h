/*
 * Small files, read and written whole.
 */
#ifndef LATCHKEY_BASE_FILE_H
#define LATCHKEY_BASE_FILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/*
 * The whole of a regular file, at most `max` bytes, into the arena. `problem` gets a sentence that
 * names the file and the remedy.
 * ERR_NOT_FOUND, ERR_FORBIDDEN, ERR_TOO_LARGE, ERR_IO
 */
enum error file_read(str path, size_t max, struct arena *arena, str *problem, str *out) MUST_CHECK;

/*
 * Makes a folder of mode 0700 with the parents that are missing; one that is there is left as it
 * is. ERR_FORBIDDEN, ERR_READ_ONLY, ERR_FULL, ERR_CONFLICT (a file is in the way), ERR_IO
 */
enum error folder_make(str path, struct arena *arena, str *problem) MUST_CHECK;

/* What an errno means to a caller. */
enum error error_of_errno(int number);

#endif
