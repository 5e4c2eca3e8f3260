#include "gateway/credentials.h"

#include "auth/basic.h"

enum error credentials_read(struct request *rq, struct presented *out)
{
    *out = (struct presented){
        .has_api_key = request_has(rq, HEADER_X_API_KEY),
        .api_key = rq->headers[HEADER_X_API_KEY],
        .has_authorization = request_has(rq, HEADER_AUTHORIZATION),
        .authorization = rq->headers[HEADER_AUTHORIZATION],
        .session = STR(""),
    };
    if (out->has_api_key)
        return OK;
    if (!out->has_authorization) {
        (void)request_cookie(rq, STR("sessionid"), &out->session);
        return OK;
    }
    str token;
    enum error err = basic_read(out->authorization, &rq->arena, &token);
    if (!err)
        out->authorization = ARENA_JOIN(&rq->arena, STR("Token "), token);
    return err == ERR_NOT_FOUND ? OK : err;
}

bool wants_decision(const struct request *rq)
{
    return str_equal(rq->headers[HEADER_X_LATCHKEY_WANT], STR("decision"));
}
