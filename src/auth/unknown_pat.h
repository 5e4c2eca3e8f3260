/*
 * PATs that the store has no row of.
 */
#ifndef LATCHKEY_AUTH_UNKNOWN_PAT_H
#define LATCHKEY_AUTH_UNKNOWN_PAT_H

#include "base/arena.h"
#include "base/str.h"

struct key_ring;

/*
 * A verified PAT without a row counts if Label Studio's key signed it: Label Studio may have issued
 * it itself. One of our own keys with no row was never answered, or belongs to a lost database.
 */
bool unknown_pat_counts(str token, const struct key_ring *keys, struct arena *arena);

#endif
