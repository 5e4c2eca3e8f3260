/*
 * /api/v1/legacy-token: one's own, with its last use. 403 where the kind is switched off.
 */
#ifndef LATCHKEY_API_LEGACY_TOKEN_H
#define LATCHKEY_API_LEGACY_TOKEN_H

#include "http/router.h"

slow_handler legacy_token_get;        /* GET  …/legacy-token */
slow_handler legacy_token_post_reset; /* POST …/legacy-token/reset */

#endif
