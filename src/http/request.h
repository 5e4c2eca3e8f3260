/*
 * A request as it was sent, taken apart but not interpreted.
 *
 * It lives from its head's arrival until its answer is sent; everything it points to lives as long,
 * in its arena. One thread at a time has it: suspending a request hands it over.
 */
#ifndef LATCHKEY_HTTP_REQUEST_H
#define LATCHKEY_HTTP_REQUEST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/method.h"
#include "base/str.h"
#include "base/time.h"
#include "http/limits.h"

struct route;
struct principal;
struct request_state;

/* The header fields that somebody here reads. Others are counted and dropped. */
enum header {
    HEADER_ACCEPT,
    HEADER_ACCEPT_ENCODING,
    HEADER_ACCEPT_LANGUAGE,
    HEADER_ACCESS_CONTROL_REQUEST_HEADERS,
    HEADER_ACCESS_CONTROL_REQUEST_METHOD,
    HEADER_AUTHORIZATION,
    HEADER_CONTENT_ENCODING,
    HEADER_CONTENT_LENGTH,
    HEADER_CONTENT_TYPE,
    HEADER_COOKIE,
    HEADER_EXPECT,
    HEADER_FORWARDED,
    HEADER_HOST,
    HEADER_IDEMPOTENCY_KEY,
    HEADER_IF_MODIFIED_SINCE,
    HEADER_IF_NONE_MATCH,
    HEADER_ORIGIN,
    HEADER_RANGE,
    HEADER_REFERER,
    HEADER_SEC_FETCH_DEST,
    HEADER_SEC_FETCH_MODE,
    HEADER_SEC_FETCH_SITE,
    HEADER_TRANSFER_ENCODING,
    HEADER_USER_AGENT,
    HEADER_X_API_KEY,
    HEADER_X_CSRFTOKEN,
    HEADER_X_ENVOY_ORIGINAL_PATH,
    HEADER_X_FORWARDED_FOR,
    HEADER_X_FORWARDED_HOST,
    HEADER_X_FORWARDED_METHOD,
    HEADER_X_FORWARDED_PREFIX,
    HEADER_X_FORWARDED_PROTO,
    HEADER_X_FORWARDED_URI,
    HEADER_X_HTTP_METHOD,
    HEADER_X_HTTP_METHOD_OVERRIDE,
    HEADER_X_LATCHKEY_WANT,
    HEADER_X_METHOD_OVERRIDE,
    HEADER_X_ORIGINAL_METHOD,
    HEADER_X_ORIGINAL_URI,
    HEADER_X_ORIGINAL_URL,
    HEADER_X_REAL_IP,
    HEADER_X_REQUEST_ID,
    HEADER_X_REQUESTED_WITH,
    HEADER_X_REWRITE_URL,
    HEADER_COUNT
};
_Static_assert(HEADER_COUNT <= 64, "they fit in a 64-bit set");

/* "X-Api-Key" or any other spelling. HEADER_COUNT: not one of them. */
enum header header_of(str name);
/* As it is usually written: "X-API-Key". */
str header_name(enum header header);
/* A second one makes the request ambiguous: it is refused with 400. */
bool header_is_single(enum header header);

/* Who is at the other end of the connection: the proxy, where there is one. */
enum peer_family { PEER_UNKNOWN, PEER_IPV4, PEER_IPV6, PEER_UNIX };
struct peer {
    enum peer_family family;
    uint8_t address[16]; /* network order; IPv4 in the first four, ::ffff:0:0/96 too is IPv4 */
    uint16_t port;
    bool is_unix;
};
/* "192.0.2.1", "2001:db8::1", "unix". */
str peer_format(struct arena *arena, const struct peer *peer);

struct path_param {
    str name;
    str value;
};
struct path_params {
    struct path_param items[LIMIT_PATH_PARAMS];
    size_t count;
};

struct request {
    struct arena arena;
    usec now; /* wall clock when the head was complete */

    enum method method;
    str method_text; /* as sent */
    str target;      /* as sent: path, and '?' and query if any */
    str path;     /* decoded once, "//" collapsed, UTF-8, no controls, begins with '/' or is "*" */
    str raw_path; /* as sent, without the query */
    str query;    /* as sent, without the '?' */
    bool path_had_encoded_slash; /* a %2F became a '/' */
    bool path_has_dot_segments;  /* a segment of `path` is "." or ".." */

    str headers[HEADER_COUNT]; /* empty if absent, white space around it removed */
    bool has_two_credentials;  /* Authorization or X-API-Key came twice: refused, and why */
    uint64_t headers_present;  /* bit set by enum header: an empty one differs from an absent one */

    str body;          /* empty unless the route asked for one */
    unsigned listener; /* to which of the server's addresses it came: 0 is the first */
    struct peer peer;
    bool is_tls;
    str request_id; /* the client's X-Request-ID if it is a decent one, else made here */

    /* filled in by others as the request goes down */
    str client_address; /* the peer's, or as a proxy of ours says; may be "unix" or "unknown" */
    const struct route *route; /* NULL: none */
    struct path_params params;
    const struct principal *principal; /* NULL: nobody */
    struct request_state *state;       /* the application's own, in the arena */
};

/* An all-zero struct is an empty request too; `str`s are made valid here. */
void request_init(struct request *rq);
/* Empties it and keeps the arena's block for the next. */
void request_reset(struct request *rq);
void request_release(struct request *rq);

/*
 * Takes an origin-form target (RFC 9112 3.2.1) or "*" apart: sets target, path, raw_path, query.
 * `target` is borrowed for as long as the request lives.
 *
 * ERR_TOO_LARGE  over LIMIT_TARGET_BYTES
 * ERR_MALFORMED  absolute or authority form, a fragment, blanks or control bytes, decoded ones in
 *                the path too, a bad percent-encoding there, or a path that is not UTF-8
 */
enum error request_set_target(struct request *rq, str target) MUST_CHECK;

/*
 * Adds a header field; the value is borrowed. An unknown one is ignored.
 * ERR_MALFORMED  a second one of a kind that may come once only, or control bytes in the value
 * Repeated list fields (RFC 9110 5.3) are joined by ", ", cookies by "; ".
 */
enum error request_add_header(struct request *rq, str name, str value) MUST_CHECK;
/* For tests and for whoever rewrites a request: sets or replaces. */
void request_set_header(struct request *rq, enum header header, str value);
/* True also for an empty one. */
static inline bool request_has(const struct request *rq, enum header header)
{
    return (rq->headers_present >> header & 1U) != 0;
}

/* The path parameter of that name; empty if the pattern has none. */
str request_param(const struct request *rq, str name);
/*
 * The last value of a query parameter, as Django's; decoded, '+' is a blank. False: it is not
 * there, or badly encoded. An empty one is there.
 */
bool request_query(struct request *rq, str name, str *out);
/* The last cookie of that name. */
bool request_cookie(struct request *rq, str name, str *out);

#endif
