/*
 * A data folder for a dry run where there is none yet: empty, private, gone afterwards. So a dry
 * run can tell what a first run would do, and leaves nothing behind.
 */
#ifndef LATCHKEY_CLI_STAND_IN_H
#define LATCHKEY_CLI_STAND_IN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct stand_in {
    char *path; /* owned; NULL: none was needed */
};

/* Makes one if `data` has no master key yet. ERR_IO: the folder for temporary files has no room. */
enum error stand_in_make(struct stand_in *stand_in, str data, struct arena *arena) MUST_CHECK;
/* Removes the folder and the files in it. */
void stand_in_release(struct stand_in *stand_in);

#endif
