/*
 * A file that the build put into the program.
 */
#ifndef LATCHKEY_BASE_EMBEDDED_H
#define LATCHKEY_BASE_EMBEDDED_H

#include <stddef.h>

struct embedded {
    const char *name; /* without its folder */
    const char *data; /* followed by a NUL that `len` does not count */
    size_t len;       /* in bytes */
};

#endif
