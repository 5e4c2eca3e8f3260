/*
 * The file of --scopes-file: named sets of requests.
 *
 *     # what machine learning backends need
 *     ml-backend = "Read tasks, write predictions"
 *     ml-backend = GET       /api/tasks/{star}/?
 *     ml-backend = POST      /api/predictions/?
 *     export     = GET,POST  /api/projects/{star}/export/...
 *
 * ({star} is written as an asterisk.) Lines of one name add up; the one in quotes describes it. An
 * asterisk stands for one whole segment; a final "**" or "..." for the rest, which may be empty; a
 * final "/?" matches with and without the slash. GET stands for HEAD too. Whatever is odd is
 * refused, with the number of its line: a pattern that does not say what its author believes gives
 * too much.
 */
#ifndef LATCHKEY_AUTH_SCOPE_FILE_H
#define LATCHKEY_AUTH_SCOPE_FILE_H

#include "auth/scope.h"

#define SCOPE_FILE_BYTES_MAX 262144
#define SCOPES_MAX 200            /* names of a file */
#define SCOPE_PATTERNS_MAX 200    /* of one name */
#define SCOPE_SEGMENTS_MAX 32     /* of one pattern */
#define SCOPE_DESCRIPTION_MAX 200 /* bytes */

struct scope_table;

/*
 * Reads a file's text. ERR_MALFORMED: `problem`, in the arena, is "line 3: …" with the remedy.
 * The table is the caller's.
 */
enum error scope_table_read(str text, struct arena *arena, str *problem,
                            struct scope_table **out) MUST_CHECK;
/* The file at `path`; `problem` begins with it. Errors of file_read too. */
enum error scope_table_load(str path, struct arena *arena, str *problem,
                            struct scope_table **out) MUST_CHECK;
/* Puts the file at `path` in force; on an error what was in force stays. */
enum error scopes_load(struct scopes *scopes, str path, struct arena *arena,
                       str *problem) MUST_CHECK;
void scope_table_free(struct scope_table *table);

size_t scope_table_count(const struct scope_table *table);
const struct scope *scope_table_at(const struct scope_table *table, size_t n); /* by name */
/* NULL: it has none of that name. */
const struct scope *scope_table_find(const struct scope_table *table, str name);
/* The set has a request with that method and that plain path. */
bool scope_matches(const struct scope *scope, enum method method, str raw_path);

#endif
