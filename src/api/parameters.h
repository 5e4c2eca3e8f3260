/*
 * A query of /api/v1, held against the parameters that the route's row names: as a body's unknown
 * field, one that nobody reads is refused, for it was meant to do something.
 */
#ifndef LATCHKEY_API_PARAMETERS_H
#define LATCHKEY_API_PARAMETERS_H

#include "http/request.h"

/*
 * ERR_INVALID  a parameter that the route does not read, one that came twice, or one that is badly
 *              encoded; each complained of by name. Other routes' queries are nobody's question.
 */
enum error parameters_check(struct request *rq) MUST_CHECK;

#endif
