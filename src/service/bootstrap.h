/*
 * The first start: an organization, its owner, and what the options say about its tokens.
 */
#ifndef LATCHKEY_SERVICE_BOOTSTRAP_H
#define LATCHKEY_SERVICE_BOOTSTRAP_H

#include "service/context.h"

struct first_owner {
    bool was_made; /* the database was empty */
    str email;
    str password; /* generated: to be printed once; empty if it was given */
};

/*
 * On an empty database makes the first organization and its owner; on any, switches the kinds as
 * the options say. All of it or nothing; several daemons may start at once.
 * `problem` gets a sentence: an unreadable file, a password that is too short, a legacy token of a
 * wrong form.
 */
enum error bootstrap(struct worker *w, usec now, struct arena *arena, str *problem,
                     struct first_owner *out) MUST_CHECK;

#endif
