#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

#define BLOCK_BYTES ((size_t)8192)
#define ALIGNMENT _Alignof(max_align_t)

struct arena_block {
    struct arena_block *older;
    size_t bytes; /* of `memory` */
    _Alignas(max_align_t) char memory[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

/* Of the newest block, only what was given out can hold anything. */
static void block_wipe(struct arena *arena, struct arena_block *block)
{
    if (arena->secret)
        wipe(block->memory,
             block == arena->blocks ? (size_t)(arena->next - block->memory) : block->bytes);
}

static void block_free(struct arena *arena, struct arena_block *block)
{
    block_wipe(arena, block);
    free(block);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = NULL;
    for (struct arena_block *block = arena->blocks, *older; block; block = older) {
        older = block->older;
        if (!keep && block->bytes == BLOCK_BYTES) {
            keep = block;
            block_wipe(arena, block);
        } else {
            block_free(arena, block);
        }
    }
    if (keep)
        keep->older = NULL;
    arena->blocks = keep;
    arena->next = keep ? keep->memory : NULL;
    arena->left = keep ? keep->bytes : 0;
    arena->secret = false;
}

void arena_release(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks, *older; block; block = older) {
        older = block->older;
        block_free(arena, block);
    }
    *arena = (struct arena){0};
}

void arena_mark_secret(struct arena *arena)
{
    arena->secret = true;
}

static void block_add(struct arena *arena, size_t bytes)
{
    struct arena_block *block = malloc(sizeof(*block) + bytes);
    if (!block) {
        fputs("latchkey: out of memory\n", stderr);
        abort();
    }
    block->older = arena->blocks;
    block->bytes = bytes;
    arena->blocks = block;
    arena->next = block->memory;
    arena->left = bytes;
}

static char *take(struct arena *arena, size_t bytes)
{
    if (bytes > arena->left)
        block_add(arena, bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES);
    char *memory = arena->next;
    arena->next += bytes;
    arena->left -= bytes;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    size_t over = (uintptr_t)arena->next % ALIGNMENT;
    size_t padding = over ? ALIGNMENT - over : 0;
    if (padding + bytes > arena->left) {
        block_add(arena, bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES);
        padding = 0; /* a new block begins aligned */
    }
    char *memory = take(arena, bytes + padding) + padding;
    memset(memory, 0, bytes);
    return memory;
}

char *arena_bytes(struct arena *arena, size_t bytes)
{
    return take(arena, bytes);
}

str arena_copy(struct arena *arena, str s)
{
    char *copy = take(arena, s.len + 1);
    memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return (str){copy, s.len};
}

const char *arena_cstr(struct arena *arena, str s)
{
    return arena_copy(arena, s).ptr;
}

str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list first, second;
    va_start(first, format);
    va_copy(second, first);
    int len = vsnprintf(NULL, 0, format, first);
    va_end(first);
    if (len < 0)
        abort(); /* a format of our own that libc does not know */
    char *text = take(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, second);
    va_end(second);
    return (str){text, (size_t)len};
}

str arena_join(struct arena *arena, const str *pieces, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += pieces[i].len;
    char *text = take(arena, len + 1);
    char *end = text;
    for (size_t i = 0; i < count; i++) {
        memcpy(end, pieces[i].ptr, pieces[i].len);
        end += pieces[i].len;
    }
    *end = '\0';
    return (str){text, len};
}
