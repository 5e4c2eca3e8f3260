/*
 * Device authorization (RFC 8628): a program without a browser asks, a person who is signed in
 * elsewhere says yes or no, and the program gets a PAT of that person's.
 */
#ifndef LATCHKEY_SERVICE_DEVICE_H
#define LATCHKEY_SERVICE_DEVICE_H

#include "service/context.h"
#include "service/tokens.h"
#include "store/device_grants.h"

#define DEVICE_CODE_LIVES MINUTES(10)
#define DEVICE_INTERVAL_SECONDS 5 /* between two questions of a device */
#define DEVICE_NAME_MAX 80        /* characters; a number may come behind it */

struct device_order {
    str client_name; /* for people, and the token's name */
    str scopes;      /* a list; empty: all */
};

struct device_asked {
    str device_code; /* a secret: 256 random bits */
    str user_code;   /* "WDJB-MJHT" */
    int64_t expires_in;
};

/*
 * ERR_INVALID    a bad name
 * ERR_THROTTLED  too many asked from the address of w->origin; `retry_after` in seconds
 * ERR_BUSY       too many are waiting
 */
enum error device_ask(struct worker *w, const struct device_order *order, usec now,
                      struct arena *arena, int64_t *retry_after,
                      struct device_asked *out) MUST_CHECK;

enum device_answer {
    DEVICE_PENDING = 1, /* nobody has decided yet */
    DEVICE_SLOW_DOWN,   /* the same, and it asks too often: 5 s more between two questions */
    DEVICE_REFUSED,     /* denied, or the person may not have such a token: `problem` */
    DEVICE_TOO_LATE,    /* its time is over, or it has its token */
    DEVICE_LET_IN,      /* `token` is the PAT, this one time */
};

struct device_poll {
    enum device_answer answer;
    str problem;
    struct new_token token;
};

/* ERR_NOT_FOUND: there is no such device code. */
enum error device_poll(struct worker *w, str device_code, usec now, struct arena *arena,
                       struct device_poll *out) MUST_CHECK;

/*
 * The person's side; only with a session, of whoever has one: nobody else can guess a code, and he
 * only a few times. The code may have blanks, dashes and small letters in it. What was decided is
 * shown to who did.
 * ERR_NOT_FOUND  no such code, or its time is over
 * ERR_THROTTLED  too many wrong ones; `retry_after`
 * ERR_CONFLICT   (deciding) it was decided before
 */
enum error device_look(struct worker *w, const struct principal *who, str user_code, usec now,
                       struct arena *arena, int64_t *retry_after,
                       struct device_row *out) MUST_CHECK;
enum error device_decide(struct worker *w, const struct principal *who, str user_code,
                         enum device_state state, usec now, struct arena *arena,
                         int64_t *retry_after) MUST_CHECK;

/* "WDJBMJHT" as people read it: "WDJB-MJHT". */
str device_code_shown(str user_code, struct arena *arena);

#endif
