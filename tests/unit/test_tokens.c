#include "service/legacy.h"
#include "service/members.h"
#include "service/organizations.h"
#include "service/settings.h"
#include "service/tokens.h"
#include "support/instance.h"
#include "token/access.h"
#include "token/key_ring.h"
#include "unit/test.h"

#define ON_EACH_ENGINE(i, strict)                                                                  \
    (void)state;                                                                                   \
    struct instance i;                                                                             \
    for (enum engine engine_ = 0; engine_ < ENGINE_COUNT; engine_++)                               \
        if (engine_is_there(engine_))                                                              \
            for (bool once_ = (instance_open(&i, engine_, strict), true); once_;                   \
                 once_ = (instance_close(&i), false))

static struct new_token make(struct instance *i, const struct principal *who, const char *name)
{
    struct complaints complaints = {0};
    struct new_token token = {.secret = STR("")};
    struct token_order order = {.kind = TOKEN_PAT, .name = str_from(name)};
    assert_ok(name, token_create(i->w, who, who->user_id, &order, i->now, &i->arena, &complaints,
                                 &token));
    return token;
}

static str exchange(struct instance *i, str pat)
{
    struct exchanged exchanged = {.access = STR("")};
    assert_ok("exchange", token_exchange(i->shared, i->w->db, pat, i->now, &i->arena, &exchanged));
    return exchanged.access;
}

static enum error exchange_error(struct instance *i, struct db *db, str pat)
{
    struct exchanged exchanged;
    return token_exchange(i->shared, db, pat, i->now, &i->arena, &exchanged);
}

static enum error patch_settings(struct instance *i, const struct principal *who,
                                 const struct settings_patch *patch)
{
    struct complaints complaints = {0};
    struct shown_settings settings;
    return settings_change(i->w, who, 1, patch, i->now, &i->arena, &complaints, &settings);
}

static void two_living_tokens_cannot_have_one_name(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct complaints complaints = {0};
        struct token_order order = {.kind = TOKEN_PAT, .name = STR("laptop")};
        struct new_token token;
        struct new_token first = make(&i, &i.owner, "laptop");
        assert_error("the same name",
                     token_create(i.w, &i.owner, 1, &order, i.now, &i.arena, &complaints, &token),
                     ERR_CONFLICT);
        assert_ok("revoke", token_revoke(i.w, &i.owner, first.row.id, i.now, &i.arena));
        (void)make(&i, &i.owner, "laptop"); /* free again */
        struct principal bob = instance_member(&i, "bob@example.com", ROLE_MEMBER);
        (void)make(&i, &bob, "laptop"); /* another's names are his own */
    }
}

static void an_expired_token_frees_its_name(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct complaints complaints = {0};
        struct token_order order = {.kind = TOKEN_PAT, .name = STR("short"), .ttl_days = 1};
        struct new_token token;
        assert_ok("first",
                  token_create(i.w, &i.owner, 1, &order, i.now, &i.arena, &complaints, &token));
        i.now += DAYS(1) + SECONDS(1);
        assert_ok("second",
                  token_create(i.w, &i.owner, 1, &order, i.now, &i.arena, &complaints, &token));
    }
}

static void the_default_token_is_one_while_it_lives(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token token, second;
        assert_ok("first", token_create_default(i.w, &i.owner, i.now, &i.arena, &token));
        assert_error("second", token_create_default(i.w, &i.owner, i.now, &i.arena, &second),
                     ERR_CONFLICT);
        (void)make(&i, &i.owner, "another name");
        assert_ok("revoke", token_revoke(i.w, &i.owner, token.row.id, i.now, &i.arena));
        assert_ok("again", token_create_default(i.w, &i.owner, i.now, &i.arena, &second));
    }
}

static void strict_allows_one_token_whatever_its_name(void **state)
{
    ON_EACH_ENGINE(i, true)
    {
        struct new_token token;
        (void)make(&i, &i.owner, "named");
        assert_error("default", token_create_default(i.w, &i.owner, i.now, &i.arena, &token),
                     ERR_CONFLICT);
    }
}

static struct access exchange_and_read(struct instance *i, struct db *db, str pat)
{
    struct token_clock clock = {.now = i->now};
    struct exchanged exchanged = {.access = STR("")};
    struct access access;
    assert_ok("exchange", token_exchange(i->shared, db, pat, i->now, &i->arena, &exchanged));
    assert_ok("its access token",
              access_verify(exchanged.access, i->shared->keys, &clock, &i->arena, &access));
    return access;
}

/* The second time, from what was kept of the first, and without the database. */
static void a_token_is_exchanged_alike_each_time(void **state)
{
    static const struct {
        const char *why, *user_id_json, *extra;
    } cases[] = {
        {"as we write it", "\"1\"", ""},
        {"its user a number", "1", ""},
        {"with another claim", "\"1\"", ",\"tenant\":\"a\""},
    };
    ON_EACH_ENGINE(i, false)
    {
        struct new_token made = make(&i, &i.owner, "t");
        for (size_t n = 0; n < COUNT_OF(cases); n++) {
            struct pat pat = {.jti = made.row.id,
                              .user_id = 1,
                              .issued_at = made.row.issued_at,
                              .expires_at = made.row.expires_at,
                              .user_id_json = str_from(cases[n].user_id_json),
                              .extra = str_from(cases[n].extra),
                              .missing = STR("")};
            str text;
            assert_ok(cases[n].why,
                      pat_sign(&pat, key_ring_current(i.shared->keys), &i.arena, &text));
            assert_error("not seen before", exchange_error(&i, NULL, text), ERR_WOULD_BLOCK);
            for (int again = 0; again < 3; again++) {
                struct access got = exchange_and_read(&i, again ? NULL : i.w->db, text);
                assert_int_equal(got.user_id, 1);
                assert_str(cases[n].why, got.user_id_json, str_from(cases[n].user_id_json));
                assert_str(cases[n].why, got.extra, str_from(cases[n].extra));
                assert_true(got.parent_key == token_parent_key(made.row.id));
                assert_true(got.expires_at - got.issued_at == i.config.access_token_ttl);
            }
        }
    }
}

static void a_revoked_token_ends_its_access_tokens_in_both_lanes(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct verdict verdict;
        struct new_token token = make(&i, &i.owner, "t");
        str header = instance_bearer(&i, exchange(&i, token.secret));
        assert_int_equal(instance_ask(&i, header).fault, FAULT_NONE);
        assert_ok("the fast lane knows it", instance_ask_fast(&i, header, &verdict));
        assert_int_equal(verdict.principal.user_id, 1);

        i.now = time_now();
        assert_ok("revoke", token_revoke(i.w, &i.owner, token.row.id, i.now, &i.arena));
        assert_error("the fast lane looks closer", instance_ask_fast(&i, header, &verdict),
                     ERR_WOULD_BLOCK);
        assert_int_equal(instance_ask(&i, header).fault, FAULT_NO_CREDENTIALS);
        assert_ok("and remembers it", instance_ask_fast(&i, header, &verdict));
        assert_int_equal(verdict.fault, FAULT_NO_CREDENTIALS);
        assert_error("exchange", exchange_error(&i, i.w->db, token.secret), ERR_REVOKED);
        assert_error("revoke again", token_revoke(i.w, &i.owner, token.row.id, i.now, &i.arena),
                     ERR_REVOKED);
    }
}

static void a_token_of_a_clock_ahead_dies_with_its_parent_too(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct verdict verdict;
        struct new_token token = make(&i, &i.owner, "t");
        usec here = time_now();
        i.now = here + SECONDS(8); /* another host's clock, or this one's before it was set back */
        str header = instance_bearer(&i, exchange(&i, token.secret));
        assert_ok("revoke", token_revoke(i.w, &i.owner, token.row.id, here, &i.arena));
        assert_error("the fast lane looks closer", instance_ask_fast(&i, header, &verdict),
                     ERR_WOULD_BLOCK);
        assert_int_equal(instance_ask(&i, header).fault, FAULT_NO_CREDENTIALS);
        assert_ok("and remembers it", instance_ask_fast(&i, header, &verdict));
        assert_int_equal(verdict.fault, FAULT_NO_CREDENTIALS);
    }
}

static void an_access_token_never_seen_is_judged_in_the_fast_lane(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct verdict verdict;
        struct new_token token = make(&i, &i.owner, "t");
        i.now += SECONDS(12); /* issued after the page's own beginning, on any clock */
        (void)instance_ask(&i, instance_bearer(&i, exchange(&i, token.secret)));
        str fresh = instance_bearer(&i, exchange(&i, token.secret));
        assert_ok("fresh", instance_ask_fast(&i, fresh, &verdict));
        assert_int_equal(verdict.principal.kind, CREDENTIAL_ACCESS_TOKEN);
    }
}

static void a_kind_switched_off_counts_nowhere_and_comes_back(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct complaints complaints = {0};
        struct token_order order = {.kind = TOKEN_PAT, .name = STR("other")};
        struct new_token token = make(&i, &i.owner, "t"), other;
        str header = instance_bearer(&i, exchange(&i, token.secret));
        const struct settings_patch off = {.has_api_tokens = true},
                                    on = {.has_api_tokens = true, .api_tokens = true};
        assert_int_equal(instance_ask(&i, header).fault, FAULT_NONE);
        assert_ok("off", patch_settings(&i, &i.owner, &off));
        assert_int_equal(instance_ask(&i, header).fault, FAULT_NO_CREDENTIALS);
        assert_int_equal(instance_ask(&i, instance_bearer(&i, token.secret)).fault,
                         FAULT_NO_CREDENTIALS);
        assert_error("exchange", exchange_error(&i, i.w->db, token.secret), ERR_KIND_OFF);
        assert_error("create",
                     token_create(i.w, &i.owner, 1, &order, i.now, &i.arena, &complaints, &other),
                     ERR_KIND_OFF);
        assert_error("rotate", token_rotate(i.w, &i.owner, token.row.id, 0, i.now, &i.arena, &other),
                     ERR_KIND_OFF);
        assert_ok("on", patch_settings(&i, &i.owner, &on));
        assert_int_equal(instance_ask(&i, header).fault, FAULT_NONE);
    }
}

static void the_organizations_limit_holds_for_new_tokens(void **state)
{
    static const struct {
        const char *why;
        int64_t ttl_days;
        int64_t ahead_seconds;
        enum error err;
    } cases[] = {
        {"nothing said: the limit", 0, 0, OK},
        {"within", 30, 0, OK},
        {"beyond", 31, 0, ERR_INVALID},
        {"negative", -1, 0, ERR_INVALID},
        {"in a minute", 0, 60, OK},
        {"past", 0, -60, ERR_INVALID},
        {"a time beyond", 0, 31 * 86400, ERR_INVALID},
        {"both", 1, 60, ERR_INVALID},
    };
    ON_EACH_ENGINE(i, false)
    {
        const struct settings_patch limit = {.has_ttl_days = true, .ttl_days = 30};
        assert_ok("limit", patch_settings(&i, &i.owner, &limit));
        for (size_t n = 0; n < COUNT_OF(cases); n++) {
            struct complaints complaints = {0};
            struct new_token token;
            struct token_order order = {
                .kind = TOKEN_PAT,
                .name = str_from(cases[n].why),
                .ttl_days = cases[n].ttl_days,
                .expires_at = cases[n].ahead_seconds ? i.now + SECONDS(cases[n].ahead_seconds) : 0,
            };
            assert_error(
                cases[n].why,
                token_create(i.w, &i.owner, 1, &order, i.now, &i.arena, &complaints, &token),
                cases[n].err);
            if (!cases[n].err)
                assert_true(token.row.expires_at <= i.now + DAYS(30));
        }
    }
}

static void names_are_for_people(void **state)
{
    static const struct {
        const char *why;
        str name;
        enum error err;
    } cases[] = {
        {"any script", STR_INIT("ключ 鍵 🔑"), OK},
        {"empty", STR_INIT(""), ERR_INVALID},
        {"blank", STR_INIT("  \t "), ERR_INVALID},
        {"a control character", STR_INIT("a\nb"), ERR_INVALID},
        {"a NUL", STR_INIT("a\0b"), ERR_INVALID},
        {"not UTF-8", STR_INIT("a\xff"), ERR_INVALID},
        {"100 characters",
         STR_INIT("éééééééééééééééééééééééééééééééééééééééééééééééééé"
                  "éééééééééééééééééééééééééééééééééééééééééééééééééé"),
         OK},
        {"101 characters",
         STR_INIT("éééééééééééééééééééééééééééééééééééééééééééééééééé"
                  "ééééééééééééééééééééééééééééééééééééééééééééééééééx"),
         ERR_INVALID},
    };
    ON_EACH_ENGINE(i, false)
    {
        for (size_t n = 0; n < COUNT_OF(cases); n++) {
            struct complaints complaints = {0};
            struct new_token token;
            struct token_order order = {.kind = TOKEN_PAT, .name = cases[n].name};
            assert_error(
                cases[n].why,
                token_create(i.w, &i.owner, 1, &order, i.now, &i.arena, &complaints, &token),
                cases[n].err);
        }
    }
}

static void others_tokens_are_out_of_reach(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct principal ann = instance_member(&i, "ann@example.com", ROLE_MEMBER);
        struct principal bob = instance_member(&i, "bob@example.com", ROLE_MEMBER);
        struct principal admin = instance_member(&i, "admin@example.com", ROLE_ADMINISTRATOR);
        struct principal nobody = {0};
        struct token_row row;
        struct new_token anns = make(&i, &ann, "ann's"), owners = make(&i, &i.owner, "owner's");
        assert_error("a member", token_show(i.w, &bob, anns.row.id, &i.arena, &row), ERR_NOT_FOUND);
        assert_error("a member revokes", token_revoke(i.w, &bob, anns.row.id, i.now, &i.arena),
                     ERR_NOT_FOUND);
        assert_error("nobody", token_show(i.w, &nobody, anns.row.id, &i.arena, &row),
                     ERR_NOT_FOUND);
        assert_error("an administrator, the owner's",
                     token_revoke(i.w, &admin, owners.row.id, i.now, &i.arena), ERR_NOT_FOUND);
        assert_ok("an administrator, a member's",
                  token_revoke(i.w, &admin, anns.row.id, i.now, &i.arena));
    }
}

static void a_shown_text_revokes_only_with_a_right_to(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct principal ann = instance_member(&i, "ann@example.com", ROLE_MEMBER);
        struct principal bob = instance_member(&i, "bob@example.com", ROLE_MEMBER);
        struct principal nobody = {0};
        struct new_token token = make(&i, &ann, "t");
        str cut = token_unsigned_text(i.w, &token.row, &i.arena);
        assert_str("lists show the token without its signature", cut,
                   jwt_unsigned_part(token.secret));
        assert_error("cut, by nobody", token_revoke_shown(i.w, &nobody, cut, i.now, &i.arena),
                     ERR_UNAUTHENTICATED);
        assert_error("cut, by another", token_revoke_shown(i.w, &bob, cut, i.now, &i.arena),
                     ERR_NOT_FOUND);
        str forged = ARENA_JOIN(&i.arena, cut, STR(".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        assert_error("forged, by nobody", token_revoke_shown(i.w, &nobody, forged, i.now, &i.arena),
                     ERR_UNAUTHENTICATED);
        assert_error("garbage", token_revoke_shown(i.w, &ann, STR("garbage"), i.now, &i.arena),
                     ERR_NOT_FOUND);
        assert_ok("whole, by nobody",
                  token_revoke_shown(i.w, &nobody, token.secret, i.now, &i.arena));
        assert_error("again", token_revoke_shown(i.w, &ann, cut, i.now, &i.arena), ERR_NOT_FOUND);
    }
}

static void rotating_ends_the_old_token_and_keeps_its_length(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct complaints complaints = {0};
        struct token_order order = {.kind = TOKEN_PAT, .name = STR("r"), .ttl_days = 7};
        struct new_token old, successor, third;
        struct principal bob = instance_member(&i, "bob@example.com", ROLE_MEMBER);
        assert_ok("create",
                  token_create(i.w, &i.owner, 1, &order, i.now, &i.arena, &complaints, &old));
        assert_error("by another",
                     token_rotate_shown(i.w, &bob, old.secret, 0, i.now, &i.arena, &successor),
                     ERR_INVALID);
        i.now += DAYS(3);
        assert_ok("rotate",
                  token_rotate_shown(i.w, &i.owner, old.secret, 0, i.now, &i.arena, &successor));
        assert_str("name", successor.row.name, STR("r"));
        assert_true(successor.row.expires_at > i.now + DAYS(6));
        assert_error("the old one", exchange_error(&i, i.w->db, old.secret), ERR_REVOKED);
        assert_ok("the new one", exchange_error(&i, i.w->db, successor.secret));
        assert_error("twice",
                     token_rotate_shown(i.w, &i.owner, old.secret, 0, i.now, &i.arena, &third),
                     ERR_INVALID);
    }
}

static void the_number_of_tokens_can_be_limited(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        const struct settings_patch two = {.has_max_tokens = true, .max_tokens = 2};
        struct complaints complaints = {0};
        struct token_order order = {.kind = TOKEN_PAT, .name = STR("three")};
        struct new_token token;
        assert_ok("limit", patch_settings(&i, &i.owner, &two));
        (void)make(&i, &i.owner, "one");
        (void)make(&i, &i.owner, "two");
        assert_error("three",
                     token_create(i.w, &i.owner, 1, &order, i.now, &i.arena, &complaints, &token),
                     ERR_LIMIT);
    }
}

static void a_user_who_may_not_act_loses_his_tokens(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct principal ann = instance_member(&i, "ann@example.com", ROLE_MEMBER);
        struct new_token token = make(&i, &ann, "t");
        str header = instance_bearer(&i, exchange(&i, token.secret));
        assert_int_equal(instance_ask(&i, header).fault, FAULT_NONE);
        assert_ok("deactivate",
                  account_set_active(i.w, &i.owner, ann.user_id, false, i.now, &i.arena));
        assert_int_equal(instance_ask(&i, header).fault, FAULT_NO_CREDENTIALS);
        assert_error("exchange", exchange_error(&i, i.w->db, token.secret), ERR_INACTIVE);
        assert_ok("activate",
                  account_set_active(i.w, &i.owner, ann.user_id, true, i.now, &i.arena));
        assert_int_equal(instance_ask(&i, header).fault, FAULT_NONE);
        assert_ok("remove", member_remove(i.w, &i.owner, 1, ann.user_id, i.now, &i.arena));
        assert_int_equal(instance_ask(&i, header).fault, FAULT_NO_CREDENTIALS);
        assert_ok("delete", account_delete(i.w, &i.operator, ann.user_id, i.now, &i.arena));
        assert_error("exchange", exchange_error(&i, i.w->db, token.secret), ERR_FORGED);
    }
}

static void an_unknown_legacy_token_is_remembered_and_a_new_one_counts(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        const struct settings_patch on = {.has_legacy_tokens = true, .legacy_tokens = true};
        str unknown = STR("Token 0123456789abcdef0123456789abcdef01234567"), key;
        struct verdict verdict;
        assert_ok("on", patch_settings(&i, &i.owner, &on));
        assert_error("never seen", instance_ask_fast(&i, unknown, &verdict), ERR_WOULD_BLOCK);
        assert_int_equal(instance_ask(&i, unknown).fault, FAULT_TOKEN_UNKNOWN);
        assert_ok("seen", instance_ask_fast(&i, unknown, &verdict));
        assert_int_equal(verdict.fault, FAULT_TOKEN_UNKNOWN);

        assert_ok("read", legacy_token_read(i.w, &i.owner, 1, i.now, &i.arena, &key));
        str old = ARENA_JOIN(&i.arena, STR("Token "), key);
        assert_int_equal(instance_ask(&i, old).fault, FAULT_NONE);
        assert_ok("reset", legacy_token_reset(i.w, &i.owner, 1, i.now, &i.arena, &key));
        assert_int_equal(instance_ask(&i, old).fault, FAULT_TOKEN_UNKNOWN);
        assert_int_equal(instance_ask(&i, ARENA_JOIN(&i.arena, STR("Token "), key)).fault,
                         FAULT_NONE);
    }
}

static void the_last_owner_stays(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        assert_error("deactivated", account_set_active(i.w, &i.operator, 1, false, i.now, &i.arena),
                     ERR_CONFLICT);
        assert_error("demoted",
                     member_set_role(i.w, &i.operator, 1, 1, ROLE_MEMBER, i.now, &i.arena),
                     ERR_CONFLICT);
        assert_error("removed", member_remove(i.w, &i.operator, 1, 1, i.now, &i.arena),
                     ERR_CONFLICT);
        struct principal other = instance_member(&i, "other@example.com", ROLE_OWNER);
        assert_ok("the other owner is switched off",
                  account_set_active(i.w, &i.operator, other.user_id, false, i.now, &i.arena));
        assert_error("demoted, with an owner left who cannot act",
                     member_set_role(i.w, &i.operator, 1, 1, ROLE_MEMBER, i.now, &i.arena),
                     ERR_CONFLICT);
        assert_ok("the one who cannot act may go",
                  member_remove(i.w, &i.operator, 1, other.user_id, i.now, &i.arena));
        assert_error("deleted", account_delete(i.w, &i.operator, 1, i.now, &i.arena), ERR_CONFLICT);
    }
}

static void only_those_above_change_settings(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        const struct settings_patch off = {.has_api_tokens = true};
        struct principal ann = instance_member(&i, "ann@example.com", ROLE_MEMBER);
        struct principal admin = instance_member(&i, "adm@example.com", ROLE_ADMINISTRATOR);
        struct principal elsewhere = i.owner;
        elsewhere.organization_id = 2;
        assert_error("a member", patch_settings(&i, &ann, &off), ERR_FORBIDDEN);
        assert_error("another organization's owner", patch_settings(&i, &elsewhere, &off),
                     ERR_FORBIDDEN);
        assert_ok("an administrator", patch_settings(&i, &admin, &off));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_living_tokens_cannot_have_one_name),
        cmocka_unit_test(an_expired_token_frees_its_name),
        cmocka_unit_test(the_default_token_is_one_while_it_lives),
        cmocka_unit_test(strict_allows_one_token_whatever_its_name),
        cmocka_unit_test(a_token_is_exchanged_alike_each_time),
        cmocka_unit_test(a_revoked_token_ends_its_access_tokens_in_both_lanes),
        cmocka_unit_test(a_token_of_a_clock_ahead_dies_with_its_parent_too),
        cmocka_unit_test(an_access_token_never_seen_is_judged_in_the_fast_lane),
        cmocka_unit_test(a_kind_switched_off_counts_nowhere_and_comes_back),
        cmocka_unit_test(the_organizations_limit_holds_for_new_tokens),
        cmocka_unit_test(names_are_for_people),
        cmocka_unit_test(others_tokens_are_out_of_reach),
        cmocka_unit_test(a_shown_text_revokes_only_with_a_right_to),
        cmocka_unit_test(rotating_ends_the_old_token_and_keeps_its_length),
        cmocka_unit_test(the_number_of_tokens_can_be_limited),
        cmocka_unit_test(a_user_who_may_not_act_loses_his_tokens),
        cmocka_unit_test(an_unknown_legacy_token_is_remembered_and_a_new_one_counts),
        cmocka_unit_test(the_last_owner_stays),
        cmocka_unit_test(only_those_above_change_settings),
    };
    return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
