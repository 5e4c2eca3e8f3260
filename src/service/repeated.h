/*
 * Answers that are given again: what Idempotency-Key promises, without HTTP.
 */
#ifndef LATCHKEY_SERVICE_REPEATED_H
#define LATCHKEY_SERVICE_REPEATED_H

#include "service/context.h"

#define REPEATED_KEPT HOURS(24)       /* answers */
#define REPEATED_ABANDONED MINUTES(1) /* one that was begun so long ago ended with its process */

struct repeated {
    int64_t user_id;
    str key;         /* its first character is no blank: those are our own */
    str fingerprint; /* of what is asked */
    int64_t status;  /* 0: not answered */
    str answer;      /* a secret */
    usec began_at;
};

/*
 * The key is taken, or the answer that it had is there: `status` is not 0 then.
 * ERR_INVALID   something else was asked with that key
 * ERR_CONFLICT  the same is being done at this moment
 */
enum error repeated_begin(struct worker *w, struct repeated *repeated, usec now,
                          struct arena *arena) MUST_CHECK;
/* Keeps the answer; with status 0 the key is free again. */
enum error repeated_end(struct worker *w, const struct repeated *repeated,
                        struct arena *arena) MUST_CHECK;

#endif
