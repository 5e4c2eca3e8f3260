/*
 * An array that grows in an arena, for lists whose length only the database knows.
 */
#ifndef LATCHKEY_STORE_MANY_H
#define LATCHKEY_STORE_MANY_H

#include "base/arena.h"

struct many {
    struct arena *arena; /* borrowed */
    size_t item_bytes;
    void *items; /* `count` of them; NULL while there is none */
    size_t count, room;
};

/* Room for one more item, zeroed. What was given before may have moved. */
static inline void *many_add(struct many *many)
{
    if (many->count == many->room) {
        size_t room = many->room ? many->room * 2 : 8;
        void *items = arena_alloc(many->arena, room * many->item_bytes);
        if (many->count > 0)
            memcpy(items, many->items, many->count * many->item_bytes);
        many->items = items;
        many->room = room;
    }
    return (char *)many->items + many->count++ * many->item_bytes;
}

#endif
