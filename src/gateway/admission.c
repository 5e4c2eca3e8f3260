#include "gateway/admission.h"

#include "auth/scope.h"
#include "gateway/identity.h"
#include "gateway/ready_answers.h"
#include "gateway/upstream_watch.h"
#include "http/request.h"
#include "http/response.h"
#include "service/organizations.h"
#include "service/usage.h"

#define ENDS_SOON DAYS(7)

struct basis basis_of(const struct shared *shared, const struct principal *who)
{
    return basis_take(shared->page, (uint64_t)who->user_id, (uint64_t)who->organization_id,
                      (uint64_t)who->token_key);
}

static usec sooner(usec a, usec b)
{
    return a < b ? a : b;
}

static void add_number(struct request *rq, struct response *rs, const char *name, int64_t value)
{
    response_header_static(rs, name, arena_printf(&rq->arena, "%lld", (long long)value).ptr);
}

/* For the nginx module, which keeps the answer itself: the counters that it rests on, its end. */
static void add_decision(const struct admission *a, usec until, struct response *rs)
{
    const struct basis *basis = a->module;
    const struct principal *who = a->rq->principal;
    if (who->guards != 0)
        return; /* it depends on the request: nothing to keep */
    if (!basis || !basis_holds(a->shared->page, basis))
        return; /* changed this very moment: nothing to keep */
    response_header_static(
        rs, "X-Latchkey-Decision",
        arena_printf(&a->rq->arena,
                     "v1 page=%s until=%lld basis=%u:%llu,%u:%llu,%u:%llu token=%lld",
                     a->shared->page_path ? a->shared->page_path : "-", (long long)until,
                     basis->slot[0], (unsigned long long)basis->version[0], basis->slot[1],
                     (unsigned long long)basis->version[1], basis->slot[2],
                     (unsigned long long)basis->version[2], (long long)usage_key(who))
            .ptr);
}

/* Who sends a token itself must learn in time that it ends; access tokens end all the time. */
static bool is_sent_directly(const struct principal *who)
{
    return who->kind == CREDENTIAL_PAT || who->kind == CREDENTIAL_API_KEY;
}

static bool ends_soon(const struct principal *who, usec now)
{
    return is_sent_directly(who) && who->expires_at - now < ENDS_SOON;
}

/* Until when the very same may be said. */
static usec same_until(const struct principal *who, const struct identity *identity)
{
    return is_sent_directly(who) ? sooner(identity->until, who->expires_at - ENDS_SOON)
                                 : identity->until;
}

static void tell(const struct admission *a, const struct identity *identity, struct response *rs)
{
    struct request *rq = a->rq;
    const struct principal *who = rq->principal;
    add_number(rq, rs, "X-Auth-User-Id", who->user_id);
    response_header(rs, "X-Auth-Email", identity->email);
    add_number(rq, rs, "X-Auth-Organization-Id", who->organization_id);
    response_header_static(rs, "X-Auth-Role", role_name(who->role).ptr);
    if (str_is_empty(who->scopes))
        response_header_static(rs, "X-Auth-Scope", SCOPE_ALL);
    else
        response_header(rs, "X-Auth-Scope", who->scopes);
    if (!str_is_empty(who->token_id))
        response_header(rs, "X-Auth-Token-Id", who->token_id);
    response_header_static(rs, "X-Auth-Token-Kind", credential_kind_name(who->kind).ptr);
    if (ends_soon(who, rq->now))
        add_number(rq, rs, "X-Auth-Token-Expires-In",
                   usec_to_seconds(who->expires_at) - usec_to_seconds(rq->now));
    response_header_static(rs, "Authorization",
                           ARENA_JOIN(&rq->arena, STR("Bearer "), identity->upstream_token).ptr);
    add_decision(a, sooner(identity->until, who->expires_at), rs);
    (void)reply_empty(rs, 200);
}

/*
 * The second time that a credential is shown the answer is kept, the third time it is there: one
 * that is shown once costs no place. What the module may keep has counters in it that were read
 * just now, and is told anew.
 */
enum error admit(const struct admission *a, struct response *rs)
{
    struct shared *shared = a->shared;
    struct request *rq = a->rq;
    const struct principal *who = rq->principal;
    bool may_be_ready = a->is_known && !a->module;
    struct identity identity;
    if (may_be_ready && ready_answers_reply(shared->ready, shared->page, who, rq->now, rs)) {
        upstream_watch_note(shared->watch, who->user_id);
        return OK;
    }
    struct basis basis = basis_of(shared, who); /* before the identity is read */
    enum error err = identity_load(shared, a->db, who, rq->now, &rq->arena, &identity);
    if (err)
        return err;
    upstream_watch_note(shared->watch, who->user_id);
    tell(a, &identity, rs);
    if (may_be_ready)
        ready_answers_keep(shared->ready, shared->page, who, &basis, same_until(who, &identity),
                           rq->now, rs);
    return OK;
}
