/*
 * The one route table: what answers a URL, who may call it, in which dialect, how much body.
 */
#ifndef LATCHKEY_API_ROUTES_H
#define LATCHKEY_API_ROUTES_H

#include "http/router.h"

extern const struct route routes[];
extern const size_t routes_count;

#endif
