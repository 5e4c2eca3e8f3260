/*
 * POST /api/v1/leaks: whoever holds whole tokens may report them.
 */
#ifndef LATCHKEY_API_LEAKS_H
#define LATCHKEY_API_LEAKS_H

#include "http/router.h"

slow_handler leaks_report; /* ["token", …], 1 to 100 */

#endif
