/*
 * PATs that the store has no row of.
 */
#ifndef LATCHKEY_AUTH_UNKNOWN_PAT_H
#define LATCHKEY_AUTH_UNKNOWN_PAT_H

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"

struct key_ring;
struct pat;
struct subject;

/*
 * A verified PAT without a row counts if Label Studio's key signed it: Label Studio may have issued
 * it itself. One of our own keys with no row was never answered, or belongs to a lost database.
 */
bool unknown_pat_counts(str token, const struct key_ring *keys, struct arena *arena);

/*
 * Its end: no later than its organization's longest life after it was issued. (What has a row was
 * bounded when it was made, or when the limit was lowered.) Strict: what it says.
 */
usec unknown_pat_end(const struct pat *pat, const struct subject *subject, bool is_strict);

#endif
