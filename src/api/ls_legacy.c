#include "api/json.h"
#include "api/ls_handlers.h"
#include "service/legacy.h"

static enum error reply_token(struct response *rs, int status, str token)
{
    json_t *body = json_object();
    json_add(body, "token", json_from_str(token));
    return reply_json_value(rs, status, body);
}

/* GET /api/current-user/token */
enum error ls_legacy_token_show(struct worker *w, struct request *rq, struct response *rs)
{
    str token;
    enum error err =
        legacy_token_read(w, rq->principal, rq->principal->user_id, rq->now, &rq->arena, &token);
    return err ? err : reply_token(rs, 200, token);
}

/* POST /api/current-user/reset-token */
enum error ls_legacy_token_reset(struct worker *w, struct request *rq, struct response *rs)
{
    str token;
    enum error err =
        legacy_token_reset(w, rq->principal, rq->principal->user_id, rq->now, &rq->arena, &token);
    return err ? err : reply_token(rs, 201, token);
}
