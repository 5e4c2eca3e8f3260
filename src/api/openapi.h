/*
 * docs/openapi.yaml, as the build put it into the program (tools/openapi): the description of the
 * API for programs, and a page to read.
 */
#ifndef LATCHKEY_API_OPENAPI_H
#define LATCHKEY_API_OPENAPI_H

#include "http/router.h"

fast_handler openapi_json; /* GET /api/openapi.json */
fast_handler openapi_yaml; /* GET /api/openapi.yaml */
fast_handler openapi_page; /* GET /docs/api */

#endif
