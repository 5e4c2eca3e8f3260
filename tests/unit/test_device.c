/* Devices, by a clock of the test's own. */
#include "service/device.h"
#include "support/instance.h"
#include "unit/test.h"

#define ON_EACH_ENGINE(i)                                                                          \
    (void)state;                                                                                   \
    struct instance i;                                                                             \
    for (enum engine engine_ = 0; engine_ < ENGINE_COUNT; engine_++)                               \
        if (engine_is_there(engine_))                                                              \
            for (bool once_ = (instance_open(&i, engine_, false), true); once_;                    \
                 once_ = (instance_close(&i), false))

static struct device_asked ask(struct instance *i)
{
    struct device_order order = {.client_name = STR("tv"), .scopes = STR("")};
    struct device_asked asked;
    int64_t retry_after;
    assert_ok("ask", device_ask(i->w, &order, i->now, &i->arena, &retry_after, &asked));
    return asked;
}

static enum device_answer poll(struct instance *i, const struct device_asked *asked)
{
    struct device_poll got;
    assert_ok("poll", device_poll(i->w, asked->device_code, i->now, &i->arena, &got));
    return got.answer;
}

static enum error decide(struct instance *i, const struct device_asked *asked,
                         enum device_state what)
{
    int64_t retry_after;
    return device_decide(i->w, &i->owner, asked->user_code, what, i->now, &i->arena, &retry_after);
}

static void its_time_is_ten_minutes(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct device_asked asked = ask(&i);
        i.now += DEVICE_CODE_LIVES - 1;
        assert_int_equal(poll(&i, &asked), DEVICE_PENDING);
        i.now += 1;
        assert_int_equal(poll(&i, &asked), DEVICE_TOO_LATE);
        assert_error("nobody sees it", decide(&i, &asked, DEVICE_APPROVED), ERR_NOT_FOUND);
    }
}

static void an_approved_one_that_comes_too_late_gets_nothing(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct device_asked asked = ask(&i);
        assert_ok("approve", decide(&i, &asked, DEVICE_APPROVED));
        i.now += DEVICE_CODE_LIVES;
        assert_int_equal(poll(&i, &asked), DEVICE_TOO_LATE);
    }
}

static void each_question_too_soon_costs_five_seconds_more(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct device_asked asked = ask(&i);
        assert_int_equal(poll(&i, &asked), DEVICE_PENDING);
        i.now += SECONDS(DEVICE_INTERVAL_SECONDS);
        assert_int_equal(poll(&i, &asked), DEVICE_PENDING);
        i.now += SECONDS(1);
        assert_int_equal(poll(&i, &asked), DEVICE_SLOW_DOWN);
        i.now += SECONDS(DEVICE_INTERVAL_SECONDS);
        assert_int_equal(poll(&i, &asked), DEVICE_SLOW_DOWN); /* ten from now on, then fifteen */
        i.now += SECONDS(15);
        assert_int_equal(poll(&i, &asked), DEVICE_PENDING);
    }
}

static void decided_is_decided(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct device_asked asked = ask(&i);
        assert_ok("deny", decide(&i, &asked, DEVICE_DENIED));
        assert_error("approve", decide(&i, &asked, DEVICE_APPROVED), ERR_CONFLICT);
        assert_int_equal(poll(&i, &asked), DEVICE_REFUSED);
    }
}

static void a_name_beyond_a_token_s_is_refused(void **state)
{
    ON_EACH_ENGINE(i)
    {
        static const struct {
            const char *why;
            str name;
        } cases[] = {
            {"empty", STR_INIT("")},
            {"blanks", STR_INIT("  ")},
            {"a control character", STR_INIT("a\nb")},
            {"not UTF-8", STR_INIT("\xff")},
            {"too long", STR_INIT("123456789012345678901234567890123456789012345678901234567890"
                                  "123456789012345678901")},
        };
        for (size_t n = 0; n < COUNT_OF(cases); n++) {
            struct device_order order = {.client_name = cases[n].name, .scopes = STR("")};
            struct device_asked asked;
            int64_t retry_after;
            assert_error(cases[n].why,
                         device_ask(i.w, &order, i.now, &i.arena, &retry_after, &asked),
                         ERR_INVALID);
        }
    }
}

static void one_address_asks_a_bounded_number_of_times(void **state)
{
    ON_EACH_ENGINE(i)
    {
        struct device_order order = {.client_name = STR("tv"), .scopes = STR("")};
        struct device_asked asked;
        int64_t retry_after = 0;
        i.w->origin.address = STR("192.0.2.1");
        enum error err = OK;
        for (int n = 0; n < 1000 && !err; n++)
            err = device_ask(i.w, &order, i.now, &i.arena, &retry_after, &asked);
        assert_error("some time", err, ERR_THROTTLED);
        assert_true(retry_after > 0);
        i.w->origin.address = STR("192.0.2.2");
        assert_ok("another's", device_ask(i.w, &order, i.now, &i.arena, &retry_after, &asked));
        i.w->origin = ORIGIN_NONE;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_time_is_ten_minutes),
        cmocka_unit_test(an_approved_one_that_comes_too_late_gets_nothing),
        cmocka_unit_test(each_question_too_soon_costs_five_seconds_more),
        cmocka_unit_test(decided_is_decided),
        cmocka_unit_test(a_name_beyond_a_token_s_is_refused),
        cmocka_unit_test(one_address_asks_a_bounded_number_of_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
