/*
 * "Did you mean …": which of some known words is closest to one that was typed.
 */
#ifndef LATCHKEY_BASE_NEAREST_H
#define LATCHKEY_BASE_NEAREST_H

#include "base/str.h"

struct nearest {
    str word; /* borrowed; empty: nothing was close enough */
    size_t distance;
};

/*
 * Offers one candidate; the best so far stays in `best`, which starts all zero. A candidate is
 * close when few letters were missed, doubled, mistaken or swapped, or when it begins with `typed`.
 */
void nearest_offer(struct nearest *best, str typed, str candidate);

#endif
