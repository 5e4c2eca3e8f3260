/*
 * The header fields around every answer: Label Studio's on its paths, the safe ones everywhere.
 */
#ifndef LATCHKEY_API_HEADERS_H
#define LATCHKEY_API_HEADERS_H

#include "http/request.h"
#include "http/response.h"
#include "service/context.h"

/* After the handler; what it set itself is left alone. */
void headers_add(const struct shared *shared, struct request *rq, struct response *rs);

/* A browser's question before a cross-origin request (the Fetch standard, CORS preflight). */
bool headers_is_preflight(const struct request *rq);
void headers_answer_preflight(struct request *rq, struct response *rs);

#endif
