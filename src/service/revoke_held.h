/*
 * Ending a token by its whole text: whoever holds it may.
 */
#ifndef LATCHKEY_SERVICE_REVOKE_HELD_H
#define LATCHKEY_SERVICE_REVOKE_HELD_H

#include "service/context.h"

/*
 * A PAT or an API key ends, with all that was exchanged for it; a legacy token is replaced.
 * ERR_NOT_FOUND   unknown, not whole, or ended before
 * ERR_WRONG_TYPE  an access token, which cannot be ended by itself
 */
enum error token_revoke_held(struct worker *w, str text, usec now, struct arena *arena) MUST_CHECK;

#endif
