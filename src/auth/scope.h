/*
 * Scopes: what a credential may do.
 *
 *   all      everything that its user may
 *   read     safe methods (GET, HEAD, OPTIONS), but for what shows another credential
 *   tokens   manage one's own tokens, at Latchkey's own addresses only
 *   others   sets of method and path patterns, from --scopes-file (auth/scope_file.h)
 *
 * A list of scopes is a text: names, one space apart, sorted, each once; "all" stands alone. In
 * `struct principal` an empty text means all; in the store that is "all". A name that is known no
 * more permits nothing.
 *
 * A path is matched only if there is one way to read it (path_is_plain): whatever the API behind
 * the proxy might understand otherwise is refused, never guessed.
 */
#ifndef LATCHKEY_AUTH_SCOPE_H
#define LATCHKEY_AUTH_SCOPE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/method.h"
#include "base/str.h"

#define SCOPE_ALL "all"
#define SCOPE_READ "read"
#define SCOPE_TOKENS "tokens"
#define SCOPE_NAME_MAX 64    /* bytes: [a-z0-9_.:-] */
#define SCOPES_GIVEN_MAX 50  /* names of one list, as given */
#define SCOPES_BYTES_MAX 480 /* of a list as text */

/*
 * Lists. Pure functions.
 */

/* Names as a list. ERR_MALFORMED: none, one of a wrong form, or too many. */
enum error scope_list_make(const str *names, size_t count, struct arena *arena,
                           str *out) MUST_CHECK;
/* The same from a text as OAuth has it (RFC 6749 3.3): names, spaces between. */
enum error scope_list_read(str text, struct arena *arena, str *out) MUST_CHECK;
bool scope_name_is_good(str name);
bool scope_list_has(str list, str name);
/* Empty, or "all". */
bool scope_list_is_all(str list);
/* `to` gives nothing that `from` does not: each of its names is there, or `from` is all. */
bool scope_narrows(str from, str to);
/* What both give, for what is known of names alone. False: nothing. `out` is one of the two, or in
 * the arena; "all" where both are all. */
bool scope_list_both(str a, str b, struct arena *arena, str *out);

/*
 * Those that are known. Locks itself: any thread.
 */
struct scopes;

struct scope_shape; /* of a pattern, taken apart */
struct scope_pattern {
    methods methods;
    str path; /* as written in the file */
    const struct scope_shape *shape;
};
struct scope {
    str name;
    str description; /* may be empty */
    struct scope_pattern *patterns;
    size_t pattern_count; /* 0 of those that are built in */
};
struct scope_table; /* what a file says; immutable */

/* The built-in ones alone. */
struct scopes *scopes_new(void);
void scopes_free(struct scopes *scopes);
/* Puts the sets of a file (auth/scope_file.h) in force, and takes them over; NULL: none. */
void scopes_set(struct scopes *scopes, struct scope_table *table);

struct scope_list {
    const struct scope *items; /* the built-in ones first, then by name; texts in the arena */
    size_t count;
};
void scopes_list(struct scopes *scopes, struct arena *arena, struct scope_list *out);
bool scopes_know(struct scopes *scopes, str name);
/* "all, read, tokens, export", for messages. */
str scopes_names(struct scopes *scopes, struct arena *arena);

/* A request, as far as scopes look at it. */
struct scope_question {
    bool has_method; /* somebody said what the method is */
    enum method method;
    str raw_path; /* as sent, without the query, escapes and all; empty: nobody said it */
    str base;     /* "/base": taken off the path where it is there; empty: none */
};
enum scope_answer {
    SCOPE_NO = 0,        /* not within these scopes */
    SCOPE_NO_QUESTION,   /* it cannot be told: nobody said method or path */
    SCOPE_NO_PLAIN_PATH, /* it cannot be told: the path can be read in several ways */
    SCOPE_YES
};
/* Whether the list (of a principal, hence not empty) permits a request to the API behind the proxy.
 */
enum scope_answer scopes_permit(struct scopes *scopes, str list,
                                const struct scope_question *question);

/* One scope that would permit it, for the refusal (RFC 6750 3): "read", a set, or else "all". */
str scopes_needed(struct scopes *scopes, const struct scope_question *question,
                  struct arena *arena);

/*
 * There is one way to read this path, as sent: it begins with one slash; only what must be escaped
 * is (RFC 3986 2.4); no empty, "." or ".." segment, none that ends in a dot or a blank; no slash,
 * backslash, percent, semicolon, question or number sign behind an escape; no control characters;
 * well-formed UTF-8 without look-alikes of those.
 */
bool path_is_plain(str raw_path);

#endif
