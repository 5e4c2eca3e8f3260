#include "base/encoding.h"
#include "service/audit.h"
#include "service/expiry_warnings.h"
#include "service/organizations.h"
#include "service/tokens.h"
#include "service/webhook_address.h"
#include "service/webhook_queue.h"
#include "service/webhook_secret.h"
#include "service/webhook_sender.h"
#include "service/webhooks.h"
#include "store/audit_events.h"
#include "support/instance.h"
#include "unit/test.h"

#define ON_EACH_ENGINE(i)                                                                          \
    (void)state;                                                                                   \
    struct instance i;                                                                             \
    for (enum engine engine_ = 0; engine_ < ENGINE_COUNT; engine_++)                               \
        if (engine_is_there(engine_))                                                              \
            for (bool once_ = (instance_open(&i, engine_, false), true); once_;                    \
                 once_ = (instance_close(&i), false))

static struct webhook_made add(struct instance *i, const char *events)
{
    struct complaints complaints = {0};
    struct webhook_made made;
    const struct webhook_patch order = {.has_url = true,
                                        .url = STR("https://example.com/hook"),
                                        .has_events = true,
                                        .events = str_from(events)};
    assert_ok(events,
              webhook_add(i->w, &i->owner, 1, &order, i->now, &i->arena, &complaints, &made));
    return made;
}

static size_t waiting(struct instance *i, const struct webhook_made *made)
{
    struct delivery_list list;
    assert_ok("list", webhook_deliveries(i->w, &i->owner, 1, made->row.id, INT64_MAX, STR(""),
                                         100000, &i->arena, &list));
    return list.count;
}

static enum error note(struct instance *i, struct txn *txn, enum audit_kind kind, int64_t org)
{
    const struct audit_event event = {.kind = kind, .organization_id = org};
    return audit_note(i->w, txn, NULL, &event, i->now);
}

static void addresses_are_public_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool is_public;
    } cases[] = {
        {"8.8.8.8", true},
        {"1.1.1.1", true},
        {"172.32.0.1", true},
        {"100.128.0.1", true},
        {"2606:4700::1111", true},
        {"2a00:1450:4001:800::200e", true},
        {"64:ff9b::808:808", true},
        {"2002:808:808::1", true},
        {"0.0.0.0", false},
        {"10.255.255.255", false},
        {"100.64.0.1", false},
        {"100.127.255.255", false},
        {"127.0.0.1", false},
        {"127.255.255.254", false},
        {"169.254.169.254", false},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"192.168.1.1", false},
        {"192.0.0.8", false},
        {"192.0.2.1", false},
        {"198.18.0.1", false},
        {"198.19.255.255", false},
        {"224.0.0.1", false},
        {"239.255.255.255", false},
        {"240.0.0.1", false},
        {"255.255.255.255", false},
        {"::", false},
        {"::1", false},
        {"::127.0.0.1", false},
        {"::ffff:127.0.0.1", false},
        {"::ffff:10.0.0.1", false},
        {"64:ff9b::7f00:1", false},
        {"64:ff9b:1::1", false},
        {"2002:a00:1::", false},
        {"2002:a9fe:a9fe::", false},
        {"2001::1", false},
        {"2001:db8::1", false},
        {"3fff::1", false},
        {"fc00::1", false},
        {"fd12:3456::1", false},
        {"fe80::1", false},
        {"fec0::1", false},
        {"ff02::1", false},
        {"5f00::1", false},
    };
    for (size_t n = 0; n < COUNT_OF(cases); n++) {
        struct ip_address address;
        assert_ok(cases[n].address, ip_address_read(str_from(cases[n].address), &address));
        if (address_is_public(&address) != cases[n].is_public)
            fail_msg("%s is %spublic", cases[n].address, cases[n].is_public ? "" : "not ");
    }
    const struct ip_address none = {0};
    assert_false(address_is_public(&none));
}

/* The example of the scheme's own documentation. */
static void the_signature_is_the_schemes(void **state)
{
    (void)state;
    struct arena arena;
    str signature;
    arena_init(&arena);
    struct webhook_secrets secrets = {.secret = STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                                      .before = STR("")};
    str body = STR("{\"test\": 2432232314}");
    assert_ok("sign", webhook_sign(&secrets, STR("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330, body,
                                   &arena, &signature));
    assert_str("signature", signature, STR("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    secrets.before = secrets.secret;
    assert_ok("both", webhook_sign(&secrets, STR("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330, body,
                                   &arena, &signature));
    assert_str("both", signature,
               STR("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
                   "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    arena_release(&arena);
}

static void names_are_matched_whole(void **state)
{
    (void)state;
    assert_true(webhook_wants(STR("*"), STR("token.created")));
    assert_true(webhook_wants(STR("user.created token.created"), STR("token.created")));
    assert_true(webhook_wants(STR("token.*"), STR("token.created")));
    assert_false(webhook_wants(STR("token.*"), STR("legacy_token.reset")));
    assert_false(webhook_wants(STR("token.create"), STR("token.created")));
    assert_false(webhook_wants(STR(""), STR("token.created")));
}

static void pauses_grow_and_end(void **state)
{
    (void)state;
    usec sum = 0;
    for (int64_t n = 1; n <= 9; n++) {
        assert_true(webhook_pause_after(n) > (n > 1 ? webhook_pause_after(n - 1) : 0));
        sum += webhook_pause_after(n);
    }
    assert_true(webhook_pause_after(1) == SECONDS(5));
    assert_true(webhook_pause_after(10) == 0);
    assert_true(sum > DAYS(3) && sum < DAYS(4));
}

static void secrets_open_for_their_own_webhook_alone(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct webhook_made made = add(&i, "token.leaked");
        struct webhook_secrets secrets;
        str renewed;
        assert_ok("open", webhook_secret_open(i.shared, made.row.id, made.row.sealed, i.now,
                                              &i.arena, &secrets));
        assert_str("the same", secrets.secret, made.secret);
        assert_error("another's",
                     webhook_secret_open(i.shared, STR("wh_other"), made.row.sealed, i.now,
                                         &i.arena, &secrets),
                     ERR_FORGED);

        assert_ok("renew",
                  webhook_renew_secret(i.w, &i.owner, 1, made.row.id, i.now, &i.arena, &renewed));
        assert_ok("show", webhook_show(i.w, &i.owner, 1, made.row.id, &i.arena, &made.row));
        assert_ok("open", webhook_secret_open(i.shared, made.row.id, made.row.sealed, i.now,
                                              &i.arena, &secrets));
        assert_str("the new one", secrets.secret, renewed);
        assert_str("and the old one", secrets.before, made.secret);
        assert_ok("a day later",
                  webhook_secret_open(i.shared, made.row.id, made.row.sealed,
                                      i.now + WEBHOOK_SECRET_OVERLAP, &i.arena, &secrets));
        assert_str("the old one is over", secrets.before, STR(""));
    }
}

static void what_is_rolled_back_is_not_told(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct webhook_made made = add(&i, "token.*");
        {
            CLEANUP(txn_rollback) struct txn txn = {0};
            assert_ok("begin", txn_begin(i.w->db, &txn));
            assert_ok("note", note(&i, &txn, AUDIT_TOKEN_CREATED, 1));
        }
        assert_int_equal(waiting(&i, &made), 0);
        CLEANUP(txn_rollback) struct txn txn = {0};
        assert_ok("begin", txn_begin(i.w->db, &txn));
        assert_ok("one", note(&i, &txn, AUDIT_TOKEN_CREATED, 1));
        assert_ok("not wanted", note(&i, &txn, AUDIT_USER_CREATED, 1));
        assert_ok("of none", note(&i, &txn, AUDIT_TOKEN_CREATED, 0));
        assert_ok("commit", txn_commit(&txn));
        assert_int_equal(waiting(&i, &made), 1);
    }
}

static void the_queue_of_one_that_never_listens_ends(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct webhook_made made = add(&i, "token.*");
        CLEANUP(txn_rollback) struct txn txn = {0};
        assert_ok("begin", txn_begin(i.w->db, &txn));
        for (int n = 0; n < WEBHOOK_WAITING_MAX + 5; n++)
            assert_ok("note", note(&i, &txn, AUDIT_TOKEN_CREATED, 1));
        assert_ok("commit", txn_commit(&txn));
        assert_int_equal(waiting(&i, &made), WEBHOOK_WAITING_MAX);
    }
}

static void a_delivery_is_taken_once(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct webhook_made made = add(&i, "token.leaked");
        struct delivery_list due;
        bool taken;
        str id;
        assert_ok("test", webhook_test(i.w, &i.owner, 1, made.row.id, i.now, &i.arena, &id));
        assert_ok("due", deliveries_due(i.w->db, i.now, 4, 10, &i.arena, &due));
        assert_int_equal(due.count, 1);
        CLEANUP(txn_rollback) struct txn txn = {0};
        assert_ok("begin", txn_begin(i.w->db, &txn));
        for (int n = 0; n < 2; n++) {
            assert_ok("claim", deliveries_claim(txn.db, id, due.items[0].next_at,
                                                i.now + MINUTES(1), i.now, &taken));
            assert_int_equal(taken, n == 0);
        }
        assert_ok("commit", txn_commit(&txn));
        assert_ok("due", deliveries_due(i.w->db, i.now, 4, 10, &i.arena, &due));
        assert_int_equal(due.count, 0);
        assert_ok("again", deliveries_due(i.w->db, i.now + MINUTES(1), 4, 10, &i.arena, &due));
        assert_int_equal(due.count, 1);
    }
}

/* So many webhooks of the organization, all with something to be told. */
static void many_wait(struct instance *i, int64_t organization_id, size_t count)
{
    const struct principal operator= principal_operator();
    const struct webhook_patch order = {.has_url = true,
                                        .url = STR("https://example.com/hook"),
                                        .has_events = true,
                                        .events = STR("*")};
    for (size_t n = 0; n < count; n++) {
        struct complaints complaints = {0};
        struct webhook_made made;
        str id;
        assert_ok("add", webhook_add(i->w, &operator, organization_id, &order, i->now, &i->arena,
                                     &complaints, &made));
        assert_ok("test", webhook_test(i->w, &operator, organization_id, made.row.id, i->now,
                                       &i->arena, &id));
    }
}

static void no_organization_waits_for_how_many_another_has(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct organization_row other;
        struct delivery_list due;
        assert_ok("organization", organization_create(i.w, STR("Other"), i.now, &i.arena, &other));
        many_wait(&i, 1, WEBHOOKS_MAX);
        i.now += SECONDS(1);
        many_wait(&i, other.id, 2);
        assert_ok("due", deliveries_due(i.w->db, i.now, 4, 10, &i.arena, &due));
        int64_t mine = 0, others = 0;
        for (size_t n = 0; n < due.count; n++) {
            mine += due.items[n].organization_id == 1;
            others += due.items[n].organization_id == other.id;
        }
        assert_int_equal(mine, 4);
        assert_int_equal(others, 2);
        assert_ok("due", deliveries_due(i.w->db, i.now, 4, 2, &i.arena, &due));
        assert_int_equal(due.items[0].organization_id, 1);
        assert_int_equal(due.items[1].organization_id, other.id);
    }
}

static void what_is_shown_of_an_address_is_no_secret(void **state)
{
    (void)state;
    static const struct {
        const char *url, *shown;
    } cases[] = {
        {"https://example.com/hook", "https://example.com/hook"},
        {"https://example.com:8443/hook?", "https://example.com:8443/hook?…"},
        {"https://example.com/hook?key=secret", "https://example.com/hook?key=…"},
        {"https://example.com/hook?a=1&b=x=y&plain", "https://example.com/hook?a=…&b=…&…"},
    };
    struct arena arena = {0};
    for (size_t n = 0; n < COUNT_OF(cases); n++) {
        str shown = webhook_url_shown(str_from(cases[n].url), &arena);
        if (!str_equal(shown, str_from(cases[n].shown)))
            fail_msg("%s is shown as '%.*s', not '%s'", cases[n].url, STR_ARG(shown),
                     cases[n].shown);
    }
    arena_release(&arena);
}

/* How many entries of that kind there are about the token. */
static size_t noted(struct instance *i, enum audit_kind kind, str token_id)
{
    struct audit_list list;
    const struct audit_filter filter = {.organization_id = 1,
                                        .event = audit_kind_name(kind),
                                        .subject_id = token_id,
                                        .text = STR("")};
    assert_ok("find", audit_events_up(i->w->db, &filter, 0, 100, &i->arena, &list));
    return list.count;
}

static str make_token(struct instance *i, const char *name, int64_t days)
{
    struct complaints complaints = {0};
    struct new_token token = {.secret = STR("")};
    struct token_order order = {.kind = TOKEN_PAT, .name = str_from(name), .ttl_days = days};
    assert_ok(name, token_create(i->w, &i->owner, i->owner.user_id, &order, i->now, &i->arena,
                                 &complaints, &token));
    return token.row.id;
}

static void forget_how_far(struct instance *i)
{
    memset(i->shared->warned_up_to, 0, sizeof(i->shared->warned_up_to));
}

static void each_warning_comes_once_whatever_restarts(void **state)
{
    ON_EACH_ENGINE(i)
    {
        str id = make_token(&i, "month", 30), brief = make_token(&i, "brief", 2),
            revoked = make_token(&i, "revoked", 30);
        assert_ok("revoke", token_revoke(i.w, &i.owner, revoked, i.now, &i.arena));
        static const struct {
            int64_t hours;
            size_t expiring, expired, brief_expiring, brief_expired;
        } steps[] = {
            {0, 0, 0, 0, 0},           {24 + 1, 0, 0, 1, 0},      {2 * 24 + 1, 0, 0, 1, 1},
            {15 * 24, 0, 0, 1, 1},     {16 * 24 + 1, 1, 0, 1, 1}, {27 * 24 + 1, 2, 0, 1, 1},
            {29 * 24 + 1, 3, 0, 1, 1}, {30 * 24 + 1, 3, 1, 1, 1}, {31 * 24, 3, 1, 1, 1},
        };
        for (size_t n = 0; n < COUNT_OF(steps); n++) {
            usec now = i.now + HOURS(steps[n].hours);
            for (int again = 0; again < 2; again++) {
                assert_ok("warn", expiry_warnings(i.w, now));
                forget_how_far(&i); /* a restart, or another node */
                assert_ok("warn", expiry_warnings(i.w, now));
            }
            size_t got[] = {noted(&i, AUDIT_TOKEN_EXPIRING, id), noted(&i, AUDIT_TOKEN_EXPIRED, id),
                            noted(&i, AUDIT_TOKEN_EXPIRING, brief),
                            noted(&i, AUDIT_TOKEN_EXPIRED, brief)};
            if (got[0] != steps[n].expiring || got[1] != steps[n].expired ||
                got[2] != steps[n].brief_expiring || got[3] != steps[n].brief_expired)
                fail_msg("after %lld hours: %zu %zu %zu %zu", (long long)steps[n].hours, got[0],
                         got[1], got[2], got[3]);
        }
        assert_int_equal(noted(&i, AUDIT_TOKEN_EXPIRING, revoked), 0);
        assert_int_equal(noted(&i, AUDIT_TOKEN_EXPIRED, revoked), 0);
    }
}

static void the_same_is_so_without_a_restart(void **state)
{
    ON_EACH_ENGINE(i)
    {
        str id = make_token(&i, "month", 30);
        for (int64_t hours = 0; hours <= 31 * 24; hours += 6)
            assert_ok("warn", expiry_warnings(i.w, i.now + HOURS(hours)));
        assert_int_equal(noted(&i, AUDIT_TOKEN_EXPIRING, id), 3);
        assert_int_equal(noted(&i, AUDIT_TOKEN_EXPIRED, id), 1);
    }
}

static void many_ends_at_once_are_all_told(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct webhook_made made = add(&i, "token.expiring");
        for (int n = 0; n < 230; n++)
            (void)make_token(&i, arena_printf(&i.arena, "token %d", n).ptr, 30);
        assert_ok("warn", expiry_warnings(i.w, i.now + DAYS(20)));
        assert_int_equal(waiting(&i, &made), 230);
        assert_ok("warn", expiry_warnings(i.w, i.now + DAYS(20)));
        assert_int_equal(waiting(&i, &made), 230);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_public_or_not),
        cmocka_unit_test(the_signature_is_the_schemes),
        cmocka_unit_test(names_are_matched_whole),
        cmocka_unit_test(pauses_grow_and_end),
        cmocka_unit_test(secrets_open_for_their_own_webhook_alone),
        cmocka_unit_test(what_is_rolled_back_is_not_told),
        cmocka_unit_test(the_queue_of_one_that_never_listens_ends),
        cmocka_unit_test(a_delivery_is_taken_once),
        cmocka_unit_test(no_organization_waits_for_how_many_another_has),
        cmocka_unit_test(what_is_shown_of_an_address_is_no_secret),
        cmocka_unit_test(each_warning_comes_once_whatever_restarts),
        cmocka_unit_test(the_same_is_so_without_a_restart),
        cmocka_unit_test(many_ends_at_once_are_all_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
