/* How tokens end: the grace of a rotation, reuse, lowered limits, many at once. */
#include "service/bulk_revoke.h"
#include "service/dead_token.h"
#include "service/settings.h"
#include "service/shortening.h"
#include "service/tokens.h"
#include "store/organizations.h"
#include "support/instance.h"
#include "unit/test.h"

#define ON_EACH_ENGINE(i, strict)                                                                  \
    (void)state;                                                                                   \
    struct instance i;                                                                             \
    for (enum engine engine_ = 0; engine_ < ENGINE_COUNT; engine_++)                               \
        if (engine_is_there(engine_))                                                              \
            for (bool once_ = (instance_open(&i, engine_, strict), true); once_;                   \
                 once_ = (instance_close(&i), false))

static struct new_token make(struct instance *i, const struct principal *who, enum token_kind kind,
                             const char *name)
{
    struct complaints complaints = {0};
    struct new_token token = {.secret = STR("")};
    struct token_order order = {.kind = kind, .name = str_from(name)};
    assert_ok(name, token_create(i->w, who, who->user_id, &order, i->now, &i->arena, &complaints,
                                 &token));
    return token;
}

static struct new_token rotate(struct instance *i, const struct new_token *old, usec grace)
{
    struct new_token token;
    assert_ok("rotate",
              token_rotate(i->w, &i->owner, old->row.id, grace, i->now, &i->arena, &token));
    return token;
}

static struct exchanged exchange(struct instance *i, str pat)
{
    struct exchanged exchanged;
    assert_ok("exchange", token_exchange(i->shared, i->w->db, pat, i->now, &i->arena, &exchanged));
    return exchanged;
}

static enum error exchange_error(struct instance *i, str pat)
{
    struct exchanged exchanged;
    enum error err = token_exchange(i->shared, i->w->db, pat, i->now, &i->arena, &exchanged);
    if (err)
        token_dead_shown(i->w, exchanged.dead_token, i->now);
    return err;
}

static bool counts(struct instance *i, str credential)
{
    struct verdict verdict = instance_ask(i, instance_bearer(i, credential));
    token_dead_shown(i->w, verdict.dead_token, i->now);
    return verdict.fault == FAULT_NONE;
}

/* From memory alone: what nobody has to look up. */
static bool counts_in_memory(struct instance *i, str credential)
{
    struct verdict verdict;
    return instance_ask_fast(i, instance_bearer(i, credential), &verdict) == OK &&
           verdict.fault == FAULT_NONE;
}

static void all_that_comes_from_a_rotated_token_ends_with_its_grace(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token old = make(&i, &i.owner, TOKEN_PAT, "r");
        struct new_token key = make(&i, &i.owner, TOKEN_API_KEY, "k");
        str before = exchange(&i, old.secret).access;
        (void)rotate(&i, &old, SECONDS(60));
        (void)rotate(&i, &key, SECONDS(60));
        i.now += SECONDS(59);
        struct exchanged late = exchange(&i, old.secret);
        assert_int_equal(late.expires_in, 1);
        str shown[] = {before, late.access, old.secret, key.secret};
        for (size_t n = 0; n < COUNT_OF(shown); n++) {
            assert_true(counts(&i, shown[n]));
            assert_true(counts_in_memory(&i, shown[n]));
        }
        i.now += SECONDS(1) + SECONDS(i.shared->auth.leeway_seconds);
        for (size_t n = 0; n < COUNT_OF(shown); n++)
            if (counts_in_memory(&i, shown[n]))
                fail_msg("%zu still counts from memory when the grace is over", n);
        assert_error("exchange", exchange_error(&i, old.secret), ERR_REVOKED);
        for (size_t n = 0; n < COUNT_OF(shown); n++)
            assert_false(counts(&i, shown[n]));
    }
}

static void a_retry_gets_the_same_successor_until_the_grace_is_over(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        for (enum token_kind kind = TOKEN_PAT; kind <= TOKEN_API_KEY; kind++) {
            struct new_token again, old = make(&i, &i.owner, kind, kind == TOKEN_PAT ? "a" : "b");
            struct new_token first = rotate(&i, &old, SECONDS(60));
            i.now += SECONDS(59);
            again = rotate(&i, &old, 0);
            assert_str("the same", again.row.id, first.row.id);
            assert_str("its secret", again.secret, first.secret);
            i.now += SECONDS(2);
            assert_error("after it",
                         token_rotate(i.w, &i.owner, old.row.id, 0, i.now, &i.arena, &again),
                         ERR_REVOKED);
            assert_true(counts(&i, first.secret));
        }
    }
}

static void reuse_ends_the_family_once_and_no_other(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token a = make(&i, &i.owner, TOKEN_PAT, "a");
        struct new_token other = make(&i, &i.owner, TOKEN_PAT, "other");
        struct new_token b = rotate(&i, &a, SECONDS(10));
        struct new_token c = rotate(&i, &b, SECONDS(1000));
        str access = exchange(&i, c.secret).access;
        i.now += SECONDS(20);
        assert_true(counts(&i, access));
        assert_false(counts(&i, a.secret));
        assert_false(counts(&i, access));
        assert_error("b", exchange_error(&i, b.secret), ERR_REVOKED);
        assert_error("c", exchange_error(&i, c.secret), ERR_REVOKED);
        assert_ok("another family", exchange_error(&i, other.secret));
        struct token_row row;
        assert_ok("a", tokens_find(i.w->db, a.row.id, &i.arena, &row));
        assert_int_equal(row.dead_used_at, i.now);
        assert_ok("c", tokens_find(i.w->db, c.row.id, &i.arena, &row));
        assert_int_equal(row.ended_why, ENDED_REUSED);
        i.now += SECONDS(5);
        (void)counts(&i, a.secret);
        assert_ok("a", tokens_find(i.w->db, a.row.id, &i.arena, &row));
        assert_int_equal(row.dead_used_at, i.now - SECONDS(5));
    }
}

static enum error set_limit(struct instance *i, int64_t days, int64_t *shortened)
{
    const struct settings_patch patch = {.has_ttl_days = true, .ttl_days = days};
    struct complaints complaints = {0};
    struct shown_settings settings;
    enum error err =
        settings_change(i->w, &i->owner, 1, &patch, i->now, &i->arena, &complaints, &settings);
    *shortened = settings.shortened;
    return err;
}

/* More users than one step takes, in one transaction: a commit each would take its time. */
#define MEMBERS 505

static void add_members(struct instance *i, const struct token_row *like)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    assert_ok("begin", txn_begin(i->w->db, &txn));
    for (int n = 0; n < MEMBERS; n++) {
        struct token_row row = *like;
        str text = arena_printf(&i->arena, "m%d@example.com", n);
        assert_ok("user",
                  db_run(txn.db,
                         "INSERT INTO users (id, email, email_folded, username, first_name, "
                         "last_name, phone, avatar, password, is_active, "
                         "active_organization_id, custom_hotkeys, date_joined, "
                         "last_activity) VALUES ($1, $2, $2, $2, '', '', '', '', '', 1, 1, "
                         "'{}', 0, 0)",
                         "is", (int64_t)1000 + n, text));
        row.id = text;
        row.token_key = n;
        row.user_id = 1000 + n;
        assert_ok("token", tokens_insert(txn.db, &row));
    }
    assert_ok("commit", txn_commit(&txn));
}

static void a_lower_limit_reaches_every_token_in_steps(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        int64_t shortened;
        struct new_token last = make(&i, &i.owner, TOKEN_PAT, "t");
        add_members(&i, &last.row);
        assert_ok("lower", set_limit(&i, 30, &shortened));
        assert_int_equal(shortened, MEMBERS + 1);
        struct token_row row;
        assert_ok("find", tokens_find(i.w->db, last.row.id, &i.arena, &row));
        assert_true(row.expires_at <= i.now + DAYS(30));
        assert_ok("raise", set_limit(&i, 300, &shortened));
        assert_int_equal(shortened, 0);
        struct new_token longer = make(&i, &i.owner, TOKEN_PAT, "longer");
        assert_ok("the same again", set_limit(&i, 299, &shortened));
        assert_int_equal(shortened, 1);
        assert_str("only that one", longer.row.name, STR("longer"));
    }
}

static void what_a_process_left_undone_is_gone_on_with(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token old = make(&i, &i.owner, TOKEN_PAT, "old");
        { /* the first step, and then the process dies */
            CLEANUP(txn_rollback) struct txn txn = {0};
            struct token_settings settings;
            assert_ok("begin", txn_begin(i.w->db, &txn));
            assert_ok("read", token_settings_find(txn.db, 1, &settings));
            settings.api_token_ttl_days = 7;
            assert_ok("save", token_settings_save(txn.db, 1, &settings));
            assert_ok("mark", shortening_begin(&txn, 1, 7, i.now));
            assert_ok("commit", txn_commit(&txn));
        }
        i.now += MINUTES(1);
        struct new_token new = make(&i, &i.owner, TOKEN_PAT, "new");
        assert_ok("go on", shortening_finish_all(i.w, i.now));
        struct token_row row;
        assert_ok("old", tokens_find(i.w->db, old.row.id, &i.arena, &row));
        assert_true(row.expires_at <= i.now - MINUTES(1) + DAYS(7));
        assert_ok("new", tokens_find(i.w->db, new.row.id, &i.arena, &row));
        assert_int_equal(row.expires_at, new.row.expires_at); /* made under the new limit */
        assert_ok("nothing is left", shortening_finish_all(i.w, i.now));
        str access = exchange(&i, old.secret).access;
        assert_true(counts(&i, access));
        i.now += DAYS(7);
        assert_error("past its new end", exchange_error(&i, old.secret), ERR_EXPIRED);
        assert_false(counts(&i, old.secret));
    }
}

static int64_t revoke_many(struct instance *i, const struct principal *who,
                           struct revoke_order order)
{
    struct complaints complaints = {0};
    int64_t count = -1;
    assert_ok("revoke",
              tokens_revoke_many(i->w, who, &order, i->now, &i->arena, &complaints, &count));
    return count;
}

static void many_are_ended_by_what_they_have_in_common(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct principal bob = instance_member(&i, "bob@example.com", ROLE_MEMBER);
        struct principal ann = instance_member(&i, "ann@example.com", ROLE_ADMINISTRATOR);
        struct new_token bobs = make(&i, &bob, TOKEN_PAT, "p"),
                         key = make(&i, &bob, TOKEN_API_KEY, "k");
        struct new_token owners = make(&i, &i.owner, TOKEN_API_KEY, "o");
        str access = exchange(&i, bobs.secret).access;
        assert_true(counts(&i, access));

        struct revoke_order order = {.organization_id = 1, .kind = TOKEN_API_KEY, .dry_run = true};
        assert_int_equal(revoke_many(&i, &ann, order), 1); /* not those of one above */
        assert_true(counts(&i, key.secret));
        order.dry_run = false;
        assert_int_equal(revoke_many(&i, &ann, order), 1);
        assert_false(counts(&i, key.secret));
        assert_true(counts(&i, owners.secret));

        order = (struct revoke_order){.organization_id = 1, .user_id = bob.user_id};
        assert_int_equal(revoke_many(&i, &ann, order), 2); /* the legacy token too */
        assert_false(counts(&i, access));
        assert_int_equal(revoke_many(&i, &ann, order), 0); /* nothing is left */

        i.now += DAYS(40);
        struct new_token young = make(&i, &bob, TOKEN_API_KEY, "young");
        order = (struct revoke_order){.organization_id = 1, .unused_days = 30};
        assert_int_equal(revoke_many(&i, &i.owner, order), 1);
        assert_false(counts(&i, owners.secret));
        assert_true(counts(&i, young.secret));

        struct complaints complaints = {0};
        int64_t count;
        order = (struct revoke_order){.organization_id = 1};
        assert_error("nothing to go by",
                     tokens_revoke_many(i.w, &ann, &order, i.now, &i.arena, &complaints, &count),
                     ERR_INVALID);
        order.kind = TOKEN_PAT;
        assert_error("by a member",
                     tokens_revoke_many(i.w, &bob, &order, i.now, &i.arena, &complaints, &count),
                     ERR_FORBIDDEN);
        order.organization_id = 0;
        assert_error(
            "everybody's",
            tokens_revoke_many(i.w, &i.owner, &order, i.now, &i.arena, &complaints, &count),
            ERR_FORBIDDEN);
    }
}

/* More than one transaction takes. */
#define MANY (REVOKED_AT_ONCE + 3)

static void hundreds_are_ended_in_several_transactions(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token token = make(&i, &i.owner, TOKEN_PAT, "t");
        CLEANUP(txn_rollback) struct txn txn = {0};
        assert_ok("begin", txn_begin(i.w->db, &txn));
        for (int n = 1; n < MANY; n++) {
            struct token_row row = token.row;
            row.id = row.name = arena_printf(&i.arena, "t%d", n);
            row.token_key = n;
            assert_ok("token", tokens_insert(txn.db, &row));
        }
        assert_ok("commit", txn_commit(&txn));
        const struct revoke_order order = {.user_id = i.owner.user_id, .kind = TOKEN_PAT};
        assert_int_equal(revoke_many(&i, &i.operator, order), MANY);
        assert_false(counts(&i, token.secret));
    }
}

static void an_earlier_end_holds_from_the_next_request_on(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token pat = make(&i, &i.owner, TOKEN_PAT, "p");
        struct complaints complaints = {0};
        struct token_row row;
        str text = token_unsigned_text(i.w, &pat.row, &i.arena);
        str access = exchange(&i, pat.secret).access;
        assert_true(counts(&i, access));
        assert_true(counts(&i, pat.secret));
        const struct token_patch patch = {.has_end = true, .expires_at = i.now + SECONDS(5)};
        assert_ok("narrow", token_change(i.w, &i.owner, pat.row.id, &patch, i.now, &i.arena,
                                         &complaints, &row));
        assert_str("what it says stays", token_unsigned_text(i.w, &row, &i.arena), text);
        assert_true(exchange(&i, pat.secret).expires_in <= 5);
        assert_true(counts(&i, access));
        i.now += SECONDS(6) + SECONDS(i.shared->auth.leeway_seconds);
        assert_false(counts_in_memory(&i, access));
        assert_false(counts(&i, access));
        assert_false(counts(&i, pat.secret));
        assert_error("exchange", exchange_error(&i, pat.secret), ERR_EXPIRED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_comes_from_a_rotated_token_ends_with_its_grace),
        cmocka_unit_test(a_retry_gets_the_same_successor_until_the_grace_is_over),
        cmocka_unit_test(reuse_ends_the_family_once_and_no_other),
        cmocka_unit_test(a_lower_limit_reaches_every_token_in_steps),
        cmocka_unit_test(what_a_process_left_undone_is_gone_on_with),
        cmocka_unit_test(many_are_ended_by_what_they_have_in_common),
        cmocka_unit_test(hundreds_are_ended_in_several_transactions),
        cmocka_unit_test(an_earlier_end_holds_from_the_next_request_on),
    };
    return cmocka_run_group_tests_name("token life", tests, NULL, NULL);
}
