#include "api/powers.h"

#include "api/state.h"
#include "auth/guard.h"
#include "auth/scope.h"
#include "http/router.h"

/* From the least to the most. */
enum power {
    POWER_NONE,   /* any credential */
    POWER_LOOK,   /* "read", or a set that has it */
    POWER_TOKENS, /* "tokens" */
    POWER_ALL,
};

/* Paths as in the route table, without a final "/?"; one ends a segment. The first that fits. */
static const struct {
    str path;
    methods methods;
    enum power power;
} powers[] = {
    {STR_INIT("/api/current-user/whoami"), METHODS_ANY, POWER_NONE},
    {STR_INIT("/api/v1/session"), METHODS_GET | METHODS_HEAD | METHODS_OPTIONS, POWER_NONE},
    {STR_INIT("/api/v1/scopes"), METHODS_ANY, POWER_NONE},
    {STR_INIT("/api/v1/leaks"), METHODS_ANY, POWER_NONE}, /* it needs no credential at all */

    {STR_INIT("/api/current-user/token"), METHODS_ANY, POWER_ALL},
    {STR_INIT("/api/v1/legacy-token"), METHODS_ANY, POWER_ALL},
    {STR_INIT("/api/invite"), METHODS_ANY, POWER_ALL},

    {STR_INIT("/api/token"), METHODS_ANY, POWER_TOKENS},
    {STR_INIT("/api/v1/tokens"), METHODS_ANY, POWER_TOKENS},
};

static enum power power_needed(const struct request *rq)
{
    str route = str_from(rq->route->path);
    for (size_t i = 0; i < COUNT_OF(powers); i++) {
        str rest = str_from_at(route, powers[i].path.len);
        if (str_starts(route, powers[i].path) && methods_have(powers[i].methods, rq->method) &&
            (str_is_empty(rest) || str_starts(rest, STR("/"))))
            return powers[i].power;
    }
    return method_is_safe(rq->method) ? POWER_LOOK : POWER_ALL;
}

static bool may_look(const struct shared *shared, const struct request *rq, str scopes)
{
    const struct scope_question question = {.has_method = true,
                                            .method = rq->method,
                                            .raw_path = rq->raw_path,
                                            .base = shared->base_path};
    return scope_list_has(scopes, STR(SCOPE_READ)) ||
           scopes_permit(shared->scopes, scopes, &question) == SCOPE_YES;
}

static bool has_power(const struct shared *shared, const struct request *rq, enum power power)
{
    str scopes = rq->principal->scopes;
    switch (power) {
    case POWER_NONE:
        return true;
    case POWER_LOOK:
        return may_look(shared, rq, scopes);
    case POWER_TOKENS:
        return scope_list_has(scopes, STR(SCOPE_TOKENS)) ||
               (method_is_safe(rq->method) && scope_list_has(scopes, STR(SCOPE_READ)));
    case POWER_ALL:
        return false;
    }
    return false;
}

static enum error check_scopes(const struct shared *shared, struct request *rq)
{
    static const str needed[] = {
        [POWER_NONE] = STR_INIT(""),
        [POWER_LOOK] = STR_INIT(SCOPE_READ),
        [POWER_TOKENS] = STR_INIT(SCOPE_TOKENS),
        [POWER_ALL] = STR_INIT(SCOPE_ALL),
    };
    enum power power = power_needed(rq);
    if (has_power(shared, rq, power))
        return OK;
    rq->state->scope_needed = needed[power];
    return fail(rq, ERR_SCOPE,
                arena_printf(&rq->arena,
                             "This token's scopes (%.*s) do not allow this; it needs the scope "
                             "\"%.*s\".",
                             STR_ARG(rq->principal->scopes), STR_ARG(needed[power])));
}

/* Legacy tokens and invited people count from everywhere: more than a bound token may hand out. */
static enum error check_networks(struct request *rq)
{
    static const str unbound[] = {STR_INIT("/api/current-user/token"),
                                  STR_INIT("/api/current-user/reset-token"),
                                  STR_INIT("/api/v1/legacy-token"), STR_INIT("/api/invite")};
    str route = str_from(rq->route->path);
    if (rq->method == METHOD_OPTIONS) /* says what may be asked, and shows none */
        return OK;
    for (size_t i = 0; i < COUNT_OF(unbound); i++)
        if (str_starts(route, unbound[i]))
            return fail(rq, ERR_FORBIDDEN,
                        STR("This token counts from some networks only, and what this shows or "
                            "makes from everywhere: sign in for it."));
    if (str_ends(route, STR("/invitations/?")) && rq->method == METHOD_POST)
        return fail(rq, ERR_FORBIDDEN,
                    STR("This token counts from some networks only, and whoever is invited from "
                        "everywhere: sign in to invite."));
    return OK;
}

enum error powers_check(struct shared *shared, struct worker *w, struct request *rq)
{
    enum error err = guard_check_address(&shared->auth, w ? w->db : NULL, rq->principal,
                                         rq->client_address, rq->now, &rq->arena);
    if (!err && (rq->principal->guards & GUARD_SCOPES))
        err = check_scopes(shared, rq);
    if (!err && (rq->principal->guards & GUARD_TOKEN_ADDRESSES))
        err = check_networks(rq);
    return err;
}
