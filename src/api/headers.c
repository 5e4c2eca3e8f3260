#include "api/headers.h"

#include "api/state.h"

static void add_allowances(struct response *rs)
{
    response_header_static(rs, "Access-Control-Allow-Methods",
                           "DELETE, GET, OPTIONS, PATCH, POST, PUT");
    response_header_static(rs, "Access-Control-Allow-Headers",
                           "accept, authorization, content-type, idempotency-key, user-agent, "
                           "x-api-key, x-csrftoken, x-requested-with");
    response_header_static(rs, "Access-Control-Max-Age", "86400");
}

static void add_cors(const struct request *rq, struct response *rs)
{
    /* any origin, and never its cookies: tokens alone count across origins */
    if (request_has(rq, HEADER_ORIGIN))
        response_header_static(rs, "Access-Control-Allow-Origin", "*");
}

/*
 * RFC 6797, where this program speaks TLS itself; a proxy that does says so itself, for it knows
 * what else it serves. Not for the names below: nobody knows what they are.
 */
static void add_transport_security(const struct shared *shared, const struct request *rq,
                                   struct response *rs)
{
    if (rq->is_tls && !shared->config->strict && rq->state->dialect != DIALECT_PLAIN)
        response_header_static(rs, "Strict-Transport-Security", "max-age=31536000");
}

void headers_add(const struct shared *shared, struct request *rq, struct response *rs)
{
    add_transport_security(shared, rq, rs);
    if (rq->state->dialect != DIALECT_PLAIN) {
        response_header_static(rs, "X-Content-Type-Options", "nosniff");
        response_header(rs, "X-Request-ID", rq->request_id); /* finds its line in the log */
    }
    switch (rq->state->dialect) {
    case DIALECT_LABEL_STUDIO:
    case DIALECT_LABEL_STUDIO_JWT:
        if (rq->state->allowed)
            response_header(rs, "Allow", methods_list(&rq->arena, rq->state->allowed));
        response_header_static(rs, "Vary", "Accept-Language, Cookie, origin");
        response_header_static(rs, "Content-Language", "en-us");
        response_header_static(rs, "Referrer-Policy", "same-origin");
        response_header_static(rs, "Cross-Origin-Opener-Policy", "same-origin");
        /* tokens are among them, which no browser is to keep; Label Studio does not say so */
        if (!shared->config->strict)
            response_header_static(rs, "Cache-Control", "no-store");
        add_cors(rq, rs);
        if (rq->method == METHOD_OPTIONS && request_has(rq, HEADER_ORIGIN))
            add_allowances(rs); /* on any answer to OPTIONS, as Label Studio has it */
        break;
    case DIALECT_OWN:
        if (rs->status == 405)
            response_header(rs, "Allow", methods_list(&rq->arena, rq->state->allowed));
        if (!response_get_header(rs, "Cache-Control"))
            response_header_static(rs, "Cache-Control", "no-store");
        add_cors(rq, rs);
        break;
    case DIALECT_OAUTH:
        if (rs->status == 405)
            response_header(rs, "Allow", methods_list(&rq->arena, rq->state->allowed));
        if (!response_get_header(rs, "Cache-Control")) {
            response_header_static(rs, "Cache-Control", "no-store");
            response_header_static(rs, "Pragma", "no-cache"); /* RFC 6749 5.1 */
        }
        add_cors(rq, rs);
        break;
    case DIALECT_PAGE:
        if (rs->status == 405)
            response_header(rs, "Allow", methods_list(&rq->arena, rq->state->allowed));
        response_header_static(rs, "Referrer-Policy", "same-origin");
        response_header_static(rs, "Cross-Origin-Opener-Policy", "same-origin");
        break;
    case DIALECT_PLAIN:
        if (rs->status == 405)
            response_header(rs, "Allow", methods_list(&rq->arena, rq->state->allowed));
        break;
    }
}

bool headers_is_preflight(const struct request *rq)
{
    return rq->method == METHOD_OPTIONS && request_has(rq, HEADER_ORIGIN) &&
           request_has(rq, HEADER_ACCESS_CONTROL_REQUEST_METHOD) &&
           rq->state->dialect != DIALECT_PAGE && rq->state->dialect != DIALECT_PLAIN;
}

void headers_answer_preflight(struct request *rq, struct response *rs)
{
    add_cors(rq, rs);
    add_allowances(rs);
    response_header_static(rs, "Vary", "origin");
    (void)reply_empty(rs, 200);
}
