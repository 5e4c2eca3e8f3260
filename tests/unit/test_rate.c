#include "unit/test.h"

#include "decision/rate.h"

#define NOW SECONDS(1800000000)

static struct rate *ten_in_five_minutes(size_t names)
{
    const struct rate_limits limits = {.names = names, .failures = 10, .window = MINUTES(5)};
    struct rate *rate = NULL;
    assert_ok("rate", rate_new(&limits, &rate));
    return rate;
}

static void fail_often(struct rate *rate, str name, int times, usec now)
{
    for (int i = 0; i < times; i++)
        assert_int_equal(rate_begin(rate, name, now), 0);
}

static void limits_are_checked(void **state)
{
    (void)state;
    static const struct rate_limits bad[] = {{0, 1, 1},  {1, 0, 1},        {1, 1, 0},
                                             {1, 1, -1}, {SIZE_MAX, 1, 1}, {1, 1001, 1}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct rate *rate = NULL;
        assert_error("bad limits", rate_new(&bad[i], &rate), ERR_INVALID);
        assert_null(rate);
    }
    rate_free(NULL);
}

static void the_eleventh_waits_until_the_first_is_forgotten(void **state)
{
    (void)state;
    struct rate *rate = ten_in_five_minutes(64);
    fail_often(rate, STR("ann"), 1, NOW);
    fail_often(rate, STR("ann"), 9, NOW + SECONDS(60));
    assert_int_equal(rate_begin(rate, STR("ann"), NOW + SECONDS(60)), 240);
    assert_int_equal(rate_begin(rate, STR("ann"), NOW + SECONDS(300) - 1), 1);
    assert_int_equal(rate_begin(rate, STR("bob"), NOW + SECONDS(60)), 0); /* another name */
    assert_int_equal(rate_begin(rate, STR("ann"), NOW + SECONDS(300)), 0);
    assert_int_equal(rate_begin(rate, STR("ann"), NOW + SECONDS(300)), 60);
    rate_free(rate);
}

static void being_told_to_wait_does_not_count(void **state)
{
    (void)state;
    struct rate *rate = ten_in_five_minutes(64);
    fail_often(rate, STR("ann"), 10, NOW);
    for (int i = 0; i < 100; i++)
        assert_int_equal(rate_begin(rate, STR("ann"), NOW + SECONDS(100)), 200);
    fail_often(rate, STR("ann"), 10, NOW + SECONDS(300));
    rate_free(rate);
}

static void success_takes_back_its_own_attempt_only(void **state)
{
    (void)state;
    struct rate *rate = ten_in_five_minutes(64);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(rate_begin(rate, STR("ann"), NOW + i), 0);
        rate_succeeded(rate, STR("ann"), NOW + i);
    }
    fail_often(rate, STR("ann"), 9, NOW);
    assert_int_equal(rate_begin(rate, STR("ann"), NOW + 1), 0);
    assert_int_equal(rate_begin(rate, STR("ann"), NOW + 2), 300); /* ten under way at once */
    rate_succeeded(rate, STR("ann"), NOW + 1);
    rate_succeeded(rate, STR("ann"), NOW + 1);    /* there is none left of that time */
    rate_succeeded(rate, STR("nobody"), NOW + 1); /* never began */
    assert_int_equal(rate_begin(rate, STR("ann"), NOW + 2), 0);
    assert_true(rate_begin(rate, STR("ann"), NOW + 2) > 0);
    rate_free(rate);
}

static void attempts_out_of_order_all_count(void **state)
{
    (void)state;
    struct rate *rate = ten_in_five_minutes(64);
    for (int i = 0; i < 10; i++)
        assert_int_equal(rate_begin(rate, STR("ann"), NOW + SECONDS((i * 7) % 10)), 0);
    assert_int_equal(rate_begin(rate, STR("ann"), NOW), 300);
    assert_int_equal(rate_begin(rate, STR("ann"), NOW + SECONDS(301)), 0); /* 0 and 1 s are over */
    assert_int_equal(rate_begin(rate, STR("ann"), NOW + SECONDS(301)), 0);
    assert_int_equal(rate_begin(rate, STR("ann"), NOW + SECONDS(301)), 1);
    rate_free(rate);
}

static void a_clock_set_back_locks_nobody_out_for_long(void **state)
{
    (void)state;
    struct rate *rate = ten_in_five_minutes(64);
    fail_often(rate, STR("ann"), 10, NOW + DAYS(365));
    assert_int_equal(rate_begin(rate, STR("ann"), NOW), 0);
    rate_free(rate);
}

static void a_locked_name_is_not_flushed_out(void **state)
{
    (void)state;
    struct rate *rate = ten_in_five_minutes(64);
    fail_often(rate, STR("victim"), 10, NOW);
    char name[32];
    for (int i = 0; i < 10000; i++) {
        str other = str_of(name, (size_t)snprintf(name, sizeof(name), "nobody-%d", i));
        assert_int_equal(rate_begin(rate, other, NOW + 1), 0);
    }
    assert_true(rate_begin(rate, STR("victim"), NOW + 2) > 0);
    rate_free(rate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_checked),
        cmocka_unit_test(the_eleventh_waits_until_the_first_is_forgotten),
        cmocka_unit_test(being_told_to_wait_does_not_count),
        cmocka_unit_test(success_takes_back_its_own_attempt_only),
        cmocka_unit_test(attempts_out_of_order_all_count),
        cmocka_unit_test(a_clock_set_back_locks_nobody_out_for_long),
        cmocka_unit_test(a_locked_name_is_not_flushed_out),
    };
    return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
