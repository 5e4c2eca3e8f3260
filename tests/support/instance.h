/*
 * A whole instance for tests of the rules: data folder, keys, page and database, with a first
 * organization and its owner, on either engine.
 */
#ifndef LATCHKEY_TESTS_SUPPORT_INSTANCE_H
#define LATCHKEY_TESTS_SUPPORT_INSTANCE_H

#include "service/accounts.h"
#include "service/context.h"
#include "support/engines.h"

struct instance {
    struct test_place place;
    struct config config;
    char folder[64];
    struct arena arena;
    struct shared *shared;
    struct worker *w;
    struct principal operator;
    struct principal owner; /* as by a session */
    usec now;
};

/* Stops the test program when it fails. `strict` is the daemon's option. */
void instance_open(struct instance *out, enum engine engine, bool strict);
/* The same without organization and owner. */
void instance_open_empty(struct instance *out, enum engine engine, bool strict);
void instance_close(struct instance *instance);

/* A member of the first organization, as by a session. */
struct principal instance_member(struct instance *instance, const char *email, enum role role);

/* What a request with this Authorization header is taken for, in the slow lane. */
struct verdict instance_ask(struct instance *instance, str authorization);
/* The same in the fast lane. */
enum error instance_ask_fast(struct instance *instance, str authorization, struct verdict *out);
/* "Bearer " before a token. */
str instance_bearer(struct instance *instance, str token);

#endif
