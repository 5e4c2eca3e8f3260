/*
 * Every ceiling that a client can reach. Each has a test.
 * What the server's owner may set by an option is a default here; `struct server_options` has it.
 */
#ifndef LATCHKEY_HTTP_LIMITS_H
#define LATCHKEY_HTTP_LIMITS_H

/* The head of a request. Over the library's own ceiling it answers 414 or 431 by itself. */
#define LIMIT_TARGET_BYTES 8192    /* path and query as sent; longer: 414 */
#define LIMIT_HEADER_BYTES 16384   /* names and values of all header fields together; 431 */
#define LIMIT_HEADERS 100          /* header fields; more: 431 */
#define LIMIT_REQUEST_ID_BYTES 128 /* a longer X-Request-ID is not taken over */
#define LIMIT_COOKIES 64           /* pairs of a Cookie header that are looked at */
#define LIMIT_PATH_PARAMS 8        /* {names} in one path pattern; more does not start */
#define LIMIT_ACCEPT_RANGES 64     /* media ranges of an Accept header that are looked at */

/* The body. */
#define LIMIT_BODY_BYTES 65536       /* unless the route says less or more; more: 413 */
#define LIMIT_DRAIN_BYTES 65536      /* of a body that nobody wants; more: 413, closed unread */
#define LIMIT_FORM_FIELDS 64         /* of a form or query; more: refused whole */
#define LIMIT_FIELD_NAME_BYTES 256   /* of a form's field */
#define LIMIT_PART_HEADER_BYTES 1024 /* of one part of a multipart body, names and values */
#define LIMIT_BOUNDARY_BYTES 70      /* RFC 2046 5.1.1 */
#define LIMIT_JSON_DEPTH 32          /* arrays and objects inside one another */

/* The answer. More is our own mistake, not a client's. */
#define LIMIT_RESPONSE_HEADERS 32

/* Connections and time. */
#define LIMIT_CONNECTIONS 1024  /* open at once, a default; more wait in the kernel's queue */
#define LIMIT_PER_ADDRESS 0     /* of one address; 0: no limit, since a proxy is one address */
#define LIMIT_POOL_BYTES 28672  /* the library's memory for one connection, kept until closed */
#define LIMIT_IDLE_SECONDS 65   /* between two requests; longer than nginx's own 60 */
#define LIMIT_HEAD_SECONDS 15   /* from the request line to the end of the header fields */
#define LIMIT_BODY_SECONDS 30   /* from there to the end of the body */
#define LIMIT_ANSWER_SECONDS 60 /* for the client to take the answer */
#define LIMIT_STOP_SECONDS 10   /* for what is under way when the server is stopped */

/* The slow lane. No more requests can be suspended than wait in the queue or are being worked on.
 */
#define LIMIT_QUEUE 256       /* requests that wait for a worker, a default; more: 503 */
#define LIMIT_RETRY_SECONDS 1 /* what that 503 says in Retry-After */

#endif
