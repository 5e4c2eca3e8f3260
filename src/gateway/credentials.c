#include "gateway/credentials.h"

#include "base/encoding.h"

/* RFC 7617: base64 of "user:password". */
static enum error read_basic(struct request *rq, str encoded, str *out)
{
    str pair, user, password;
    enum error err = base64_decode(&rq->arena, str_trim_blanks(encoded), &pair);
    if (err)
        return err;
    arena_mark_secret(&rq->arena);
    if (!str_cut(pair, ':', &user, &password))
        return ERR_MALFORMED;
    str token = str_is_empty(password) ? user : password;
    *out = ARENA_JOIN(&rq->arena, STR("Token "), token);
    return OK;
}

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
    str basic = STR("Basic ");
    if (!str_starts_nocase(out->authorization, basic))
        return OK;
    return read_basic(rq, str_from_at(out->authorization, basic.len), &out->authorization);
}

bool wants_decision(const struct request *rq)
{
    return str_equal(rq->headers[HEADER_X_LATCHKEY_WANT], STR("decision"));
}
