#include "decision/uses.h"
#include "service/legacy.h"
#include "service/legacy_shown.h"
#include "service/tokens.h"
#include "service/usage.h"
#include "support/instance.h"
#include "unit/test.h"

#define ON_EACH_ENGINE(i)                                                                          \
    (void)state;                                                                                   \
    struct instance i;                                                                             \
    for (enum engine engine_ = 0; engine_ < ENGINE_COUNT; engine_++)                               \
        if (engine_is_there(engine_))                                                              \
            for (bool once_ = (instance_open(&i, engine_, false), start(&i), true); once_;         \
                 once_ = (usage_stop(i.shared), instance_close(&i), false))

static void start(struct instance *i)
{
    assert_ok("start", usage_start(i->shared));
}

static struct token_row make(struct instance *i, const char *name, enum token_kind kind)
{
    struct complaints complaints = {0};
    struct new_token token = {.secret = STR("")};
    struct token_order order = {.kind = kind, .name = str_from(name)};
    assert_ok(name, token_create(i->w, &i->owner, i->owner.user_id, &order, i->now, &i->arena,
                                 &complaints, &token));
    return token.row;
}

static struct principal by(struct instance *i, enum credential_kind kind, int64_t token_key)
{
    struct principal who = i->owner;
    who.kind = kind;
    who.token_key = token_key;
    return who;
}

static void use_at(struct instance *i, int64_t token_key, usec at, int times)
{
    struct principal who = by(i, CREDENTIAL_PAT, token_key);
    for (int n = 0; n < times; n++)
        usage_count(i->shared, &who, STR("192.0.2.7"), STR("curl/8.5"), at);
}

static struct token_usage look(struct instance *i, int64_t token_key)
{
    struct token_usage usage;
    assert_ok("look",
              usage_of_tokens(i->w, &token_key, 1, USAGE_WITH_DAYS, i->now, &i->arena, &usage));
    return usage;
}

static void a_use_is_seen_at_once_and_after_it_was_written(void **state)
{
    ON_EACH_ENGINE(i)
    {
        int64_t key = make(&i, "laptop", TOKEN_PAT).token_key;
        assert_int_equal(look(&i, key).row.last_at, 0);
        use_at(&i, key, i.now, 3);
        for (int written = 0; written <= 1; written++) {
            struct token_usage usage = look(&i, key);
            assert_int_equal(usage.row.requests, 3);
            assert_int_equal(usage.row.first_at, i.now);
            assert_int_equal(usage.row.last_at, i.now);
            assert_int_equal(usage.by_day[USAGE_DAYS - 1], 3);
            assert_int_equal(usage.by_day[USAGE_DAYS - 2], 0);
            assert_str("address", usage.row.address, STR("192.0.2.7"));
            assert_str("agent", usage.row.user_agent, STR("curl/8.5"));
            usage_flush_now(i.shared);
            assert_int_equal(usage_stats(i.shared).pending, 0);
        }
        use_at(&i, key, i.now, 2);
        assert_int_equal(look(&i, key).row.requests, 5); /* some here, some there */
        usage_flush_now(i.shared);
        assert_int_equal(look(&i, key).row.requests, 5);
    }
}

static void what_is_in_memory_is_written_at_the_end(void **state)
{
    ON_EACH_ENGINE(i)
    {
        int64_t key = make(&i, "laptop", TOKEN_PAT).token_key;
        use_at(&i, key, i.now, 7);
        usage_stop(i.shared);
        use_at(&i, key, i.now, 1); /* nobody counts any more */
        assert_int_equal(look(&i, key).row.requests, 7);
    }
}

static void only_credentials_count(void **state)
{
    static const struct {
        enum credential_kind kind;
        int64_t counts;
    } cases[] = {
        {CREDENTIAL_NONE, 0},    {CREDENTIAL_SESSION, 0}, {CREDENTIAL_OPERATOR, 0},
        {CREDENTIAL_API_KEY, 1}, {CREDENTIAL_PAT, 2},     {CREDENTIAL_ACCESS_TOKEN, 3},
    };
    ON_EACH_ENGINE(i)
    {
        int64_t key = make(&i, "laptop", TOKEN_PAT).token_key;
        for (size_t n = 0; n < COUNT_OF(cases); n++) {
            struct principal who = by(&i, cases[n].kind, key);
            usage_count(i.shared, &who, STR(""), STR(""), i.now);
            if (look(&i, key).row.requests != cases[n].counts)
                fail_msg("%s: %lld uses", credential_kind_name(cases[n].kind).ptr,
                         (long long)look(&i, key).row.requests);
        }
    }
}

static void a_legacy_token_counts_until_it_is_replaced(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct legacy_token token;
        struct principal who = by(&i, CREDENTIAL_LEGACY_TOKEN, 0);
        str text;
        assert_ok("made", legacy_token_read(i.w, &i.owner, 1, i.now, &i.arena, &text));
        usage_count(i.shared, &who, STR("192.0.2.7"), STR("curl/8.5"), i.now);
        usage_flush_now(i.shared);
        assert_int_equal(look(&i, usage_legacy_key(1)).row.requests, 1);
        assert_true(look(&i, usage_legacy_key(1)).row.is_legacy);

        assert_error("switched off", legacy_token_show(i.w, &i.owner, i.now, &i.arena, &token),
                     ERR_KIND_OFF);
        struct principal elsewhere = i.owner;
        elsewhere.organization_id = 0;
        assert_ok("shown", legacy_token_show(i.w, &elsewhere, i.now, &i.arena, &token));
        assert_int_equal(token.usage.row.last_at, i.now);
        i.now += SECONDS(1);
        assert_ok("reset", legacy_token_renew(i.w, &elsewhere, i.now, &i.arena, &token));
        assert_int_equal(token.usage.row.last_at, 0);
        assert_str("the old one's", token.usage.row.address, STR(""));
        assert_int_equal(token.created_at, i.now);
    }
}

static void days_are_kept_apart_for_ninety_days(void **state)
{
    ON_EACH_ENGINE(i)
    {
        int64_t key = make(&i, "laptop", TOKEN_PAT).token_key;
        usec today = i.now;
        for (int back = 0; back < 100; back++) {
            use_at(&i, key, today - DAYS(back), 1 + back % 3);
            if (back % 40 == 39) /* memory expects a token to be used today */
                usage_flush_now(i.shared);
        }
        for (int written = 0; written <= 1; written++) {
            struct token_usage usage = look(&i, key);
            for (int back = 0; back < USAGE_DAYS; back++)
                assert_int_equal(usage.by_day[USAGE_DAYS - 1 - back], 1 + back % 3);
            assert_int_equal(usage.row.first_at, today - DAYS(99));
            assert_int_equal(usage.row.last_at, today);
            usage_flush_now(i.shared);
        }
        i.now = today + DAYS(80); /* the tokens have ended meanwhile, or not: it does not matter */
        struct token_usage usage = look(&i, key);
        assert_int_equal(usage.by_day[0], 1 + 9 % 3);
        assert_int_equal(usage.by_day[9], 1);
        assert_int_equal(usage.by_day[10], 0);
    }
}

static int64_t count_rows(struct instance *i, const char *sql)
{
    CLEANUP(query_end) struct query q = {0};
    assert_ok("query", query_start(i->w->db, &q, sql));
    assert_ok("row", query_row(&q));
    return row_i64(&q, 0);
}

static void keep_house(struct instance *i)
{
    for (int n = 0; n < 3; n++) /* a round to the end, and the next one's beginning */
        assert_ok("housekeeping", usage_housekeeping(i->w, i->now));
}

static void old_days_go_and_ended_tokens_keep_their_history(void **state)
{
    static const char days[] = "SELECT COUNT(*) FROM usage_days";
    static const char of_organizations[] = "SELECT COUNT(*) FROM usage_organization_days";
    ON_EACH_ENGINE(i)
    {
        struct token_row token = make(&i, "laptop", TOKEN_PAT);
        for (int back = 0; back < 100; back++) {
            use_at(&i, token.token_key, i.now - DAYS(back), 1);
            usage_flush_now(i.shared);
        }
        assert_int_equal(count_rows(&i, days), 100);
        keep_house(&i);
        assert_int_equal(count_rows(&i, days), USAGE_DAYS);
        assert_int_equal(count_rows(&i, of_organizations), USAGE_DAYS);

        assert_ok("revoke", token_revoke(i.w, &i.owner, token.id, i.now, &i.arena));
        usec last = i.now;
        i.now += DAYS(364);
        keep_house(&i);
        assert_int_equal(look(&i, token.token_key).row.last_at, last);
        i.now += DAYS(2);
        keep_house(&i);
        assert_int_equal(look(&i, token.token_key).row.last_at, 0);
    }
}

static void nothing_stays_of_a_user_who_is_deleted(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct principal ann = instance_member(&i, "ann@example.com", ROLE_MEMBER);
        struct principal who = ann;
        str text;
        assert_ok("made", legacy_token_read(i.w, &ann, ann.user_id, i.now, &i.arena, &text));
        who.kind = CREDENTIAL_LEGACY_TOKEN;
        usage_count(i.shared, &who, STR("192.0.2.7"), STR("curl/8.5"), i.now);
        int64_t key = make(&i, "laptop", TOKEN_PAT).token_key;
        use_at(&i, key, i.now, 1);
        usage_flush_now(i.shared);
        keep_house(&i);
        assert_int_equal(count_rows(&i, "SELECT COUNT(*) FROM usage"), 2);
        assert_ok("deleted", account_delete(i.w, &i.owner, ann.user_id, i.now, &i.arena));
        keep_house(&i);
        assert_int_equal(look(&i, usage_legacy_key(ann.user_id)).row.last_at, 0);
        assert_int_equal(count_rows(&i, "SELECT COUNT(*) FROM usage"), 1);
        assert_int_equal(count_rows(&i, "SELECT COUNT(*) FROM usage_days"), 1);
    }
}

/* Label Studio's own access tokens name a parent that nobody has; so may a false report. */
static void what_is_no_token_of_ours_leaves_no_row(void **state)
{
    ON_EACH_ENGINE(i)
    {
        use_at(&i, 4711, i.now, 2);
        struct principal nowhere = by(&i, CREDENTIAL_PAT, 4712);
        nowhere.organization_id = 999;
        usage_count(i.shared, &nowhere, STR(""), STR(""), i.now);
        usage_flush_now(i.shared);
        assert_int_equal(count_rows(&i, "SELECT COUNT(*) FROM usage"), 0);
        assert_int_equal(count_rows(&i, "SELECT COUNT(*) FROM usage_days"), 0);
        assert_int_equal(count_rows(&i, "SELECT COUNT(*) FROM usage_organization_days"), 1);
    }
}

static void an_organizations_days_are_the_sum_of_its_tokens(void **state)
{
    ON_EACH_ENGINE(i)
    {
        int64_t by_day[30];
        use_at(&i, make(&i, "one", TOKEN_PAT).token_key, i.now, 2);
        use_at(&i, make(&i, "two", TOKEN_API_KEY).token_key, i.now, 3);
        use_at(&i, make(&i, "three", TOKEN_PAT).token_key, i.now - DAYS(29), 4);
        for (int written = 0; written <= 1; written++) {
            assert_ok("days", usage_of_organization(i.w, 1, 30, i.now, &i.arena, by_day));
            assert_int_equal(by_day[29], 5);
            assert_int_equal(by_day[28], 0);
            assert_int_equal(by_day[0], 4);
            assert_ok("another", usage_of_organization(i.w, 2, 30, i.now, &i.arena, by_day));
            assert_int_equal(by_day[29], 0);
            usage_flush_now(i.shared);
        }
    }
}

static void a_page_of_tokens_is_answered_in_its_order(void **state)
{
    ON_EACH_ENGINE(i)
    {
        int64_t keys[450];
        struct token_usage *usage = arena_alloc(&i.arena, COUNT_OF(keys) * sizeof(usage[0]));
        for (size_t n = 0; n < COUNT_OF(keys); n++)
            keys[n] = 100000 + (int64_t)n;
        keys[3] = make(&i, "one", TOKEN_PAT).token_key;
        keys[449] = make(&i, "two", TOKEN_PAT).token_key;
        use_at(&i, keys[3], i.now, 1);
        use_at(&i, keys[449], i.now, 2);
        usage_flush_now(i.shared);
        use_at(&i, keys[449], i.now, 2);
        assert_ok("look",
                  usage_of_tokens(i.w, keys, COUNT_OF(keys), USAGE_LAST, i.now, &i.arena, usage));
        for (size_t n = 0; n < COUNT_OF(keys); n++) {
            assert_int_equal(usage[n].row.token_key, keys[n]);
            assert_int_equal(usage[n].row.requests, n == 3 ? 1 : n == 449 ? 4 : 0);
        }
    }
}

static void texts_of_clients_are_made_fit(void **state)
{
    static const struct {
        const char *why, *sent, *stored;
    } cases[] = {
        {"plain", "curl/8.5", "curl/8.5"},
        {"UTF-8", "b\xc3\xbc", "b\xc3\xbc"},
        {"Latin-1",
         "b\xfc"
         "cher browser",
         "b?cher browser"},
        {"no character at its end", "b\xc3", "b?"},
        {"nothing else", "\xff\xfe", "??"},
        {"a control", "a\tb\x7f", "a?b?"},
    };
    ON_EACH_ENGINE(i)
    {
        int64_t key = make(&i, "laptop", TOKEN_PAT).token_key;
        struct principal who = by(&i, CREDENTIAL_PAT, key);
        for (size_t n = 0; n < COUNT_OF(cases); n++) {
            usage_count(i.shared, &who, STR(""), str_from(cases[n].sent), i.now + (usec)n);
            assert_str(cases[n].why, look(&i, key).row.user_agent, str_from(cases[n].stored));
            usage_flush_now(i.shared);
            assert_str(cases[n].why, look(&i, key).row.user_agent, str_from(cases[n].stored));
        }
        char agent[USES_USER_AGENT_MAX + 2];
        memset(agent, 'a', sizeof(agent));
        memcpy(agent + USES_USER_AGENT_MAX - 1, "\xc3\xbc", 2);
        usage_count(i.shared, &who, STR(""), str_of(agent, sizeof(agent)), i.now + SECONDS(1));
        assert_str("cut inside a character", look(&i, key).row.user_agent,
                   str_of(agent, USES_USER_AGENT_MAX - 1));
    }
}

static void while_the_database_fails_counts_wait(void **state)
{
    ON_EACH_ENGINE(i)
    {
        int64_t key = make(&i, "laptop", TOKEN_PAT).token_key;
        for (int64_t n = 0; n < 5; n++) { /* the transaction fails at each of its statements */
            use_at(&i, key, i.now, 1);
            database_fail_after(i.shared->database, n, ERR_IO);
            usage_flush_now(i.shared);
            database_fail_after(i.shared->database, -1, OK);
            assert_int_equal(look(&i, key).row.requests, n + 1);
        }
        usage_flush_now(i.shared);
        assert_int_equal(look(&i, key).row.requests, 5);
        usage_stop(i.shared);
        assert_int_equal(look(&i, key).row.requests, 5);
        assert_int_equal(look(&i, key).by_day[USAGE_DAYS - 1], 5);
    }
}

/* More tokens than there is room for: written early, or counted as dropped; none is lost unseen. */
static void a_flood_of_tokens_loses_nothing_unseen(void **state)
{
    ON_EACH_ENGINE(i)
    {
        const int64_t flood = 100000;
        int64_t by_day[1];
        for (int64_t n = 1; n <= flood; n++)
            use_at(&i, n << 20, i.now, 1);
        for (int n = 0; n < 20 && usage_stats(i.shared).pending > 0; n++)
            usage_flush_now(i.shared);
        struct usage_stats stats = usage_stats(i.shared);
        assert_ok("days", usage_of_organization(i.w, 1, 1, i.now, &i.arena, by_day));
        assert_int_equal(by_day[0] + (int64_t)stats.dropped, flood);
        assert_true(stats.flushes > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_use_is_seen_at_once_and_after_it_was_written),
        cmocka_unit_test(what_is_in_memory_is_written_at_the_end),
        cmocka_unit_test(only_credentials_count),
        cmocka_unit_test(a_legacy_token_counts_until_it_is_replaced),
        cmocka_unit_test(days_are_kept_apart_for_ninety_days),
        cmocka_unit_test(old_days_go_and_ended_tokens_keep_their_history),
        cmocka_unit_test(nothing_stays_of_a_user_who_is_deleted),
        cmocka_unit_test(what_is_no_token_of_ours_leaves_no_row),
        cmocka_unit_test(an_organizations_days_are_the_sum_of_its_tokens),
        cmocka_unit_test(a_page_of_tokens_is_answered_in_its_order),
        cmocka_unit_test(texts_of_clients_are_made_fit),
        cmocka_unit_test(while_the_database_fails_counts_wait),
        cmocka_unit_test(a_flood_of_tokens_loses_nothing_unseen),
    };
    return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}
