/*
 * What whoever runs the daemon asks: does it live, can it work, which version is it.
 */
#ifndef LATCHKEY_API_OPERATIONS_H
#define LATCHKEY_API_OPERATIONS_H

#include "http/router.h"

fast_handler healthz;      /* GET /healthz: the process answers */
slow_handler readyz;       /* GET /readyz: so does the database */
fast_handler version_show; /* GET /api/v1/version */

#endif
