/*
 * What the server calls: the way of a request through the API.
 *
 *   route → preflight → Accept → credentials → rights → method → scopes and address → cross-site →
 *   handler → headers
 *
 * That order is Label Studio's, so that a caller without credentials learns nothing about methods
 * and bodies.
 */
#ifndef LATCHKEY_API_DISPATCH_H
#define LATCHKEY_API_DISPATCH_H

#include "http/server.h"
#include "service/context.h"

/* The callbacks for server_start; `shared` gets its router. ERR_INVALID: the route table is wrong.
 */
enum error api_start(struct shared *shared, struct server_app *out,
                     const char **problem) MUST_CHECK;
void api_stop(struct shared *shared);

#endif
