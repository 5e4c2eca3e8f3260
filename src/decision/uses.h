/*
 * Uses of tokens, added up: a table of fixed size, for the daemon and for the nginx module.
 *
 * Nothing is allocated after it was made, and a use costs one look at one place. It does not lock
 * itself. It is emptied as a whole; an entry whose count was set to 0 has nothing to tell.
 */
#ifndef LATCHKEY_DECISION_USES_H
#define LATCHKEY_DECISION_USES_H

#include "base/str.h"
#include "base/time.h"

#define USES_ADDRESS_MAX 45     /* bytes; an IPv6 address in its longest form */
#define USES_USER_AGENT_MAX 200 /* bytes; more is cut */

struct uses;

/* What is counted apart. */
struct use_key {
    int64_t token_key;
    int64_t user_id;
    int64_t organization_id; /* 0: none */
    bool is_legacy;
};

/* One use or several; the texts are of the last one. */
struct use {
    struct use_key key;
    uint32_t count;
    usec first_at, last_at; /* on one day */
    str address, user_agent;
};

/* An entry, as it lies there. */
struct used {
    struct use_key key;
    int64_t day; /* since 1970, UTC */
    usec first_at, last_at;
    uint32_t count;
    uint8_t address_len, user_agent_len;
    char address[USES_ADDRESS_MAX];
    char user_agent[USES_USER_AGENT_MAX];
};

/* Room for about `entries`, at most 1 Mi. NULL: no memory. Pages that are not used cost none. */
struct uses *uses_new(size_t entries);
void uses_free(struct uses *uses);

/* False: there is no room for a further one, and nothing was counted. */
bool uses_add(struct uses *uses, const struct use *use);

/* In the order in which they came; `i` below uses_count. */
size_t uses_count(const struct uses *uses);
struct used *uses_at(struct uses *uses, size_t i);
/* The next entry of a token, from `*place` on, which is 0 at first; NULL: no more. */
const struct used *uses_find(const struct uses *uses, int64_t token_key, size_t *place);

void uses_clear(struct uses *uses);

/* Days since 1970, UTC. */
int64_t uses_day(usec at);

#endif
