/*
 * The one list of errors. A value is here because some caller acts differently on it.
 * The words of a foreign library are logged where it was called; above that, only these travel.
 */
#ifndef LATCHKEY_BASE_ERROR_H
#define LATCHKEY_BASE_ERROR_H

enum error {
    OK = 0,

    /* what a caller sent */
    ERR_MALFORMED, /* not of the form that was asked for */
    ERR_INVALID,   /* well formed, but a field's value is refused; the fields are named beside */
    ERR_TOO_LARGE, /* over its ceiling */
    ERR_UNSUPPORTED_TYPE, /* a content type that nobody here reads */
    ERR_NOT_ACCEPTABLE,   /* the caller accepts no type that could be sent */

    /* credentials and rights */
    ERR_UNAUTHENTICATED, /* no credential counted */
    ERR_FORGED,          /* no key of ours made this signature */
    ERR_EXPIRED,         /* past its end */
    ERR_TOO_EARLY,       /* issued, or valid only from, a time in the future */
    ERR_WRONG_TYPE,      /* a token of another type than asked for */
    ERR_MISSING_CLAIM,   /* a token without a claim that it needs */
    ERR_REVOKED,         /* was good once, and was ended */
    ERR_INACTIVE,        /* its user may not act */
    ERR_KIND_OFF,        /* the organization has switched this kind of token off */
    ERR_FORBIDDEN,       /* known, but may not */
    ERR_ELSEWHERE,       /* may here, but it reaches organizations that are not the caller's */
    ERR_SCOPE,           /* may, but not with this credential: its scopes do not have it */
    ERR_ADDRESS,         /* the credential does not count from where it was sent */
    ERR_PASSWORD_CHANGE, /* a session that is good for changing its password alone */
    ERR_CROSS_SITE,      /* a request that another site made a browser send */
    ERR_THROTTLED,       /* too many failures; try again later */

    /* things */
    ERR_NOT_FOUND,          /* no such thing, or not the caller's */
    ERR_METHOD_NOT_ALLOWED, /* the path is known, the method is not */
    ERR_CONFLICT,           /* exists already, or would break a rule between rows */
    ERR_LIMIT,              /* the organization's limit is reached */

    /* this machine */
    ERR_WOULD_BLOCK, /* fast lane only: what is needed is not in memory */
    ERR_BUSY,        /* a queue is full, or a lock was not had in time */
    ERR_FULL,        /* no room on the disk */
    ERR_READ_ONLY,   /* the store cannot be written */
    ERR_UNAVAILABLE, /* the store or an upstream cannot be reached */
    ERR_TOO_NEW,     /* the database was written by a newer program */
    ERR_IO,          /* a file or a socket failed; the log has the details */
    ERR_INTERNAL,    /* a library failed in a way that nobody can act on; the log has the details */

    ERR_COUNT
};

/* A short lower-case name, "not-found", for logs and machine-readable answers. Never NULL. */
const char *error_name(enum error err);

#endif
