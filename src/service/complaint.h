/*
 * What is wrong with the input, field by field, for ERR_INVALID and its like.
 */
#ifndef LATCHKEY_SERVICE_COMPLAINT_H
#define LATCHKEY_SERVICE_COMPLAINT_H

#include "base/compiler.h"
#include "base/str.h"

#define COMPLAINTS_MAX 16

struct complaint {
    str field; /* as the client wrote it; empty: the input as a whole */
    str text;  /* a sentence that says the remedy; static or in the request's arena */
};

struct complaints {
    struct complaint items[COMPLAINTS_MAX];
    size_t count;
};

/* More than fit are dropped: those that are there are enough to go on with. */
static inline void complain(struct complaints *complaints, str field, str text)
{
    if (complaints->count < COMPLAINTS_MAX)
        complaints->items[complaints->count++] = (struct complaint){field, text};
}

#endif
