/* The rules of API keys, and who a request with one acts as. */
#include "service/members.h"
#include "service/organizations.h"
#include "service/settings.h"
#include "service/tokens.h"
#include "support/instance.h"
#include "token/api_key.h"
#include "unit/test.h"

#define ON_EACH_ENGINE(i, strict)                                                                  \
    (void)state;                                                                                   \
    struct instance i;                                                                             \
    for (enum engine engine_ = 0; engine_ < ENGINE_COUNT; engine_++)                               \
        if (engine_is_there(engine_))                                                              \
            for (bool once_ = (instance_open(&i, engine_, strict), true); once_;                   \
                 once_ = (instance_close(&i), false))

static enum error try_make(struct instance *i, const struct principal *who, enum token_kind kind,
                           const char *name, int64_t ttl_days, struct new_token *out)
{
    struct complaints complaints = {0};
    struct token_order order = {.kind = kind, .name = str_from(name), .ttl_days = ttl_days};
    return token_create(i->w, who, who->user_id, &order, i->now, &i->arena, &complaints, out);
}

static struct new_token make(struct instance *i, const struct principal *who, enum token_kind kind,
                             const char *name)
{
    struct new_token token = {.secret = STR("")};
    assert_ok(name, try_make(i, who, kind, name, 0, &token));
    return token;
}

static enum error patch_settings(struct instance *i, const struct settings_patch *patch)
{
    struct complaints complaints = {0};
    struct shown_settings settings;
    return settings_change(i->w, &i->owner, 1, patch, i->now, &i->arena, &complaints, &settings);
}

/* "Token …": there every fault is said. */
static str as_token(struct instance *i, str secret)
{
    return ARENA_JOIN(&i->arena, STR("Token "), secret);
}

static enum auth_fault fault_of(struct instance *i, str secret)
{
    return instance_ask(i, as_token(i, secret)).fault;
}

static int64_t number_from(struct db *db, const char *sql)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, sql);
    if (!err)
        err = query_row(&q);
    return err ? -1 : row_i64(&q, 0);
}

static void a_key_is_somebody_under_every_scheme_and_in_both_lanes(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token key = make(&i, &i.owner, TOKEN_API_KEY, "ci");
        assert_true(api_key_is_well_formed(key.secret));
        str headers[] = {as_token(&i, key.secret), instance_bearer(&i, key.secret)};
        for (size_t n = 0; n < COUNT_OF(headers); n++) {
            struct verdict verdict = instance_ask(&i, headers[n]);
            assert_int_equal(verdict.fault, FAULT_NONE);
            assert_int_equal(verdict.principal.kind, CREDENTIAL_API_KEY);
            assert_int_equal(verdict.principal.user_id, 1);
            assert_int_equal(verdict.principal.organization_id, 1);
            assert_int_equal(verdict.principal.role, ROLE_OWNER);
            assert_int_equal(verdict.principal.expires_at, key.row.expires_at);
            assert_str("id", verdict.principal.token_id, key.row.id);
            assert_ok("the fast lane", instance_ask_fast(&i, headers[n], &verdict));
            assert_int_equal(verdict.principal.kind, CREDENTIAL_API_KEY);
            assert_int_equal(verdict.principal.token_key, key.row.token_key);
        }
    }
}

static void at_rest_there_is_a_mac_and_a_hint_and_no_key(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token key = make(&i, &i.owner, TOKEN_API_KEY, "ci");
        unsigned char mac[MAC_BYTES];
        struct token_row row;
        mac_compute(&i.shared->auth.api_key_mac, key.secret, mac);
        assert_ok("by its MAC", tokens_find_by_mac(i.w->db, str_of((const char *)mac, sizeof(mac)),
                                                   &i.arena, &row));
        assert_str("the same", row.id, key.row.id);
        assert_int_equal(row.kind, TOKEN_API_KEY);
        assert_str("hint", row.hint, str_slice(key.secret, 0, 8));
        assert_int_equal(row.id.len, 32);
        mac_compute(&i.shared->auth.legacy_mac, key.secret, mac);
        assert_error(
            "by another purpose's MAC",
            tokens_find_by_mac(i.w->db, str_of((const char *)mac, sizeof(mac)), &i.arena, &row),
            ERR_NOT_FOUND);
        (void)make(&i, &i.owner, TOKEN_PAT, "laptop");
        assert_int_equal(
            number_from(i.w->db, "SELECT COUNT(*) FROM tokens WHERE (mac IS NULL) = (kind = 2)"),
            0);
    }
}

static void garbage_is_refused_without_a_look_into_the_store(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct verdict verdict;
        struct arena *arena = &i.arena;
        struct new_token key = make(&i, &i.owner, TOKEN_API_KEY, "ci");
        str last = str_slice(key.secret, key.secret.len - 1, 1);
        str mistyped = ARENA_JOIN(arena, str_slice(key.secret, 0, key.secret.len - 1),
                                  str_equal(last, STR("0")) ? STR("1") : STR("0"));
        str garbage[] = {mistyped, STR("lk_"), STR("lk_x"),
                         str_slice(key.secret, 0, key.secret.len - 1)};
        for (size_t n = 0; n < COUNT_OF(garbage); n++) {
            assert_ok("the fast lane decides",
                      instance_ask_fast(&i, as_token(&i, garbage[n]), &verdict));
            assert_int_equal(verdict.fault, FAULT_TOKEN_UNKNOWN);
        }
        str unknown = as_token(&i, api_key_new(arena));
        assert_error("well formed: the store is asked", instance_ask_fast(&i, unknown, &verdict),
                     ERR_WOULD_BLOCK);
        assert_int_equal(instance_ask(&i, unknown).fault, FAULT_TOKEN_UNKNOWN);
        assert_ok("once", instance_ask_fast(&i, unknown, &verdict));
        assert_int_equal(verdict.fault, FAULT_TOKEN_UNKNOWN);
    }
}

static void revoking_and_expiring_end_it_with_the_next_request(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token key, brief;
        struct verdict verdict;
        key = make(&i, &i.owner, TOKEN_API_KEY, "ci");
        assert_ok("brief", try_make(&i, &i.owner, TOKEN_API_KEY, "brief", 1, &brief));
        assert_int_equal(fault_of(&i, key.secret), FAULT_NONE);
        assert_int_equal(fault_of(&i, brief.secret), FAULT_NONE);

        assert_ok("revoke", token_revoke(i.w, &i.owner, key.row.id, i.now, &i.arena));
        assert_error("the fast lane looks closer",
                     instance_ask_fast(&i, as_token(&i, key.secret), &verdict), ERR_WOULD_BLOCK);
        assert_int_equal(fault_of(&i, key.secret), FAULT_TOKEN_UNKNOWN);
        assert_ok("then it remembers", instance_ask_fast(&i, as_token(&i, key.secret), &verdict));
        assert_int_equal(verdict.fault, FAULT_TOKEN_UNKNOWN);
        assert_error("twice", token_revoke(i.w, &i.owner, key.row.id, i.now, &i.arena),
                     ERR_REVOKED);

        i.now = brief.row.expires_at - 1;
        assert_int_equal(fault_of(&i, brief.secret), FAULT_NONE);
        i.now = brief.row.expires_at;
        assert_int_equal(fault_of(&i, brief.secret), FAULT_TOKEN_UNKNOWN);
    }
}

static void a_kind_switched_off_counts_nowhere_and_comes_back(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        const struct settings_patch off = {.has_api_keys = true},
                                    on = {.has_api_keys = true, .api_keys = true},
                                    pats_off = {.has_api_tokens = true};
        struct new_token key = make(&i, &i.owner, TOKEN_API_KEY, "ci"), other;
        assert_int_equal(fault_of(&i, key.secret), FAULT_NONE);
        assert_ok("off", patch_settings(&i, &off));
        assert_int_equal(fault_of(&i, key.secret), FAULT_API_KEY_OFF);
        assert_error("create", try_make(&i, &i.owner, TOKEN_API_KEY, "b", 0, &other), ERR_KIND_OFF);
        assert_error("rotate", token_rotate(i.w, &i.owner, key.row.id, 0, i.now, &i.arena, &other),
                     ERR_KIND_OFF);
        (void)make(&i, &i.owner, TOKEN_PAT, "pats go on");
        assert_ok("on", patch_settings(&i, &on));
        assert_ok("PATs off", patch_settings(&i, &pats_off));
        assert_int_equal(fault_of(&i, key.secret), FAULT_NONE);
        assert_ok("keys go on", try_make(&i, &i.owner, TOKEN_API_KEY, "b", 0, &other));
    }
}

static void rotating_makes_a_new_key_and_ends_the_old_one(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token old, successor, third;
        assert_ok("create", try_make(&i, &i.owner, TOKEN_API_KEY, "ci", 7, &old));
        assert_int_equal(fault_of(&i, old.secret), FAULT_NONE);
        i.now += DAYS(3);
        assert_ok("rotate", token_rotate(i.w, &i.owner, old.row.id, 0, i.now, &i.arena, &successor));
        assert_int_equal(successor.row.kind, TOKEN_API_KEY);
        assert_str("name", successor.row.name, STR("ci"));
        assert_true(api_key_is_well_formed(successor.secret));
        assert_false(str_equal(successor.secret, old.secret));
        assert_true(successor.row.expires_at > i.now + DAYS(6));
        assert_true(successor.row.expires_at <= i.now + DAYS(7));
        assert_int_equal(fault_of(&i, successor.secret), FAULT_NONE);
        assert_int_equal(fault_of(&i, old.secret), FAULT_TOKEN_UNKNOWN);
        assert_error("twice", token_rotate(i.w, &i.owner, old.row.id, 0, i.now, &i.arena, &third),
                     ERR_REVOKED);
    }
}

static void names_the_longest_life_and_the_number_are_shared_with_pats(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        const struct settings_patch limits = {
            .has_ttl_days = true, .ttl_days = 30, .has_max_tokens = true, .max_tokens = 2};
        struct new_token token;
        (void)make(&i, &i.owner, TOKEN_PAT, "one");
        assert_error("a PAT's name", try_make(&i, &i.owner, TOKEN_API_KEY, "one", 0, &token),
                     ERR_CONFLICT);
        assert_ok("limits", patch_settings(&i, &limits));
        assert_error("too long", try_make(&i, &i.owner, TOKEN_API_KEY, "two", 31, &token),
                     ERR_INVALID);
        assert_ok("unsaid", try_make(&i, &i.owner, TOKEN_API_KEY, "two", 0, &token));
        assert_true(token.row.expires_at <= i.now + DAYS(30));
        assert_error("a third", try_make(&i, &i.owner, TOKEN_API_KEY, "three", 0, &token),
                     ERR_LIMIT);
        assert_error("no kind", try_make(&i, &i.owner, 0, "four", 0, &token), ERR_KIND_OFF);
    }
}

static void it_ends_with_its_user_and_membership(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct principal ann = instance_member(&i, "ann@example.com", ROLE_MEMBER);
        struct new_token key = make(&i, &ann, TOKEN_API_KEY, "ci");
        assert_int_equal(fault_of(&i, key.secret), FAULT_NONE);
        assert_ok("deactivate",
                  account_set_active(i.w, &i.owner, ann.user_id, false, i.now, &i.arena));
        assert_int_equal(fault_of(&i, key.secret), FAULT_TOKEN_INACTIVE);
        assert_ok("activate",
                  account_set_active(i.w, &i.owner, ann.user_id, true, i.now, &i.arena));
        assert_int_equal(fault_of(&i, key.secret), FAULT_NONE);
        assert_ok("remove", member_remove(i.w, &i.owner, 1, ann.user_id, i.now, &i.arena));
        assert_int_equal(fault_of(&i, key.secret), FAULT_TOKEN_UNKNOWN);
        assert_ok("delete", account_delete(i.w, &i.operator, ann.user_id, i.now, &i.arena));
        assert_int_equal(fault_of(&i, key.secret), FAULT_TOKEN_UNKNOWN);
    }
}

static void strict_knows_no_api_keys(void **state)
{
    ON_EACH_ENGINE(i, true)
    {
        struct new_token token;
        assert_error("create", try_make(&i, &i.owner, TOKEN_API_KEY, "ci", 0, &token),
                     ERR_KIND_OFF);
        i.config.strict = false; /* one that was made before */
        struct new_token key = make(&i, &i.owner, TOKEN_API_KEY, "ci");
        i.config.strict = true;
        assert_int_equal(fault_of(&i, key.secret), FAULT_TOKEN_UNKNOWN);
        assert_int_equal(instance_ask(&i, instance_bearer(&i, key.secret)).fault,
                         FAULT_NO_CREDENTIALS);
        assert_ok("it does not stand in the way of Label Studio's one PAT",
                  token_create_default(i.w, &i.owner, i.now, &i.arena, &token));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_somebody_under_every_scheme_and_in_both_lanes),
        cmocka_unit_test(at_rest_there_is_a_mac_and_a_hint_and_no_key),
        cmocka_unit_test(garbage_is_refused_without_a_look_into_the_store),
        cmocka_unit_test(revoking_and_expiring_end_it_with_the_next_request),
        cmocka_unit_test(a_kind_switched_off_counts_nowhere_and_comes_back),
        cmocka_unit_test(rotating_makes_a_new_key_and_ends_the_old_one),
        cmocka_unit_test(names_the_longest_life_and_the_number_are_shared_with_pats),
        cmocka_unit_test(it_ends_with_its_user_and_membership),
        cmocka_unit_test(strict_knows_no_api_keys),
    };
    return cmocka_run_group_tests_name("tokens_api_key", tests, NULL, NULL);
}
