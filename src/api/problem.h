/*
 * What a client is told when something fails: one row an error.
 */
#ifndef LATCHKEY_API_PROBLEM_H
#define LATCHKEY_API_PROBLEM_H

#include "base/error.h"
#include "base/str.h"

struct answer {
    int status;
    str title;  /* of the problem, a few words */
    str detail; /* a sentence, with the remedy where there is one */
};

/* Never NULL. OK has no answer of its own. */
const struct answer *problem_answer(enum error err);

#endif
