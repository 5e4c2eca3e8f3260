/*
 * What the API remembers about a request on its way, and how a handler says what went wrong.
 *
 * A handler returns an error; the table in api/problem.c words it, in the dialect of the route. A
 * handler that knows better says so with `fail`, or names fields in `complaints`.
 */
#ifndef LATCHKEY_API_STATE_H
#define LATCHKEY_API_STATE_H

#include "auth/authenticate.h"
#include "base/error.h"
#include "http/request.h"
#include "http/response.h"
#include "service/complaint.h"

struct shared;

/* How a path speaks: the form of its errors and the headers around them. A number in the route. */
enum dialect {
    DIALECT_LABEL_STUDIO = 1, /* Label Studio's envelope */
    DIALECT_LABEL_STUDIO_JWT, /* the same; 401 asks for Bearer: refresh, blacklist, rotate */
    DIALECT_OWN,              /* application/problem+json (RFC 9457) */
    DIALECT_PAGE,             /* HTML for a browser; nobody is sent to sign in */
    DIALECT_PLAIN,            /* health and metrics: text */
    DIALECT_OAUTH,            /* {"error", "error_description"} (RFC 6749 5.2) */
};

/* Who may call. A number in the route. */
enum who {
    ANYBODY = 1,   /* credentials are not looked at */
    VISITOR,       /* credentials are looked at; without any, or with bad ones, one may too */
    SIGNED_IN,     /* somebody */
    SIGNED_IN_JWT, /* POST /api/token/rotate: a Bearer's fault is final */
    ADMINISTRATOR, /* owner or administrator of the organization that he acts in */
};

/* Flags of a route. */
#define FROM_ANY_SITE 1 /* no harm in it when another site asks: a plain link does the same */
#define OWN_CSRF 2      /* its handler checks the token in the form */
#define ANSWERS_AGAIN 8 /* with an Idempotency-Key; see api/idempotency.h */
#define BEFORE_PASSWORD_CHANGE 4 /* also for a session whose generated password must go first */
#define ANY_FORMAT 16 /* answers its own format, whatever the caller accepts or asks for */

struct request_state {
    enum dialect dialect;     /* of the route, or guessed from the path where there is none */
    const struct route *path; /* the route, or another one of its path when the method is wrong */
    struct verdict verdict;   /* who, or why nobody; rq->principal points into it */
    bool is_authenticated;    /* the verdict was reached */
    methods allowed;          /* what the path knows, for Allow */
    str detail;               /* a sentence in place of the table's; empty: the table's */
    int status;               /* in place of the table's; 0: the table's */
    const char *oauth_error;  /* RFC 6749's name of what went wrong; NULL: by the status */
    str scope_needed;         /* with ERR_SCOPE: what the token lacks; may be empty */
    bool is_bare;             /* Label Studio's two answers without an envelope */
    int64_t retry_after;      /* seconds, for ERR_THROTTLED; 0: none */
    struct complaints complaints;
    bool peer_is_trusted; /* a proxy of ours: its X-Forwarded-* are believed */
    str client_address; /* for throttling, sessions and the log: the peer's, or as such a proxy says
                         */
};

/* Says `detail` (static or in the request's arena) instead of the table's sentence; returns err. */
enum error fail(struct request *rq, enum error err, str detail);
/* A complaint about one field; returns ERR_INVALID. Field "": the body as a whole. */
enum error fail_field(struct request *rq, str field, str text);
/* ERR_CONFLICT: the name of the body is another thing's. */
enum error fail_taken(struct request *rq, str text);

/* Of the request's state, for those who have only the request. */
bool state_peer_is_trusted(const struct request *rq);

/* Turns an error into the answer, in the route's dialect. Never for ERR_WOULD_BLOCK. */
void answer_error(struct shared *shared, struct request *rq, struct response *rs, enum error err);

#endif
