#include "base/buf.h"
#include "db/db.h"
#include "service/audit.h"
#include "service/audit_text.h"
#include "service/audit_verify.h"
#include "service/members.h"
#include "service/organizations.h"
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

static void note(struct instance *i, const struct principal *who, const char *name)
{
    const struct audit_fact facts[] = {{STR("role"), STR("member"), STR("owner")}};
    const struct audit_event event = {.kind = AUDIT_TOKEN_CREATED,
                                      .organization_id = 1,
                                      .subject_kind = STR("token"),
                                      .subject_id = STR("t1"),
                                      .subject_name = str_from(name),
                                      .subject_user_id = 1,
                                      .facts = facts,
                                      .fact_count = COUNT_OF(facts)};
    assert_ok(name, audit_note_alone(i->w, who, &event, i->now));
}

static struct audit_report verify(struct instance *i)
{
    struct audit_report report;
    const struct audit_verification order = {.from = 0};
    assert_ok("verify", audit_verify(i->w, &order, &i->arena, &report));
    return report;
}

static void change(struct instance *i, const char *sql)
{
    CLEANUP(txn_rollback) struct txn txn = {0};
    assert_ok(sql, txn_begin(i->w->db, &txn));
    assert_ok(sql, db_run(txn.db, sql, ""));
    assert_ok(sql, txn_commit(&txn));
}

static struct audit_row last_entry(struct instance *i)
{
    struct audit_head head;
    struct audit_list list;
    assert_ok("head", audit_head_find(i->w->db, &i->arena, &head));
    assert_ok("walk", audit_events_walk(i->w->db, head.number - 1, 1, &i->arena, &list));
    assert_int_equal(list.count, 1);
    return list.items[0];
}

static void what_is_done_is_in_the_log(void **state)
{
    ON_EACH_ENGINE(i)
    {
        i.w->origin = (struct origin){.address = STR("192.0.2.7"),
                                      .user_agent = STR("curl/8\x01\xFF"),
                                      .request_id = STR("r")};
        struct principal ann = instance_member(&i, "ann@example.com", ROLE_MEMBER);
        assert_ok("role", member_set_role(i.w, &i.owner, 1, ann.user_id, ROLE_ADMINISTRATOR, i.now,
                                          &i.arena));
        struct audit_row row = last_entry(&i);
        assert_str("event", row.event, STR("member.role_changed"));
        assert_str("actor", row.actor_kind, STR("user"));
        assert_int_equal(row.actor_id, i.owner.user_id);
        assert_str("subject", row.subject_name, STR("ann@example.com"));
        assert_str("address", row.address, STR("192.0.2.7"));
        assert_str("user agent", row.user_agent, STR("curl/8??"));
        assert_str("details", row.details,
                   STR("{\"role\":{\"before\":\"member\",\"after\":\"administrator\"}}"));
        assert_int_equal(verify(&i).fault, AUDIT_HOLDS);
    }
}

static void who_acted_is_told_apart(void **state)
{
    ON_EACH_ENGINE(i)
    {
        const struct principal nobody = {.kind = CREDENTIAL_NONE};
        note(&i, NULL, "the system");
        assert_str("kind", last_entry(&i).actor_kind, STR("system"));
        note(&i, &nobody, "nobody");
        assert_str("kind", last_entry(&i).actor_kind, STR("anonymous"));
        note(&i, &i.operator, "the operator");
        assert_str("kind", last_entry(&i).actor_kind, STR("operator"));
        assert_true(last_entry(&i).actor_name.len > 0);
        change(&i, "UPDATE users SET is_service = 1 WHERE id = 1");
        note(&i, &i.owner, "a machine");
        assert_str("kind", last_entry(&i).actor_kind, STR("service_account"));
    }
}

static void a_change_that_fails_leaves_no_entry(void **state)
{
    ON_EACH_ENGINE(i)
    {
        int64_t before = last_entry(&i).number;
        {
            CLEANUP(txn_rollback) struct txn txn = {0};
            const struct audit_event event = {.kind = AUDIT_TOKEN_CREATED};
            assert_ok("begin", txn_begin(i.w->db, &txn));
            assert_ok("note", audit_note(i.w, &txn, NULL, &event, i.now));
        }
        assert_int_equal(last_entry(&i).number, before);
        assert_int_equal(verify(&i).fault, AUDIT_HOLDS);
    }
}

/* `at` 0: the head; entry 5 is in the middle, 8 is the last one. */
static void each_tampering_is_found(void **state)
{
    static const struct {
        const char *why, *sql, *more;
        enum audit_fault fault;
        int64_t at;
    } cases[] = {
        {"a changed text", "UPDATE audit_events SET subject_name = 'x' WHERE number = 5", NULL,
         AUDIT_CHANGED, 5},
        {"a changed time", "UPDATE audit_events SET at = at + 1 WHERE number = 5", NULL,
         AUDIT_CHANGED, 5},
        {"an actor taken out", "UPDATE audit_events SET actor_id = NULL WHERE number = 5", NULL,
         AUDIT_CHANGED, 5},
        {"bytes moved to the next field",
         "UPDATE audit_events SET subject_kind = 'tokent', subject_id = '1' WHERE number = 5", NULL,
         AUDIT_CHANGED, 5},
        {"a removed entry", "DELETE FROM audit_events WHERE number = 5", NULL, AUDIT_MISSING, 5},
        {"the first one removed", "DELETE FROM audit_events WHERE number = 1", NULL, AUDIT_MISSING,
         1},
        {"removed, and the rest moved up", "DELETE FROM audit_events WHERE number = 5",
         "UPDATE audit_events SET number = number - 1 WHERE number > 5", AUDIT_CHANGED, 5},
        {"two in another order",
         "UPDATE audit_events SET number = 100 - number WHERE number IN "
         "(5, 6)",
         "UPDATE audit_events SET number = number - 89 WHERE number IN (94, 95)", AUDIT_CHANGED, 5},
        {"a copy added at the end",
         "INSERT INTO audit_events SELECT 9, at, event, organization_id, actor_kind, actor_id, "
         "actor_name, credential, credential_id, address, user_agent, subject_kind, subject_id, "
         "subject_name, subject_user_id, details, mac FROM audit_events WHERE number = 8",
         NULL, AUDIT_CHANGED, 9},
        {"the end cut off", "DELETE FROM audit_events WHERE number > 6", NULL, AUDIT_CUT, 7},
        {"all cut off", "DELETE FROM audit_events", NULL, AUDIT_CUT, 1},
        {"the end cut off and the head put there", "DELETE FROM audit_events WHERE number > 6",
         "UPDATE audit_head SET number = 6, mac = (SELECT mac FROM audit_events WHERE number = 6)",
         AUDIT_HEAD_CHANGED, 0},
        {"everything cut off and an empty head", "DELETE FROM audit_events WHERE number > 0",
         "UPDATE audit_head SET number = 6", AUDIT_HEAD_CHANGED, 0},
        {"all taken out, and a head as in the beginning", "DELETE FROM audit_events",
         "UPDATE audit_head SET number = 0, mac = '', seal = ''", AUDIT_CUT, 1},
        {"the head alone put back", "UPDATE audit_head SET number = 7", NULL, AUDIT_HEAD_CHANGED,
         0},
    };
    ON_EACH_ENGINE(i)
    {
        while (last_entry(&i).number < 8)
            note(&i, &i.owner, "laptop");
        assert_int_equal(verify(&i).checked, 8);
        change(&i, "CREATE TABLE kept AS SELECT * FROM audit_events");
        change(&i, "CREATE TABLE kept_head AS SELECT * FROM audit_head");
        for (size_t n = 0; n < COUNT_OF(cases); n++) {
            change(&i, cases[n].sql);
            if (cases[n].more)
                change(&i, cases[n].more);
            struct audit_report report = verify(&i);
            if (report.fault != cases[n].fault || report.number != cases[n].at)
                fail_msg("%s: fault %d at %lld, not %d at %lld", cases[n].why, (int)report.fault,
                         (long long)report.number, (int)cases[n].fault, (long long)cases[n].at);
            change(&i, "DELETE FROM audit_events");
            change(&i, "DELETE FROM audit_head");
            change(&i, "INSERT INTO audit_events SELECT * FROM kept");
            change(&i, "INSERT INTO audit_head SELECT * FROM kept_head");
            assert_int_equal(verify(&i).fault, AUDIT_HOLDS);
        }
    }
}

static void a_log_that_was_emptied_does_not_begin_anew(void **state)
{
    ON_EACH_ENGINE(i)
    {
        change(&i, "DELETE FROM audit_events");
        change(&i, "UPDATE audit_head SET number = 0, mac = '', seal = ''");
        for (int n = 0; n < 4; n++)
            note(&i, &i.owner, "laptop");
        struct audit_report report = verify(&i);
        assert_int_equal(report.fault, AUDIT_NO_BEGINNING);
        assert_int_equal(report.number, 1);
    }
}

static void a_checkpoint_finds_what_the_chain_cannot(void **state)
{
    ON_EACH_ENGINE(i)
    {
        change(&i, "CREATE TABLE kept AS SELECT * FROM audit_events");
        change(&i, "CREATE TABLE kept_head AS SELECT * FROM audit_head");
        while (last_entry(&i).number < 6)
            note(&i, &i.owner, "laptop");
        struct audit_report at_six = verify(&i), report;
        struct audit_verification order = {.from = at_six.last, .mac = at_six.last_mac};
        note(&i, &i.owner, "desktop");
        assert_ok("verify", audit_verify(i.w, &order, &i.arena, &report));
        assert_int_equal(report.fault, AUDIT_HOLDS);
        assert_int_equal(report.checked, 1);

        /* the whole log is put back to an older state, and goes on from there */
        change(&i, "DELETE FROM audit_events");
        change(&i, "DELETE FROM audit_head");
        change(&i, "INSERT INTO audit_events SELECT * FROM kept");
        change(&i, "INSERT INTO audit_head SELECT * FROM kept_head");
        assert_int_equal(verify(&i).fault, AUDIT_HOLDS);
        assert_ok("verify", audit_verify(i.w, &order, &i.arena, &report));
        assert_int_equal(report.fault, AUDIT_CUT);
        while (last_entry(&i).number < 8)
            note(&i, &i.owner, "other");
        assert_ok("verify", audit_verify(i.w, &order, &i.arena, &report));
        assert_int_equal(report.fault, AUDIT_NOT_THE_CHECKPOINT);
    }
}

static void strangers_cannot_fill_the_log(void **state)
{
    ON_EACH_ENGINE(i)
    {
        for (int n = 0; n < AUDIT_STRANGERS_MAX; n++)
            assert_true(audit_has_room_for_strangers(i.shared, i.now + n));
        assert_false(audit_has_room_for_strangers(i.shared, i.now + MINUTES(4)));
        assert_true(audit_has_room_for_strangers(i.shared, i.now + MINUTES(6)));
    }
}

static void details_are_json_whatever_is_in_them(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct audit_fact facts[] = {{STR("title"), STR("a\"b\\c"), STR("\xC3\xA9\x1F\xFF")},
                                       {STR("end"), STR(""), STR("x")}};
    assert_str("details", audit_details(&arena, facts, 2),
               STR("{\"title\":{\"before\":\"a\\\"b\\\\c\",\"after\":\"????\"},"
                   "\"end\":{\"before\":null,\"after\":\"x\"}}"));
    assert_str("nothing", audit_details(&arena, NULL, 0), STR("{}"));
    assert_str("cut between characters", audit_clean(&arena, STR("a\xC3\xA9"), 2), STR("a"));
    arena_release(&arena);
}

static void every_kind_is_found_by_its_name(void **state)
{
    (void)state;
    for (int kind = AUDIT_NOTHING + 1; kind < AUDIT_KIND_COUNT; kind++) {
        enum audit_kind found = AUDIT_NOTHING;
        assert_ok("find", audit_kind_find(audit_kind_name((enum audit_kind)kind), &found));
        assert_int_equal(found, kind);
    }
    enum audit_kind found;
    assert_error("another", audit_kind_find(STR("token.stolen"), &found), ERR_NOT_FOUND);
    assert_error("none", audit_kind_find(STR(""), &found), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_done_is_in_the_log),
        cmocka_unit_test(who_acted_is_told_apart),
        cmocka_unit_test(a_change_that_fails_leaves_no_entry),
        cmocka_unit_test(each_tampering_is_found),
        cmocka_unit_test(a_log_that_was_emptied_does_not_begin_anew),
        cmocka_unit_test(a_checkpoint_finds_what_the_chain_cannot),
        cmocka_unit_test(strangers_cannot_fill_the_log),
        cmocka_unit_test(details_are_json_whatever_is_in_them),
        cmocka_unit_test(every_kind_is_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
