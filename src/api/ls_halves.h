/*
 * Half a surrogate pair in a JSON text ("\ud800" alone). Python's reader takes it and Label Studio
 * then complains about the field that has it; our reader takes Unicode only. So it is replaced by a
 * character of a range that nobody uses (U+10F000 to U+10F7FF, private), and found again there.
 */
#ifndef LATCHKEY_API_LS_HALVES_H
#define LATCHKEY_API_LS_HALVES_H

#include "base/arena.h"
#include "base/str.h"

/* `text` itself if it has none, which is nearly always; else a copy in `arena`. */
str halves_replace(struct arena *arena, str text, bool *has_halves);

/* The first half in a text that was read: 0xD800 to 0xDFFF; 0: none. Only meaningful where
 * halves_replace found some: a text with that private range's own characters is none of ours. */
unsigned halves_first(str text);

#endif
