#include "decision/use_report.h"
#include "decision/uses.h"
#include "unit/test.h"

#define NOW SECONDS(1795567428)

static struct use use_of(int64_t token_key, usec at)
{
    return (struct use){
        .key = {.token_key = token_key, .user_id = 17, .organization_id = 1},
        .count = 1,
        .first_at = at,
        .last_at = at,
        .address = STR("192.0.2.7"),
        .user_agent = STR("curl/8.5"),
    };
}

static void uses_of_one_token_add_up(void **state)
{
    (void)state;
    struct uses *uses = uses_new(64);
    struct use later = use_of(5, NOW + SECONDS(2)), first = use_of(5, NOW);
    first.address = STR("198.51.100.1");
    assert_true(uses_add(uses, &later));
    assert_true(uses_add(uses, &first)); /* reported late */
    assert_int_equal(uses_count(uses), 1);
    const struct used *used = uses_at(uses, 0);
    assert_int_equal(used->count, 2);
    assert_int_equal(used->first_at, NOW);
    assert_int_equal(used->last_at, NOW + SECONDS(2));
    assert_str("of the last one", str_of(used->address, used->address_len), STR("192.0.2.7"));
    uses_free(uses);
    uses_free(NULL);
}

static void what_differs_in_anything_but_its_texts_is_counted_apart(void **state)
{
    (void)state;
    struct uses *uses = uses_new(64);
    struct use other[5];
    for (size_t i = 0; i < COUNT_OF(other); i++)
        other[i] = use_of(5, NOW);
    other[1].key.organization_id = 2;
    other[2].first_at = other[2].last_at = NOW + DAYS(1);
    other[3].key.token_key = 6;
    other[4].key.is_legacy = true;
    for (size_t i = 0; i < COUNT_OF(other); i++)
        assert_true(uses_add(uses, &other[i]));
    assert_int_equal(uses_count(uses), COUNT_OF(other));

    size_t place = 0, found = 0;
    while (uses_find(uses, 5, &place))
        found++;
    assert_int_equal(found, 4);
    uses_clear(uses);
    place = 0;
    assert_null(uses_find(uses, 5, &place));
    assert_int_equal(uses_count(uses), 0);
    uses_free(uses);
}

static void a_full_table_says_so_and_goes_on_with_what_it_has(void **state)
{
    (void)state;
    struct uses *uses = uses_new(64);
    struct use use = use_of(1, NOW);
    int64_t refused = 0;
    while (!refused && use.key.token_key < 1000) {
        if (!uses_add(uses, &use))
            refused = use.key.token_key;
        use.key.token_key++;
    }
    assert_true(refused > 32); /* not before it is half full */
    use.key.token_key = 1;
    assert_true(uses_add(uses, &use));
    for (size_t i = 0; i < uses_count(uses); i++)
        assert_int_equal(uses_at(uses, i)->count, uses_at(uses, i)->key.token_key == 1 ? 2 : 1);
    uses_clear(uses);
    use.key.token_key = refused;
    assert_true(uses_add(uses, &use));
    uses_free(uses);
}

static void longer_texts_are_cut(void **state)
{
    (void)state;
    static char agent[1000];
    memset(agent, 'a', sizeof(agent));
    struct uses *uses = uses_new(64);
    struct use use = use_of(1, NOW);
    use.user_agent = use.address = str_of(agent, sizeof(agent));
    assert_true(uses_add(uses, &use));
    assert_int_equal(uses_at(uses, 0)->user_agent_len, USES_USER_AGENT_MAX);
    assert_int_equal(uses_at(uses, 0)->address_len, USES_ADDRESS_MAX);
    uses_free(uses);
}

static void counts_stop_at_their_top(void **state)
{
    (void)state;
    struct uses *uses = uses_new(64);
    struct use use = use_of(1, NOW);
    use.count = UINT32_MAX;
    assert_true(uses_add(uses, &use));
    assert_true(uses_add(uses, &use));
    assert_int_equal(uses_at(uses, 0)->count, UINT32_MAX);
    uses_free(uses);
}

/* ---- reports */

static void a_report_is_read_as_it_was_written(void **state)
{
    (void)state;
    char report[USE_REPORT_MAX];
    struct uses *uses = uses_new(64);
    struct use first = use_of(5, NOW), second = use_of(-6, NOW), got;
    second.key.is_legacy = true;
    second.user_agent = STR("");
    assert_true(uses_add(uses, &first) && uses_add(uses, &second));
    size_t len = use_report_begin(report);
    assert_true(use_report_add(report, &len, uses_at(uses, 0)));
    assert_true(use_report_add(report, &len, uses_at(uses, 1)));

    str rest;
    assert_ok("ours", use_report_open(str_of(report, len), &rest));
    assert_ok("first", use_report_next(&rest, &got));
    assert_int_equal(got.key.token_key, 5);
    assert_str("agent", got.user_agent, STR("curl/8.5"));
    assert_ok("second", use_report_next(&rest, &got));
    assert_int_equal(got.key.token_key, -6);
    assert_true(got.key.is_legacy);
    assert_str("no agent", got.user_agent, STR(""));
    assert_str("address", got.address, STR("192.0.2.7"));
    assert_error("the end", use_report_next(&rest, &got), ERR_NOT_FOUND);
    uses_free(uses);
}

static void a_report_takes_what_fits(void **state)
{
    (void)state;
    char report[USE_REPORT_MAX];
    struct uses *uses = uses_new(64);
    struct use use = use_of(5, NOW), got;
    assert_true(uses_add(uses, &use));
    size_t len = use_report_begin(report), wrote = 0, read = 0;
    while (use_report_add(report, &len, uses_at(uses, 0)))
        wrote++;
    assert_true(len <= USE_REPORT_MAX && wrote > 100);
    str rest;
    assert_ok("ours", use_report_open(str_of(report, len), &rest));
    while (!use_report_next(&rest, &got))
        read++;
    assert_int_equal(read, wrote);
    uses_free(uses);
}

static void foreign_bytes_are_no_report(void **state)
{
    (void)state;
    char report[USE_REPORT_MAX];
    struct uses *uses = uses_new(64);
    struct use use = use_of(5, NOW), got;
    str rest;
    assert_true(uses_add(uses, &use));
    size_t begin = use_report_begin(report), len = begin;
    assert_true(use_report_add(report, &len, uses_at(uses, 0)));
    for (size_t cut = 0; cut < len; cut++) {
        enum error err = use_report_open(str_of(report, cut), &rest);
        if (!err)
            err = use_report_next(&rest, &got);
        assert_error("cut short", err, cut == begin ? ERR_NOT_FOUND : ERR_MALFORMED);
    }
    for (int fill = 0; fill < 256; fill += fill == 0 ? 2 : 1) { /* ones could be */
        memset(report + begin, fill, 300);
        assert_ok("its name", use_report_open(str_of(report, begin + 300), &rest));
        assert_error("numbers that cannot be", use_report_next(&rest, &got), ERR_MALFORMED);
    }
    report[0] = 'X';
    assert_error("another", use_report_open(str_of(report, len), &rest), ERR_MALFORMED);
    assert_error("nothing", use_report_open(STR(""), &rest), ERR_MALFORMED);
    uses_free(uses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uses_of_one_token_add_up),
        cmocka_unit_test(what_differs_in_anything_but_its_texts_is_counted_apart),
        cmocka_unit_test(a_full_table_says_so_and_goes_on_with_what_it_has),
        cmocka_unit_test(longer_texts_are_cut),
        cmocka_unit_test(counts_stop_at_their_top),
        cmocka_unit_test(a_report_is_read_as_it_was_written),
        cmocka_unit_test(a_report_takes_what_fits),
        cmocka_unit_test(foreign_bytes_are_no_report),
    };
    return cmocka_run_group_tests_name("uses", tests, NULL, NULL);
}
