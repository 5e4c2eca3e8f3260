/*
 * POST /oauth/revoke (RFC 7009): whoever holds a whole token may end it, without another
 * credential.
 *
 * A PAT and an API key end with all that was exchanged for them. A legacy token is replaced: its
 * owner finds another in its place. An access token lives for minutes and nothing is remembered of
 * it: it ends with what it came from, which alone can be revoked.
 */
#include "api/oauth.h"
#include "api/state.h"
#include "service/revoke_held.h"

enum error oauth_revoke(struct worker *w, struct request *rq, struct response *rs)
{
    struct form form;
    str token;
    enum error err = oauth_form_read(rq, &form);
    if (!err)
        err = oauth_require(rq, &form, "token", &token);
    if (!err)
        err = token_revoke_held(w, token, rq->now, &rq->arena);
    if (err == ERR_WRONG_TYPE)
        return oauth_fail(rq, "unsupported_token_type",
                          STR("An access token ends by itself in minutes; revoke the token that it "
                              "came from."));
    if (err && err != ERR_NOT_FOUND) /* an unknown one is as good as revoked (2.2) */
        return err;
    return reply_empty(rs, 200);
}
