/*
 * JSON in and out, over jansson. Reading is strict (RFC 8259, RFC 7493): UTF-8, no duplicate
 * member, at most LIMIT_JSON_DEPTH deep, nothing behind the value.
 */
#ifndef LATCHKEY_API_JSON_H
#define LATCHKEY_API_JSON_H

#include <jansson.h>

#include "api/state.h"

/* For CLEANUP: gives a reference back. */
void json_release(json_t **value);

/*
 * As Label Studio reads it: where an integer is beyond 64 bits, all are read as fractions.
 * ERR_MALFORMED  `problem` says what and where ("line 1 column 5 (char 4): …")
 */
enum error json_read(str text, struct arena *arena, str *problem, json_t **out) MUST_CHECK;

/* The request's body as a JSON object for the own API: ERR_UNSUPPORTED_TYPE, ERR_MALFORMED, or
 * ERR_INVALID with a complaint when it is not an object, or a member comes twice. A number beyond
 * 64 bits is a fraction, which no member takes. An empty body is an empty object. */
enum error body_read_object(struct request *rq, json_t **out) MUST_CHECK;

/* The same for whatever JSON value; an empty body is null. */
enum error body_read_value(struct request *rq, json_t **out) MUST_CHECK;

/* Complains about every member that is not in `known`. */
enum error body_refuse_unknown(struct request *rq, const json_t *object, const str *known,
                               size_t count) MUST_CHECK;

str json_text(const json_t *string);                 /* borrowed; empty unless it is a string */
json_t *json_from_str(str s);                        /* a new reference; `s` is UTF-8 */
json_t *json_from_time(struct arena *arena, usec t); /* RFC 3339; null for 0 and USEC_NEVER */
/* Adds a member; takes the value's reference. Running out of memory ends the program. */
void json_add(json_t *object, const char *name, json_t *value);

/*
 * {"name":"text"}, the answer of every exchange, written without the library's tree when the text
 * is visible ASCII that needs no escape. `name` needs none.
 */
str json_write_text(struct arena *arena, str name, str text);
/*
 * Reads the same, with white space where JSON has it: the body of every exchange, and an eighth of
 * its cost when the library reads it. False: it is anything else, good or bad, or the text is
 * empty, has an escape, or is not visible ASCII. `out` borrows.
 */
bool json_read_text(str json, str name, str *out);

/* Compact, UTF-8, members in the order in which they were added. Takes the reference. */
str json_write(struct arena *arena, json_t *value);
/* A JSON answer; takes the reference. */
enum error reply_json_value(struct response *rs, int status, json_t *value);

#endif
