/* Everybody's tokens: a large organization, where an index is walked, shows what a small one does.
 */
#include "service/members.h"
#include "service/token_roll.h"
#include "service/tokens.h"
#include "store/counters.h"
#include "store/members.h"
#include "support/instance.h"
#include "unit/test.h"

#define ON_EACH_ENGINE(i)                                                                          \
    (void)state;                                                                                   \
    struct instance i;                                                                             \
    for (enum engine engine_ = 0; engine_ < ENGINE_COUNT; engine_++)                               \
        if (engine_is_there(engine_))                                                              \
            for (bool once_ = (instance_open(&i, engine_, false), true); once_;                    \
                 once_ = (instance_close(&i), false))

#define TOKENS 30

static str make(struct instance *i, const struct principal *who, str name, enum token_kind kind,
                int64_t ttl_days)
{
    struct complaints complaints = {0};
    struct new_token token;
    struct token_order order = {.kind = kind, .name = name, .ttl_days = ttl_days};
    assert_ok("create", token_create(i->w, who, who->user_id, &order, i->now, &i->arena,
                                     &complaints, &token));
    i->now += SECONDS(1);
    return token.row.id;
}

static void use(struct instance *i, str id, usec at)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    struct token_row row;
    assert_ok("find", tokens_find(i->w->db, id, &i->arena, &row));
    assert_ok("begin", txn_begin(i->w->db, &txn));
    assert_ok("use",
              db_run(txn.db,
                     "INSERT INTO usage (token_key, user_id, first_at, last_at, address, "
                     "user_agent, requests, is_legacy) VALUES ($1, $2, $3, $3, '', '', 1, 0)",
                     "iii", row.token_key, row.user_id, at));
    assert_ok("commit", txn_commit(&txn));
}

/* Some used, some ended, some of another user and kind. */
static void fill(struct instance *i)
{
    struct principal ann = instance_member(i, "ann@example.com", ROLE_MEMBER);
    struct principal bob = instance_member(i, "bob@example.com", ROLE_MEMBER);
    for (int n = 0; n < TOKENS; n++) {
        str id = make(i, n % 2 ? &ann : &bob, arena_printf(&i->arena, "name %d", (n * 7) % TOKENS),
                      n % 5 == 0 ? TOKEN_API_KEY : TOKEN_PAT, 1 + (n * 11) % 50);
        if (n % 3 == 0)
            use(i, id, i->now - SECONDS((n * 13) % 40));
        if (n % 7 == 0)
            assert_ok("revoke", token_revoke(i->w, &i->owner, id, i->now, &i->arena));
    }
}

static void add_members(struct instance *i, int64_t count)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    int64_t user, member;
    assert_ok("begin", txn_begin(i->w->db, &txn));
    assert_ok("ids", counter_take(txn.db, COUNTER_USER, count, &user));
    assert_ok("ids", counter_take(txn.db, COUNTER_MEMBER, count, &member));
    assert_ok("users",
              db_run(txn.db,
                     "WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 "
                     "FROM n WHERE i < $2) INSERT INTO users (id, email, email_folded, username, "
                     "first_name, last_name, phone, avatar, password, is_active, "
                     "active_organization_id, custom_hotkeys, date_joined, last_activity) SELECT "
                     "i, CAST(i AS TEXT), CAST(i AS TEXT), '', '', '', '', '', '', 1, 1, '{}', 0, "
                     "0 FROM n",
                     "ii", user, user + count - 1));
    assert_ok("members",
              db_run(txn.db,
                     "WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 "
                     "FROM n WHERE i < $2) INSERT INTO members (id, organization_id, user_id, "
                     "role, created_at, updated_at) SELECT i + $3, 1, i, 1, 0, 0 FROM n",
                     "iii", user, user + count - 1, member - user));
    assert_ok("commit", txn_commit(&txn));
}

/* All pages of `limit`, as one text of ids; ids of equals come in any order, but always the same.
 */
static str read_all(struct instance *i, enum roll_order order, const struct roll_filter *filter,
                    int64_t limit)
{
    struct roll_cursor cursor = {.is_start = true};
    struct token_roll roll = {.has_more = true};
    str all = STR("");
    for (int pages = 0; roll.has_more; pages++) {
        assert_true(pages < 4 * TOKENS);
        assert_ok("page", token_roll_read(i->w, &i->owner, order, filter, &cursor, limit, &i->arena,
                                          &roll));
        assert_true(roll.count <= (size_t)limit);
        for (size_t n = 0; n < roll.count; n++)
            all = ARENA_JOIN(&i->arena, all, roll.rows[n].id, STR(" "));
        cursor = roll.next;
    }
    return all;
}

static struct roll_filter filter_number(const struct instance *i, int n)
{
    struct roll_filter filter = {.organization_id = 1,
                                 .kind = DB_NULL_I64,
                                 .state = DB_NULL_I64,
                                 .unused_since = DB_NULL_I64,
                                 .ends_before = DB_NULL_I64,
                                 .like = STR(""),
                                 .now = i->now};
    switch (n) {
    case 0:
        break;
    case 1:
        filter.state = ROLL_LIVING;
        break;
    case 2:
        filter.never_used = true;
        break;
    case 3:
        filter.kind = TOKEN_API_KEY;
        filter.state = ROLL_ENDED;
        break;
    case 4:
        filter.like = STR("ME 1");
        break;
    default:
        filter.ends_before = i->now + DAYS(20);
        filter.unused_since = i->now - SECONDS(20);
    }
    return filter;
}

#define FILTERS 6

static void a_large_organization_shows_what_a_small_one_does(void **state)
{
    ON_EACH_ENGINE(i)
    {
        str few[ROLL_ORDER_COUNT][FILTERS];
        fill(&i);
        for (enum roll_order order = 0; order < ROLL_ORDER_COUNT; order++)
            for (int n = 0; n < FILTERS; n++) {
                struct roll_filter filter = filter_number(&i, n);
                few[order][n] = read_all(&i, order, &filter, 7);
                assert_true(str_equal(few[order][n], read_all(&i, order, &filter, 200)));
            }
        add_members(&i, FEW_MEMBERS + 1);
        for (enum roll_order order = 0; order < ROLL_ORDER_COUNT; order++)
            for (int n = 0; n < FILTERS; n++) {
                struct roll_filter filter = filter_number(&i, n);
                str many = read_all(&i, order, &filter, 7);
                /* those never used are told apart by age here, by id there */
                bool is_by_use = order == BY_USE || order == BY_USE_DOWN;
                if (is_by_use ? many.len != few[order][n].len : !str_equal(many, few[order][n]))
                    fail_msg("%s, order %d, filter %d: '%.*s', not '%.*s'", engine_name(engine_),
                             (int)order, n, STR_ARG(many), STR_ARG(few[order][n]));
                assert_true(str_equal(many, read_all(&i, order, &filter, 200)));
            }
    }
}

static void a_whole_email_names_its_user_also_in_a_large_organization(void **state)
{
    ON_EACH_ENGINE(i)
    {
        fill(&i);
        add_members(&i, FEW_MEMBERS + 1);
        struct roll_filter filter = filter_number(&i, 0);
        struct roll_cursor start = {.is_start = true};
        struct token_roll roll;
        filter.like = STR("Ann@Example.com");
        assert_ok("read",
                  token_roll_read(i.w, &i.owner, BY_NAME, &filter, &start, 200, &i.arena, &roll));
        assert_int_equal(roll.count, TOKENS / 2);
        assert_int_equal(roll.total, TOKENS / 2);
        for (size_t n = 0; n < roll.count; n++)
            assert_true(str_equal(roll.entries[n].email, STR("ann@example.com")));
    }
}

static void figures_of_a_large_organization_are_near_the_truth(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct token_summary exact, estimate;
        fill(&i);
        assert_ok("exact", token_summary_read(i.w, &i.owner, 1, i.now, &exact));
        assert_false(exact.is_estimate);
        assert_int_equal(exact.figures.pat.tokens + exact.figures.api_key.tokens,
                         TOKENS - (TOKENS + 6) / 7);
        add_members(&i, 3 * FEW_MEMBERS);
        i.now += HOURS(1);
        assert_ok("estimate", token_summary_read(i.w, &i.owner, 1, i.now, &estimate));
        assert_true(estimate.is_estimate);
        /* all tokens are of three members in the first block: one in three is sampled, or so */
        assert_true(estimate.figures.pat.tokens >= exact.figures.pat.tokens);
        assert_true(estimate.figures.pat.tokens <= 4 * exact.figures.pat.tokens);
    }
}

static void a_member_reads_nothing(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct principal bob = instance_member(&i, "bob@example.com", ROLE_MEMBER);
        struct roll_filter filter = filter_number(&i, 0);
        struct roll_cursor start = {.is_start = true};
        struct token_roll roll;
        struct token_summary summary;
        assert_error("list",
                     token_roll_read(i.w, &bob, BY_NAME, &filter, &start, 10, &i.arena, &roll),
                     ERR_FORBIDDEN);
        assert_error("figures", token_summary_read(i.w, &bob, 1, i.now, &summary), ERR_FORBIDDEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_organization_shows_what_a_small_one_does),
        cmocka_unit_test(a_whole_email_names_its_user_also_in_a_large_organization),
        cmocka_unit_test(figures_of_a_large_organization_are_near_the_truth),
        cmocka_unit_test(a_member_reads_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
