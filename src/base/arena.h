/*
 * An arena: memory that is asked for piece by piece and given back all at once.
 * It always succeeds: inputs are bounded before they come here, and a process that is truly out of
 * memory stops. One thread at a time.
 */
#ifndef LATCHKEY_BASE_ARENA_H
#define LATCHKEY_BASE_ARENA_H

#include "base/str.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first; owned */
    char *next;                 /* first free byte of the newest block */
    size_t left;                /* free bytes there */
    bool secret;                /* its memory is wiped before it is given back */
};

/* An all-zero struct is an empty arena too. */
void arena_init(struct arena *arena);
/* Gives all memory back but for one block, kept for the next use. What was in it is gone. */
void arena_reset(struct arena *arena);
void arena_release(struct arena *arena);

/* From now on what is given back is wiped first. */
void arena_mark_secret(struct arena *arena);

/* `bytes` of zeroed memory, aligned for anything. */
void *arena_alloc(struct arena *arena, size_t bytes);
/* `bytes` of memory that holds anything, for text. */
char *arena_bytes(struct arena *arena, size_t bytes);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))

str arena_copy(struct arena *arena, str s);
/* A NUL-terminated copy, for a library's door. A NUL inside `s` ends it early. */
const char *arena_cstr(struct arena *arena, str s);
str arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
/* The pieces one after the other. */
str arena_join(struct arena *arena, const str *pieces, size_t count);
#define ARENA_JOIN(arena, ...)                                                                     \
    arena_join((arena), (const str[]){__VA_ARGS__},                                                \
               sizeof((const str[]){__VA_ARGS__}) / sizeof(str))

#endif
