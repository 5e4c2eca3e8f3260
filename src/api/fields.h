/*
 * Members of a body and parameters of a query, each complained of by name where it is not what it
 * must be. After reading all of them: `if (rq->state->complaints.count > 0) return ERR_INVALID;`
 */
#ifndef LATCHKEY_API_FIELDS_H
#define LATCHKEY_API_FIELDS_H

#include "api/json.h"
#include "service/organizations.h"

/* True if it is there and good. A text is copied into the request's arena. */
bool field_text(struct request *rq, const json_t *body, const char *name, str *out);
/* It must be there, with 1 to `most` characters. */
bool field_needed_text(struct request *rq, const json_t *body, const char *name, size_t most,
                       str *out);
#define FIELD_PASSWORD_MAX 1024 /* characters of a password that is looked at */
bool field_flag(struct request *rq, const json_t *body, const char *name, bool *out);
bool field_number(struct request *rq, const json_t *body, const char *name, int64_t *out);
/* "member", "administrator", "owner" */
bool field_role(struct request *rq, const json_t *body, const char *name, enum role *out);
/* An id, or null, which gives 0. */
bool field_id_or_null(struct request *rq, const json_t *body, const char *name, int64_t *out);

#define LIST_LIMIT 50
#define LIST_LIMIT_MOST 200
/* ?limit=, 1 to 200; LIST_LIMIT where it is not given. */
int64_t query_limit(struct request *rq);
/* A whole number from `least`; `otherwise` where it is not given. */
int64_t query_number(struct request *rq, str name, int64_t least, int64_t otherwise);
/* Days, 0 to 36500; -1 where it is not given. */
int64_t query_days(struct request *rq, str name);
/* True if "true"; "false" and nothing give false. */
bool query_flag(struct request *rq, str name);
/* ?q=, up to 200 bytes; empty where it is not given. */
str query_search(struct request *rq);
/* Which of the words it is; `otherwise` where it is not given. */
size_t query_word(struct request *rq, str name, const str *words, size_t count, size_t otherwise);
/* ?cursor=: false where it is not given, or is none of ours, which is complained of. */
bool query_cursor(struct request *rq, int64_t *number, str *text);

/* {"items", "next_cursor", "total"}; a total of DB_NULL_I64 is null. Takes the references. */
json_t *list_json(json_t *items, json_t *next_cursor, int64_t total);

/* The page of a list that is read whole, for it is short: its cursor is a place in the list. */
struct list_part {
    size_t from, end, count;
};
struct list_part list_part_of(size_t count, int64_t cursor, int64_t limit);
/* The answer's body with those items, which it takes. */
json_t *list_part_json(json_t *items, const struct list_part *part, struct arena *arena);

#endif
