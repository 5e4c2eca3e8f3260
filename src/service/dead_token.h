/*
 * A PAT or API key that is shown after its end: told to the audit log the first time; and when its
 * place was taken by a successor, the end of its whole family, since one of the two who have shown
 * a token of it has stolen it (RFC 9700 4.14.2).
 *
 * Whoever shows one gets the ordinary refusal. He had to have the whole token: its signature was
 * checked, or its MAC found, before. The second time costs nothing.
 */
#ifndef LATCHKEY_SERVICE_DEAD_TOKEN_H
#define LATCHKEY_SERVICE_DEAD_TOKEN_H

#include "service/context.h"

/*
 * `id` is a verdict's or an exchange's `dead_token`: nothing happens when it is empty. Outside any
 * transaction. A failure is logged, and the token stays refused; it is told at the next look. Under
 * --strict nothing happens.
 */
void token_dead_shown(struct worker *w, str id, usec now);

#endif
