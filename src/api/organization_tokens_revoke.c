#include "api/fields.h"
#include "api/people.h"
#include "api/token_json.h"
#include "api/token_order.h"
#include "service/bulk_revoke.h"

/* "pat", "api_key", or "legacy", which has no rows of its own. */
static void read_kind(struct request *rq, const json_t *body, struct revoke_order *order)
{
    str name;
    if (!field_text(rq, body, "kind", &name))
        return;
    order->legacy = str_equal(name, STR("legacy"));
    if (!order->legacy && token_kind_of_name(name, &order->kind))
        complain(&rq->state->complaints, STR("kind"),
                 STR("Must be \"pat\", \"api_key\" or \"legacy\"."));
}

static bool are_ids(const struct revoke_order *order)
{
    for (size_t i = 0; i < order->id_count; i++)
        if (str_is_empty(order->ids[i]) || str_utf8_length(order->ids[i]) > REVOKE_ID_MAX)
            return false;
    return order->id_count >= 1 && order->id_count <= REVOKE_IDS_MAX;
}

static enum error read_order(struct request *rq, struct revoke_order *order)
{
    static const str known[] = {STR_INIT("ids"), STR_INIT("user_id"), STR_INIT("kind"),
                                STR_INIT("unused_days")};
    CLEANUP(json_release) json_t *body = NULL;
    enum error err = body_read_object(rq, &body);
    if (!err)
        err = body_refuse_unknown(rq, body, known, COUNT_OF(known));
    if (err)
        return err;
    if (texts_read(rq, body, "ids", &order->ids, &order->id_count) && !are_ids(order))
        complain(&rq->state->complaints, STR("ids"), STR("Must be 1 to 200 ids of tokens."));
    if (field_number(rq, body, "user_id", &order->user_id) && order->user_id < 1)
        complain(&rq->state->complaints, STR("user_id"), STR("Must be the id of a member."));
    read_kind(rq, body, order);
    if (field_number(rq, body, "unused_days", &order->unused_days) &&
        (order->unused_days < 1 || order->unused_days > UNUSED_DAYS_MAX))
        complain(&rq->state->complaints, STR("unused_days"),
                 STR("Must be a whole number from 1 to 36500."));
    return rq->state->complaints.count > 0 ? ERR_INVALID : OK;
}

enum error organization_tokens_revoke(struct worker *w, struct request *rq, struct response *rs)
{
    struct revoke_order order = {0};
    int64_t revoked = 0;
    enum error err = read_administered(rq, &order.organization_id);
    if (!err)
        err = read_order(rq, &order);
    if (!err)
        err = tokens_revoke_many(w, rq->principal, &order, rq->now, &rq->arena,
                                 &rq->state->complaints, &revoked);
    if (err)
        return err;
    json_t *body = json_object();
    json_add(body, "revoked", json_integer(revoked));
    return reply_json_value(rs, 200, body);
}
