#include "api/access_log.h"

#include "api/state.h"
#include "base/log.h"
#include "http/router.h"

void access_log(const struct request *rq, const struct response *rs, usec took, bool sent)
{
    enum log_level level = rs->status >= 500 ? LOG_WARNING : LOG_DEBUG;
    if (!log_is_on(level))
        return;
    const struct log_field fields[] = {
        {.name = "method", .text = method_name(rq->method)},
        /* the pattern, not the path: a path may hold what should not be in a log */
        {.name = "route", .text = str_from(rq->route ? rq->route->path : "-")},
        {.name = "status", .number = rs->status, .is_number = true},
        {.name = "us", .number = took, .is_number = true},
        {.name = "client", .text = rq->state ? rq->state->client_address : STR("-")},
        {.name = "user", .number = rq->principal ? rq->principal->user_id : 0, .is_number = true},
        {.name = "request_id", .text = rq->request_id},
        {.name = "sent", .text = sent ? STR("yes") : STR("no")},
    };
    log_fields(level, "request", fields, COUNT_OF(fields));
}
