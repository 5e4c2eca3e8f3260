/*
 * What a credential may, and from where: from its row, its claim, its organization, at once.
 */
#include "auth/guard.h"
#include "auth/scope_file.h"
#include "cluster/change.h"
#include "service/legacy.h"
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

static struct new_token make(struct instance *i, enum token_kind kind, const char *name)
{
    struct complaints complaints = {0};
    struct new_token token = {.secret = STR("")};
    struct token_order order = {.kind = kind, .name = str_from(name)};
    assert_ok(name,
              token_create(i->w, &i->owner, 1, &order, i->now, &i->arena, &complaints, &token));
    return token;
}

/* As a change of the token does it. */
static void restrict_token(struct instance *i, const struct token_row *row, const char *scopes,
                           const char *allowed_ips)
{
    CLEANUP(change_end) struct change change;
    change_init(&change, i->shared->page, i->now);
    change_of(&change, OWNER_TOKEN, (uint64_t)row->token_key);
    CLEANUP(txn_rollback) struct txn txn = {0};
    assert_ok("begin", txn_begin(i->w->db, &txn));
    assert_ok("update",
              db_run(txn.db, "UPDATE tokens SET scopes = $2, allowed_ips = $3 WHERE id = $1", "sss",
                     row->id, str_from(scopes), str_from(allowed_ips)));
    assert_ok("commit", change_commit(&change, &txn));
}

static void restrict_organization(struct instance *i, const char *allowed_ips)
{
    struct complaints complaints = {0};
    struct shown_settings settings;
    const str list[] = {str_from(allowed_ips)};
    struct settings_patch patch = {.has_legacy_tokens = true,
                                   .legacy_tokens = true,
                                   .has_allowed_ips = true,
                                   .allowed_ips = list,
                                   .allowed_ip_count = !str_is_empty(list[0])};
    assert_ok("the owner may", settings_change(i->w, &i->owner, 1, &patch, i->now, &i->arena,
                                               &complaints, &settings));
}

static str exchange(struct instance *i, str pat)
{
    struct exchanged exchanged = {.access = STR("")};
    assert_ok("exchange", token_exchange(i->shared, i->w->db, pat, i->now, &i->arena, &exchanged));
    return exchanged.access;
}

/* In both lanes: what the slow one finds out, the fast one remembers. */
static struct principal ask(struct instance *i, str token)
{
    str header = instance_bearer(i, token);
    struct verdict slow = instance_ask(i, header), fast;
    if (slow.fault != FAULT_NONE)
        return slow.principal; /* nobody */
    assert_ok("from memory", instance_ask_fast(i, header, &fast));
    assert_str("the same scopes", fast.principal.scopes, slow.principal.scopes);
    assert_int_equal(fast.principal.guards, slow.principal.guards);
    assert_str("the same id", fast.principal.token_id, slow.principal.token_id);
    return fast.principal;
}

static enum error check_from(struct instance *i, const struct principal *who, const char *address)
{
    return guard_check_address(&i->shared->auth, i->w->db, who, str_from(address), i->now,
                               &i->arena);
}

/* Without the database. */
static enum error check_from_memory(struct instance *i, const struct principal *who,
                                    const char *address)
{
    return guard_check_address(&i->shared->auth, NULL, who, str_from(address), i->now, &i->arena);
}

static void a_token_without_limits_has_no_guards(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token pat = make(&i, TOKEN_PAT, "pat"), key = make(&i, TOKEN_API_KEY, "key");
        str access = exchange(&i, pat.secret);
        str tokens[] = {pat.secret, key.secret, access};
        for (size_t n = 0; n < COUNT_OF(tokens); n++) {
            struct principal who = ask(&i, tokens[n]);
            assert_int_equal(who.guards, 0);
            assert_true(str_is_empty(who.scopes));
            assert_ok("from anywhere", check_from_memory(&i, &who, "unknown"));
        }
        struct access read;
        struct token_clock clock = {.now = i.now};
        assert_ok("read", access_verify(access, i.shared->auth.keys, &clock, &i.arena, &read));
        assert_false(read.has_scope);
    }
}

static void scopes_go_with_what_is_derived(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token pat = make(&i, TOKEN_PAT, "pat"), key = make(&i, TOKEN_API_KEY, "key");
        restrict_token(&i, &pat.row, "read tokens", "");
        restrict_token(&i, &key.row, "read", "");
        struct principal who = ask(&i, pat.secret);
        assert_str("the PAT itself", who.scopes, STR("read tokens"));
        assert_int_equal(who.guards, GUARD_SCOPES);
        who = ask(&i, key.secret);
        assert_str("the API key", who.scopes, STR("read"));

        for (int again = 0; again < 2; again++) { /* the second time from memory */
            str access = exchange(&i, pat.secret);
            struct access read;
            struct token_clock clock = {.now = i.now};
            assert_ok("read", access_verify(access, i.shared->auth.keys, &clock, &i.arena, &read));
            assert_str("its claim", read.scope, STR("read tokens"));
            who = ask(&i, access);
            assert_str("its access token", who.scopes, STR("read tokens"));
        }
        /* old enough for nobody to look at its parent: the claim alone counts */
        i.now += SECONDS(60);
        who = ask(&i, exchange(&i, pat.secret));
        assert_str("without a look at its parent", who.scopes, STR("read tokens"));
    }
}

static void narrowing_counts_at_once_for_what_came_before(void **state)
{
    static const struct {
        const char *before, *after, *left; /* NULL: the access token counts no more */
    } cases[] = {
        {"all", "read", "read"},
        {"all", "export read", "export read"},
        {"read tokens", "read", "read"},
        {"read tokens", "tokens", "tokens"},
        {"read", "tokens", NULL},
        {"read", "all", "read"}, /* nothing does that; its own claim stays */
    };
    ON_EACH_ENGINE(i, false)
    {
        for (size_t n = 0; n < COUNT_OF(cases); n++) {
            struct new_token pat = make(&i, TOKEN_PAT, arena_cstr(&i.arena, jti_new(&i.arena)));
            restrict_token(&i, &pat.row, cases[n].before, "");
            i.now += SECONDS(60);
            str access = exchange(&i, pat.secret);
            struct principal who = ask(&i, access); /* kept */
            i.now += SECONDS(1);
            restrict_token(&i, &pat.row, cases[n].after, "");
            who = ask(&i, access);
            if (!cases[n].left) {
                assert_int_equal(who.kind, CREDENTIAL_NONE);
                continue;
            }
            assert_int_equal(who.kind, CREDENTIAL_ACCESS_TOKEN);
            assert_str(cases[n].after, who.scopes, str_from(cases[n].left));
            who = ask(&i, pat.secret);
            assert_str("the PAT", str_is_empty(who.scopes) ? STR("all") : who.scopes,
                       str_from(cases[n].after));
            /* and what is exchanged from now on */
            i.now += SECONDS(60);
            who = ask(&i, exchange(&i, pat.secret));
            assert_str("a new one", str_is_empty(who.scopes) ? STR("all") : who.scopes,
                       str_from(cases[n].after));
        }
    }
}

static void a_claim_that_is_no_list_gives_nothing(void **state)
{
    static const char *const claims[] = {"", "Read", "read \\u0022", "a\\tb"};
    ON_EACH_ENGINE(i, false)
    {
        struct new_token made = make(&i, TOKEN_PAT, "pat");
        for (size_t n = 0; n < COUNT_OF(claims); n++) {
            struct pat pat = {.jti = made.row.id,
                              .user_id = 1,
                              .issued_at = made.row.issued_at,
                              .expires_at = made.row.expires_at,
                              .user_id_json = STR("\"1\""),
                              .extra = access_scope_claim(str_from(claims[n]), &i.arena),
                              .missing = STR("")};
            struct new_access access;
            assert_ok("sign", access_sign(&pat, key_ring_current(i.shared->auth.keys), i.now, 300,
                                          &i.arena, &access));
            assert_int_equal(ask(&i, access.token).kind, CREDENTIAL_NONE);
        }
    }
}

static void addresses_are_checked_from_memory(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token pat = make(&i, TOKEN_PAT, "pat");
        restrict_token(&i, &pat.row, "all", "192.0.2.0/24 2001:db8::/32");
        i.now += SECONDS(60);
        str tokens[] = {pat.secret, exchange(&i, pat.secret)};
        for (size_t n = 0; n < COUNT_OF(tokens); n++) {
            struct principal who = ask(&i, tokens[n]);
            assert_int_equal(who.guards, GUARD_TOKEN_ADDRESSES);
            assert_true(str_is_empty(who.scopes));
            if (n == 0)
                assert_error("not in memory yet", check_from_memory(&i, &who, "192.0.2.1"),
                             ERR_WOULD_BLOCK);
            assert_ok("in", check_from(&i, &who, "192.0.2.1"));
            assert_ok("in, from memory", check_from_memory(&i, &who, "192.0.2.1"));
            assert_ok("IPv6", check_from_memory(&i, &who, "2001:db8::5"));
            assert_ok("IPv4 in IPv6", check_from_memory(&i, &who, "::ffff:192.0.2.1"));
            assert_error("out", check_from_memory(&i, &who, "192.0.3.1"), ERR_ADDRESS);
            assert_error("loopback", check_from_memory(&i, &who, "127.0.0.1"), ERR_ADDRESS);
            assert_error("nobody knows", check_from_memory(&i, &who, "unknown"), ERR_ADDRESS);
            assert_error("a socket", check_from_memory(&i, &who, "unix"), ERR_ADDRESS);
            assert_error("nothing", check_from_memory(&i, &who, ""), ERR_ADDRESS);
        }
        /* narrower at once, for the list in memory too */
        restrict_token(&i, &pat.row, "all", "192.0.2.128/25");
        struct principal who = ask(&i, tokens[1]);
        assert_error("out now", check_from(&i, &who, "192.0.2.1"), ERR_ADDRESS);
        assert_ok("in still", check_from(&i, &who, "192.0.2.200"));
    }
}

static void a_list_added_later_binds_what_came_before(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token pat = make(&i, TOKEN_PAT, "pat");
        i.now += SECONDS(60);
        str access = exchange(&i, pat.secret);
        assert_int_equal(ask(&i, access).guards, 0);
        i.now += SECONDS(1);
        restrict_token(&i, &pat.row, "all", "192.0.2.7");
        struct principal who = ask(&i, access);
        assert_int_equal(who.guards, GUARD_TOKEN_ADDRESSES);
        assert_error("out", check_from(&i, &who, "192.0.2.1"), ERR_ADDRESS);
        assert_ok("in", check_from(&i, &who, "192.0.2.7"));
        /* taken away again, which nobody can: what said that it was bound goes on */
        restrict_token(&i, &pat.row, "all", "");
        who = ask(&i, access);
        assert_ok("anywhere", check_from(&i, &who, "198.51.100.1"));
    }
}

static void the_organizations_list_binds_tokens_not_sessions(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token pat = make(&i, TOKEN_PAT, "pat"), key = make(&i, TOKEN_API_KEY, "key");
        restrict_organization(&i, "10.0.0.0/8");
        str legacy;
        assert_ok("legacy", legacy_token_reset(i.w, &i.owner, 1, i.now, &i.arena, &legacy));
        str tokens[] = {pat.secret, key.secret, exchange(&i, pat.secret), legacy};
        for (size_t n = 0; n < COUNT_OF(tokens); n++) {
            struct principal who = ask(&i, tokens[n]);
            assert_int_equal(who.guards, GUARD_ORGANIZATION_ADDRESSES);
            assert_ok("in", check_from(&i, &who, "10.1.2.3"));
            assert_error("out", check_from_memory(&i, &who, "192.0.2.1"), ERR_ADDRESS);
        }
        assert_int_equal(i.owner.guards, 0);

        /* both lists count */
        restrict_token(&i, &key.row, "all", "10.1.0.0/16 192.0.2.1");
        struct principal who = ask(&i, key.secret);
        assert_ok("in both", check_from(&i, &who, "10.1.2.3"));
        assert_error("in the token's alone", check_from(&i, &who, "192.0.2.1"), ERR_ADDRESS);
        assert_error("in the organization's alone", check_from(&i, &who, "10.2.0.1"), ERR_ADDRESS);

        restrict_organization(&i, "");
        assert_int_equal(ask(&i, pat.secret).guards, 0);
    }
}

static void an_exchange_counts_from_its_addresses_alone(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        struct new_token pat = make(&i, TOKEN_PAT, "pat");
        restrict_token(&i, &pat.row, "all", "192.0.2.7");
        for (int again = 0; again < 2; again++) {
            struct db *db = again ? NULL : i.w->db; /* then from memory */
            struct exchanged exchanged;
            assert_error("out",
                         token_exchange_from(i.shared, db, pat.secret, STR("192.0.2.8"), i.now,
                                             &i.arena, &exchanged),
                         ERR_ADDRESS);
            assert_true(str_is_empty(exchanged.access));
            assert_ok("in", token_exchange_from(i.shared, db, pat.secret, STR("192.0.2.7"), i.now,
                                                &i.arena, &exchanged));
            assert_false(str_is_empty(exchanged.access));
        }
    }
}

static enum error order(struct instance *i, const struct principal *who, const char *scopes,
                        const char *allowed_ips, struct token_row *out)
{
    static int number;
    struct complaints complaints = {0};
    struct new_token token;
    str names[8], network = str_from(allowed_ips);
    size_t count = 0;
    struct str_pieces pieces = str_pieces(str_from(scopes), ' ');
    while (count < COUNT_OF(names) && str_next_piece(&pieces, &names[count]))
        count += !str_is_empty(names[count]);
    struct token_order order = {.kind = TOKEN_API_KEY,
                                .name = arena_printf(&i->arena, "ordered %d", number++),
                                .has_scopes = count > 0,
                                .scopes = names,
                                .scope_count = count,
                                .allowed_ips = &network,
                                .allowed_ip_count = !str_is_empty(network)};
    enum error err = token_create(i->w, who, 1, &order, i->now, &i->arena, &complaints, &token);
    if (!err)
        *out = token.row;
    return err;
}

static void nobody_gives_more_than_he_has(void **state)
{
    static const struct {
        const char *has, *has_ips, *asked, *asked_ips;
        const char *scopes, *ips; /* of the new one; NULL: refused */
    } cases[] = {
        {"all", "", "", "", "all", ""},
        {"all", "", "read", "10.0.0.0/8", "read", "10.0.0.0/8"},
        {"all", "", "export tokens", "", "export tokens", ""},
        {"all", "", "exports", "", NULL, NULL},
        {"all", "", "", "10.1.2.3/8", NULL, NULL},
        {"tokens", "", "", "", "tokens", ""},
        {"tokens", "", "read", "", NULL, NULL},
        {"tokens", "", "all", "", NULL, NULL},
        {"read tokens", "", "read", "", "read", ""},
        {"all", "10.0.0.0/8", "", "", "all", "10.0.0.0/8"},
        {"all", "10.0.0.0/8", "read", "10.2.0.0/16", "read", "10.2.0.0/16"},
        {"all", "10.0.0.0/8", "", "192.0.2.1", NULL, NULL},
        {"all", "10.0.0.0/8", "", "0.0.0.0/0", NULL, NULL},
    };
    ON_EACH_ENGINE(i, false)
    {
        struct scope_table *table;
        str problem;
        assert_ok("file",
                  scope_table_read(STR("export = GET /api/export\n"), &i.arena, &problem, &table));
        scopes_set(i.shared->scopes, table);
        for (size_t n = 0; n < COUNT_OF(cases); n++) {
            struct new_token pat = make(&i, TOKEN_PAT, arena_cstr(&i.arena, jti_new(&i.arena)));
            restrict_token(&i, &pat.row, cases[n].has, cases[n].has_ips);
            i.now += SECONDS(60);
            struct principal who = ask(&i, exchange(&i, pat.secret));
            struct token_row row = {.scopes = STR("")};
            enum error err = order(&i, &who, cases[n].asked, cases[n].asked_ips, &row);
            assert_error(cases[n].asked, err, cases[n].scopes ? OK : ERR_INVALID);
            if (err)
                continue;
            assert_str(cases[n].has, row.scopes, str_from(cases[n].scopes));
            assert_str(cases[n].has, row.allowed_ips, str_from(cases[n].ips));
        }
    }
}

static void a_token_cannot_shut_itself_out(void **state)
{
    ON_EACH_ENGINE(i, false)
    {
        const str list[] = {STR("10.0.0.0/8")};
        struct settings_patch patch = {
            .has_allowed_ips = true, .allowed_ips = list, .allowed_ip_count = 1};
        struct complaints complaints = {0};
        struct shown_settings settings;
        struct new_token pat = make(&i, TOKEN_PAT, "pat");
        struct principal token = ask(&i, pat.secret);
        i.w->origin.address = STR("192.0.2.1");
        assert_error(
            "from outside",
            settings_change(i.w, &token, 1, &patch, i.now, &i.arena, &complaints, &settings),
            ERR_INVALID);
        assert_int_equal(complaints.count, 1);
        assert_true(str_contains(complaints.items[0].text, STR("Your own address, 192.0.2.1")));
        assert_int_equal(ask(&i, pat.secret).guards, 0);
        complaints.count = 0;
        assert_ok("by a session", settings_change(i.w, &i.owner, 1, &patch, i.now, &i.arena,
                                                  &complaints, &settings));
        assert_int_equal(ask(&i, pat.secret).guards, GUARD_ORGANIZATION_ADDRESSES);
        i.w->origin.address = STR("10.1.1.1");
        assert_ok("from within",
                  settings_change(i.w, &token, 1, &patch, i.now, &i.arena, &complaints, &settings));
        patch.allowed_ip_count = 0;
        assert_ok("an empty list",
                  settings_change(i.w, &token, 1, &patch, i.now, &i.arena, &complaints, &settings));
        assert_int_equal(complaints.count, 0);
        i.w->origin = ORIGIN_NONE;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_without_limits_has_no_guards),
        cmocka_unit_test(scopes_go_with_what_is_derived),
        cmocka_unit_test(narrowing_counts_at_once_for_what_came_before),
        cmocka_unit_test(a_claim_that_is_no_list_gives_nothing),
        cmocka_unit_test(addresses_are_checked_from_memory),
        cmocka_unit_test(a_list_added_later_binds_what_came_before),
        cmocka_unit_test(the_organizations_list_binds_tokens_not_sessions),
        cmocka_unit_test(an_exchange_counts_from_its_addresses_alone),
        cmocka_unit_test(nobody_gives_more_than_he_has),
        cmocka_unit_test(a_token_cannot_shut_itself_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
