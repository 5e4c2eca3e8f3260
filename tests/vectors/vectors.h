/*
 * The vectors of this folder, inside the test.
 */
#ifndef LATCHKEY_TESTS_VECTORS_H
#define LATCHKEY_TESTS_VECTORS_H

#include <jansson.h>

#include "base/arena.h"
#include "base/str.h"

/* A file's content; stops the test when there is none of that name. */
str vector_file(const char *name);

/* Walks all cases of a Wycheproof file, group by group. */
typedef void vector_case(json_t *group, json_t *test, struct arena *arena);
void vectors_each(const char *name, vector_case *check);

/* A member's text, and its bytes where it is hexadecimal. */
str vector_text(json_t *object, const char *name);
str vector_bytes(json_t *object, const char *name, struct arena *arena);

/* "result" is "valid". */
bool vector_is_valid(json_t *test);
/* "acceptable": either answer is right. */
bool vector_is_open(json_t *test);
int vector_number(json_t *test);

str bytes_of_hex(const char *hex, struct arena *arena);

#endif
