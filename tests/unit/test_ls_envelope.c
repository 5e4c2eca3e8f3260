#include "api/ls_envelope.h"
#include "http/request.h"

#include "test.h"

static bool is_uuid4(str s)
{
    if (s.len != 36 || s.ptr[14] != '4' || !str_has(STR("89ab"), s.ptr[19]))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? s.ptr[i] != '-' : !str_has(STR("0123456789abcdef"), s.ptr[i]))
            return false;
    }
    return true;
}

/* The envelope without its id, which differs each time. */
static str without_id(str body, str *id)
{
    const size_t before = strlen("{\"id\":\""), len = 36;
    *id = str_slice(body, before, len);
    return str_from_at(body, before + len);
}

static void the_keys_stand_in_label_studios_order(void **state)
{
    (void)state;
    struct request rq = {0};
    str id, other;
    request_init(&rq);
    assert_str("envelope", without_id(ls_envelope(&rq, 401, STR("Say \"no\".")), &id),
               STR("\",\"status_code\":401,\"version\":\"1.23.2\",\"detail\":\"Say \\\"no\\\".\","
                   "\"exc_info\":null}"));
    assert_true(is_uuid4(id));
    without_id(ls_envelope(&rq, 401, STR("")), &other);
    assert_true(is_uuid4(other));
    assert_false(str_equal(id, other));
    request_release(&rq);
}

static void complaints_keep_their_order_and_share_a_field(void **state)
{
    (void)state;
    struct request rq = {0};
    struct complaints complaints = {0};
    str id;
    request_init(&rq);
    complain(&complaints, STR("z"), STR("One."));
    complain(&complaints, STR(""), STR("All."));
    complain(&complaints, STR("a"), STR("Two."));
    complain(&complaints, STR("z"), STR("Three."));
    assert_str("envelope", without_id(ls_envelope_invalid(&rq, &complaints), &id),
               STR("\",\"status_code\":400,\"version\":\"1.23.2\",\"detail\":\"Validation error\","
                   "\"exc_info\":null,\"validation_errors\":{\"z\":[\"One.\",\"Three.\"],"
                   "\"non_field_errors\":[\"All.\"],\"a\":[\"Two.\"]}}"));
    request_release(&rq);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keys_stand_in_label_studios_order),
        cmocka_unit_test(complaints_keep_their_order_and_share_a_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
