#include "base/waiting.h"

#include <stddef.h>

static _Thread_local struct waiting mine;

void waiting_set(const struct waiting *waiting)
{
    mine = waiting ? *waiting : (struct waiting){0};
}

void waiting_begins(void)
{
    if (mine.begins)
        mine.begins(mine.context);
}

void waiting_ends(void)
{
    if (mine.ends)
        mine.ends(mine.context);
}
