/*
 * An answer in the making. Texts given to it are static or live in the request's arena, until the
 * answer has been sent. The server adds Date, Content-Length and Connection.
 */
#ifndef LATCHKEY_HTTP_RESPONSE_H
#define LATCHKEY_HTTP_RESPONSE_H

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "http/limits.h"

struct ready_answer;

struct response_header {
    const char *name;  /* NUL-terminated, static */
    const char *value; /* NUL-terminated; static, in the arena, or in the ready answer */
};

struct response {
    struct arena *arena; /* the request's */
    int status;          /* 0: nobody has answered yet */
    str body;            /* HEAD, 204 and 304 send none whatever is here */
    struct response_header headers[LIMIT_RESPONSE_HEADERS];
    size_t header_count;
    int file;                   /* owned; its content is sent instead of the body; 0: none */
    int64_t file_bytes;         /* of it, from its beginning */
    struct ready_answer *ready; /* held: what the answer began as (http/ready_answer.h); or NULL */
    bool close;                 /* the connection ends after it */
    bool spoiled;               /* a value could not be sent: it stays an empty 500 */
};

void response_init(struct response *rs, struct arena *arena);
/* Forgets what was there, headers included, closes the file, lets go of the ready answer. */
void response_clear(struct response *rs);

/*
 * Adds a header field. `name` is a literal; `value` is copied. A value that no field may hold (CR,
 * LF, NUL, other controls) turns the whole answer into an empty 500: nothing is sent half-true. An
 * empty value is left out, field and all: the library would end the connection.
 */
void response_header(struct response *rs, const char *name, str value);
/* The same for a NUL-terminated value that is static or in the arena: not copied. */
void response_header_static(struct response *rs, const char *name, const char *value);
/* Adds, or replaces the first of that name (letter case ignored). */
void response_set_header(struct response *rs, const char *name, str value);
/* NULL: not there. */
const char *response_get_header(const struct response *rs, const char *name);

enum same_site { SAME_SITE_NONE, SAME_SITE_LAX, SAME_SITE_STRICT };
#define COOKIE_SESSION (-1)
/* Set-Cookie, written as Django does (expires, HttpOnly, Max-Age, Path, SameSite, Secure). */
struct set_cookie {
    str name;
    str value;               /* cookie octets only (RFC 6265 4.1.1), or the answer is a 500 */
    int64_t max_age_seconds; /* COOKIE_SESSION: until the browser ends; 0: deletes it now */
    str path;                /* empty: "/" */
    enum same_site same_site;
    bool http_only;
    bool secure;
};
void response_set_cookie(struct response *rs, const struct set_cookie *cookie, usec now);
void response_delete_cookie(struct response *rs, str name, str path, enum same_site same_site);

/* Whole answers: each sets status, body and Content-Type, leaves other headers alone, gives OK. */
enum error reply_body(struct response *rs, int status, const char *content_type, str body);
enum error reply_text(struct response *rs, int status, str body); /* text/plain; charset=utf-8 */
enum error reply_html(struct response *rs, int status, str body); /* text/html; charset=utf-8 */
enum error reply_json(struct response *rs, int status, str body); /* application/json */
enum error reply_empty(struct response *rs, int status);          /* no Content-Type */
/* What is too large for memory: the file's first `bytes` bytes. Takes the descriptor, in any case.
 */
enum error reply_file(struct response *rs, int status, const char *content_type, int file,
                      int64_t bytes);
/* 302 and the like. `location` is put into the header as it is. */
enum error reply_redirect(struct response *rs, int status, str location);

#endif
