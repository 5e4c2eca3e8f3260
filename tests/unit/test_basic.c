#include "unit/test.h"

#include "auth/basic.h"

static struct arena arena;

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void a_token_is_the_password_or_the_user_name(void **state)
{
    (void)state;
    static const struct {
        const char *why, *sent, *token;
    } cases[] = {
        {"a user and a password", "Basic dXNlcjp0b2tlbg==", "token"},
        {"no user", "Basic OnRva2Vu", "token"},
        {"no password: the user is it", "Basic dG9rZW46", "token"},
        {"the scheme in any case", "bAsIc dXNlcjp0b2tlbg==", "token"},
        {"blanks around it", "Basic   dXNlcjp0b2tlbg== ", "token"},
        {"colons belong to the password", "Basic dTphOmI6Yw==", "a:b:c"},
        {"both empty", "Basic Og==", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str token;
        assert_ok(cases[i].why, basic_read(str_from(cases[i].sent), &arena, &token));
        assert_str(cases[i].why, token, str_from(cases[i].token));
    }
}

static void another_scheme_is_told_from_what_cannot_be_read(void **state)
{
    (void)state;
    static const struct {
        const char *sent;
        enum error wanted;
    } cases[] = {
        {"", ERR_NOT_FOUND},
        {"Basic", ERR_NOT_FOUND},
        {"Bearer x:y", ERR_NOT_FOUND},
        {"Token dXNlcjp0b2tlbg==", ERR_NOT_FOUND},
        {"BasicX dXNlcjp0b2tlbg==", ERR_NOT_FOUND},
        {"Basic ", ERR_MALFORMED},
        {"Basic !", ERR_MALFORMED},
        {"Basic dXNlcg==", ERR_MALFORMED}, /* no colon */
        {"Basic dXNlcjp0b", ERR_MALFORMED},
        {"Basic dXNlcjp0b2tlbg==,Bearer x", ERR_MALFORMED},
        {"Basic dXNlcjp0b2tlbg== dXNlcjp0b2tlbg==", ERR_MALFORMED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str token;
        assert_error(cases[i].sent, basic_read(str_from(cases[i].sent), &arena, &token),
                     cases[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_the_password_or_the_user_name),
        cmocka_unit_test(another_scheme_is_told_from_what_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
