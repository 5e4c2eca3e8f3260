/*
 * GET /api/v1/scopes: what a token can be limited to.
 */
#ifndef LATCHKEY_API_SCOPES_H
#define LATCHKEY_API_SCOPES_H

#include "http/router.h"

fast_handler scopes_show;

#endif
