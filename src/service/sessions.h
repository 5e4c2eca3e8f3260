/*
 * Where a user is signed in, and ending that.
 */
#ifndef LATCHKEY_SERVICE_SESSIONS_H
#define LATCHKEY_SERVICE_SESSIONS_H

#include "service/context.h"
#include "store/sessions.h"

#define SESSIONS_SHOWN 200 /* of one user, the last used ones */

/* What a session is found by; in the arena. */
str session_mac(const struct shared *shared, str cookie, struct arena *arena);
/* What it is called: 16 hexadecimal digits, of which no cookie can be made. */
str session_id(const struct session_row *row, struct arena *arena);

/* The caller's own, last used first. */
enum error sessions_of_caller(struct worker *w, const struct principal *who, usec now,
                              struct arena *arena, struct session_list *out) MUST_CHECK;
/* It counts no more with the next request. ERR_NOT_FOUND: none of the caller's. */
enum error session_end(struct worker *w, const struct principal *who, str id, usec now,
                       struct arena *arena) MUST_CHECK;
/* All but the one of that cookie (empty: all); *ended says how many. */
enum error sessions_end_others(struct worker *w, const struct principal *who, str cookie, usec now,
                               struct arena *arena, int64_t *ended) MUST_CHECK;

#endif
