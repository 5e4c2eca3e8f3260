/*
 * A file without a name: for what is too large for memory and is gone when it is closed.
 */
#ifndef LATCHKEY_BASE_SCRATCH_H
#define LATCHKEY_BASE_SCRATCH_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Open for reading and writing, in that folder; the caller closes `*fd`. Errors as
 * error_of_errno's. */
enum error scratch_open(str folder, struct arena *arena, int *fd) MUST_CHECK;
/* All of it. ERR_FULL, ERR_IO */
enum error scratch_write(int fd, str bytes) MUST_CHECK;

#endif
