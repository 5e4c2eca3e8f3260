#include "unit/test.h"

#include "gateway/credentials.h"

static struct request rq;

static int setup(void **state)
{
    (void)state;
    request_init(&rq);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    request_release(&rq);
    return 0;
}

static enum error read_authorization(const char *value, struct presented *out)
{
    request_reset(&rq);
    request_set_header(&rq, HEADER_AUTHORIZATION, str_from(value));
    return credentials_read(&rq, out);
}

static void basic_is_read_as_the_token_that_it_carries(void **state)
{
    (void)state;
    static const struct {
        const char *why, *sent, *read;
    } cases[] = {
        {"a user and a password", "Basic dXNlcjp0b2tlbg==", "Token token"},
        {"both empty", "Basic Og==", "Token "},
        {"Bearer is left alone", "Bearer x:y", "Bearer x:y"},
        {"the scheme alone is left alone", "Basic", "Basic"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct presented got;
        assert_ok(cases[i].why, read_authorization(cases[i].sent, &got));
        assert_true(got.has_authorization);
        assert_str(cases[i].why, got.authorization, str_from(cases[i].read));
    }
}

static void basic_that_cannot_be_read_is_refused(void **state)
{
    (void)state;
    struct presented got;
    assert_error("no base64", read_authorization("Basic !", &got), ERR_MALFORMED);
    assert_error("no colon", read_authorization("Basic dXNlcg==", &got), ERR_MALFORMED);
}

static void one_credential_counts(void **state)
{
    (void)state;
    static const struct {
        const char *why, *key, *authorization, *cookie;
        const char *read_key, *read_authorization, *read_session;
    } cases[] = {
        {"a key alone", "k", NULL, NULL, "k", "", ""},
        {"a session alone", NULL, NULL, "a=b; sessionid=s", "", "", "s"},
        {"no session beside Authorization", NULL, "Bearer a", "sessionid=s", "", "Bearer a", ""},
        {"no session beside a key", "k", NULL, "sessionid=s", "k", "", ""},
        {"not even beside an empty one", "", NULL, "sessionid=s", "", "", ""},
        {"an empty Authorization is one", NULL, "", "sessionid=s", "", "", ""},
        {"Basic is not looked at beside a key", "k", "Basic !", NULL, "k", "Basic !", ""},
        {"nothing", NULL, NULL, "other=s", "", "", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct presented got;
        request_reset(&rq);
        if (cases[i].key)
            request_set_header(&rq, HEADER_X_API_KEY, str_from(cases[i].key));
        if (cases[i].authorization)
            request_set_header(&rq, HEADER_AUTHORIZATION, str_from(cases[i].authorization));
        if (cases[i].cookie)
            request_set_header(&rq, HEADER_COOKIE, str_from(cases[i].cookie));
        assert_ok(cases[i].why, credentials_read(&rq, &got));
        assert_int_equal(got.has_api_key, cases[i].key != NULL);
        assert_int_equal(got.has_authorization, cases[i].authorization != NULL);
        assert_str(cases[i].why, got.api_key, str_from(cases[i].read_key));
        assert_str(cases[i].why, got.authorization, str_from(cases[i].read_authorization));
        assert_str(cases[i].why, got.session, str_from(cases[i].read_session));
    }
}

static void the_module_says_what_it_wants(void **state)
{
    (void)state;
    request_reset(&rq);
    assert_false(wants_decision(&rq));
    request_set_header(&rq, HEADER_X_LATCHKEY_WANT, STR("decisions"));
    assert_false(wants_decision(&rq));
    request_set_header(&rq, HEADER_X_LATCHKEY_WANT, STR("decision"));
    assert_true(wants_decision(&rq));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basic_is_read_as_the_token_that_it_carries),
        cmocka_unit_test(basic_that_cannot_be_read_is_refused),
        cmocka_unit_test(one_credential_counts),
        cmocka_unit_test(the_module_says_what_it_wants),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
