#include "api/legacy_token.h"

#include "api/token_usage.h"
#include "service/legacy_shown.h"

/* The answers have the secret: no cache may keep them (api/headers.c says so for every answer). */
static enum error reply(struct request *rq, struct response *rs, const struct legacy_token *token)
{
    json_t *body = json_object();
    json_add(body, "token", json_from_str(token->text));
    json_add(body, "created_at", json_from_time(&rq->arena, token->created_at));
    token_json_add_usage(body, &token->usage, USAGE_LAST, &rq->arena);
    return reply_json_value(rs, 200, body);
}

enum error legacy_token_get(struct worker *w, struct request *rq, struct response *rs)
{
    struct legacy_token token;
    enum error err = legacy_token_show(w, rq->principal, rq->now, &rq->arena, &token);
    return err ? err : reply(rq, rs, &token);
}

enum error legacy_token_post_reset(struct worker *w, struct request *rq, struct response *rs)
{
    struct legacy_token token;
    enum error err = legacy_token_renew(w, rq->principal, rq->now, &rq->arena, &token);
    return err ? err : reply(rq, rs, &token);
}
