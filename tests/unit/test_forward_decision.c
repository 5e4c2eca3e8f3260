/*
 * What nginx's module is told that it may keep, when a change comes in the very midst of the
 * answer. The steps of an answer are wrapped by the linker, so that the change comes just there.
 */
#include <stdio.h>

#include "gateway/forward_auth.h"
#include "gateway/identity.h"
#include "service/members.h"
#include "service/organizations.h"
#include "service/tokens.h"
#include "support/instance.h"
#include "told.h"
#include "unit/test.h"

#define STEPS_MAX 8

/* Where the change comes: after how many steps. */
static struct {
    struct instance *instance;
    int64_t user_id;
    int steps, at;
} change;

static void set_role(enum role role)
{
    struct instance *i = change.instance;
    assert_ok("set-role",
              member_set_role(i->w, &i->operator, 1, change.user_id, role, time_now(), &i->arena));
}

static void step(void)
{
    if (++change.steps == change.at)
        set_role(ROLE_OWNER);
}

enum error __real_authenticate(struct auth *auth, struct db *db, const struct presented *presented,
                               usec now, struct arena *arena, struct verdict *out);
enum error __wrap_authenticate(struct auth *auth, struct db *db, const struct presented *presented,
                               usec now, struct arena *arena, struct verdict *out);
enum error __wrap_authenticate(struct auth *auth, struct db *db, const struct presented *presented,
                               usec now, struct arena *arena, struct verdict *out)
{
    enum error err = __real_authenticate(auth, db, presented, now, arena, out);
    step();
    return err;
}

enum error __real_identity_load(struct shared *shared, struct db *db, const struct principal *who,
                                usec now, struct arena *arena, struct identity *out);
enum error __wrap_identity_load(struct shared *shared, struct db *db, const struct principal *who,
                                usec now, struct arena *arena, struct identity *out);
enum error __wrap_identity_load(struct shared *shared, struct db *db, const struct principal *who,
                                usec now, struct arena *arena, struct identity *out)
{
    enum error err = __real_identity_load(shared, db, who, now, arena, out);
    step();
    return err;
}

/* What the module is told. False: nothing that it may keep. */
static bool ask(struct instance *i, str pat, const char **role, struct told_decision *decision)
{
    struct request rq;
    struct response rs;
    request_init(&rq);
    rq.now = time_now();
    rq.peer.is_unix = true;
    assert_ok("target", request_set_target(&rq, STR("/auth")));
    request_set_header(&rq, HEADER_AUTHORIZATION, instance_bearer(i, pat));
    request_set_header(&rq, HEADER_X_LATCHKEY_WANT, STR("decision"));
    response_init(&rs, &rq.arena);
    assert_ok("ask", forward_auth_load(i->w, &rq, &rs));
    assert_int_equal(rs.status, 200);
    *role = arena_copy(&i->arena, str_from(response_get_header(&rs, "X-Auth-Role"))).ptr;
    const char *told = response_get_header(&rs, "X-Latchkey-Decision");
    if (told) {
        str text = arena_copy(&i->arena, str_from(told));
        assert_ok("told", told_decision_read(text, decision));
    }
    request_release(&rq);
    return told != NULL;
}

static str pat_of(struct instance *i, int64_t user_id)
{
    struct complaints complaints = {0};
    struct new_token token = {.secret = STR("")};
    struct token_order order = {.kind = TOKEN_PAT, .name = STR("laptop")};
    assert_ok("token", token_create(i->w, &i->operator, user_id, &order, i->now, &i->arena,
                                    &complaints, &token));
    return token.secret;
}

static void open_with_member(struct instance *i, enum engine engine, str *pat)
{
    instance_open(i, engine, false);
    struct principal bob = instance_member(i, "bob@example.com", ROLE_MEMBER);
    change.instance = i;
    change.user_id = bob.user_id;
    *pat = pat_of(i, bob.user_id);
}

static void what_may_be_kept_is_what_counts_wherever_a_change_comes(void **state)
{
    (void)state;
    for (enum engine engine = 0; engine < ENGINE_COUNT; engine++) {
        struct instance i;
        str pat;
        if (!engine_is_there(engine))
            continue;
        open_with_member(&i, engine, &pat);
        bool came = true;
        for (int at = 1; came; at++) {
            const char *role;
            struct told_decision decision;
            set_role(ROLE_MEMBER);
            change.steps = 0;
            change.at = at;
            bool may_keep = ask(&i, pat, &role, &decision);
            came = change.steps >= at;
            const char *counts = came ? "owner" : "member";
            if (may_keep && basis_holds(i.shared->page, &decision.basis) &&
                strcmp(role, counts) != 0)
                fail_msg("changed after step %d: \"%s\" may be kept, and \"%s\" counts", at, role,
                         counts);
            if (!came && !may_keep)
                fail_msg("nothing changed, and nothing may be kept");
            assert_true(at < STEPS_MAX);
        }
        assert_true(change.steps >= 3); /* two looks at the caller, one at who that is */
        instance_close(&i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_be_kept_is_what_counts_wherever_a_change_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
