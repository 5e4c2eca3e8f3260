/*
 * What came of a delivery, in words: for the commands that list them.
 */
#ifndef LATCHKEY_CLI_WEBHOOK_OUTCOME_H
#define LATCHKEY_CLI_WEBHOOK_OUTCOME_H

#include "service/webhooks.h"

static inline str webhook_outcome(const struct delivery_row *row, struct arena *arena)
{
    if (row->delivered_at != 0)
        return arena_printf(arena, "delivered, %lld", (long long)row->status);
    if (row->attempts == 0)
        return STR("waits");
    return str_is_empty(row->problem) ? STR("under way") : row->problem;
}

#endif
