/*
 * GET /api/current-user/whoami. The most asked of all answers: its body is kept, and the event
 * thread gives it without a look at the database while nothing of the user or the organization has
 * changed.
 */
#include "api/json.h"
#include "api/ls_handlers.h"
#include "api/ls_user.h"
#include "service/accounts.h"

/* For what no counter of the two stands for: the e-mail of the organization's founder. */
#define BODY_AGE MINUTES(1)

/* The same for everybody: Community has no roles. */
static const char *const permissions[] = {
    "organizations.create",
    "organizations.view",
    "organizations.change",
    "organizations.delete",
    "organizations.invite",
    "projects.create",
    "projects.view",
    "projects.change",
    "projects.delete",
    "projects.reset_cache",
    "tasks.create",
    "tasks.view",
    "tasks.change",
    "tasks.delete",
    "views.reset",
    "annotations.create",
    "annotations.view",
    "annotations.change",
    "annotations.delete",
    "actions.perform",
    "predictions.any",
    "avatar.any",
    "labels.create",
    "labels.view",
    "labels.change",
    "labels.delete",
    "models.create",
    "models.view",
    "models.change",
    "models.delete",
    "model_provider_connection.create",
    "model_provider_connection.view",
    "model_provider_connection.change",
    "model_provider_connection.delete",
    "webhooks.view",
    "webhooks.change",
    "users.token.any",
    "storages.view",
    "storages.change",
    "storages.sync",
    "views.view",
    "views.create",
    "views.change",
    "views.delete",
};
_Static_assert(COUNT_OF(permissions) == 44, "as many as Label Studio 1.23.2 has");

/* One body for each user and each organization that the user may act in. */
struct body_key {
    int64_t user_id, organization_id;
};

static str key_text(const struct body_key *key)
{
    return str_of((const char *)key, sizeof(*key));
}

static struct body_key key_of(const struct principal *who)
{
    return (struct body_key){who->user_id, who->organization_id};
}

enum error ls_whoami(struct shared *shared, struct request *rq, struct response *rs)
{
    struct body_key key = key_of(rq->principal);
    char *body = arena_bytes(&rq->arena, BODY_KEPT_MAX);
    size_t len;
    if (rq->query.len > 0) /* it may pick members: not kept */
        return ERR_WOULD_BLOCK;
    if (!decision_find(shared->bodies, shared->page, TAG_WHOAMI, key_text(&key), rq->now, body,
                       BODY_KEPT_MAX, &len))
        return ERR_WOULD_BLOCK;
    return reply_json(rs, 200, str_of(body, len));
}

static json_t *permissions_json(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < COUNT_OF(permissions); i++)
        json_array_append_new(list, json_string(permissions[i]));
    return list;
}

static enum error make_body(struct worker *w, struct request *rq, json_t **out)
{
    const struct principal *who = rq->principal;
    struct user_row row;
    struct ls_user me = {.row = &row, .active_organization_id = who->organization_id};
    enum error err = account_show(w, who, who->user_id, &rq->arena, &row);
    if (!err) /* the organization that counts; a row may still name one that the user was put out of
               */
        err = directory_card(w, who->organization_id, &rq->arena, &me.card);
    if (err)
        return err;
    *out = ls_user_json(&me, &rq->arena);
    json_add(*out, "permissions", permissions_json());
    ls_pick(rq, "include", *out);
    return OK;
}

enum error ls_whoami_load(struct worker *w, struct request *rq, struct response *rs)
{
    struct shared *shared = w->shared;
    struct body_key key = key_of(rq->principal);
    struct basis basis = basis_take(shared->page, (uint64_t)key.user_id,
                                    (uint64_t)key.organization_id, 0); /* before the reading */
    json_t *value;
    enum error err = make_body(w, rq, &value);
    if (err)
        return err;
    str body = json_write(&rq->arena, value);
    if (rq->query.len == 0)
        decision_keep(shared->bodies, shared->page, TAG_WHOAMI, key_text(&key), &basis,
                      rq->now + BODY_AGE, body);
    return reply_json(rs, 200, body);
}
