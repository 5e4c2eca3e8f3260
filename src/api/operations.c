#include "api/operations.h"

#include "api/json.h"
#include "service/context.h"

enum error healthz(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)shared;
    (void)rq;
    return reply_text(rs, 200, STR("ok\n"));
}

enum error readyz(struct worker *w, struct request *rq, struct response *rs)
{
    enum error err = db_ping(w->db);
    if (err)
        return fail(rq, ERR_UNAVAILABLE, STR("the database cannot be reached"));
    if (!generation_is_current(w->shared->page, rq->now))
        return fail(rq, ERR_UNAVAILABLE, STR("changes made on other hosts are not heard"));
    return reply_text(rs, 200, STR("ready\n"));
}

enum error version_show(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)shared;
    (void)rq;
    json_t *body = json_object();
    json_add(body, "name", json_string("latchkey"));
    json_add(body, "version", json_string(LATCHKEY_VERSION));
    return reply_json_value(rs, 200, body);
}
