#include "api/ls_user.h" /* before cmocka, whose macro `fail` hides our function */

#include "test.h"

static struct user_row row_of(const char *first, const char *last, const char *email)
{
    return (struct user_row){.id = 7,
                             .first_name = str_from(first),
                             .last_name = str_from(last),
                             .email = str_from(email),
                             .username = STR_INIT("ann"),
                             .phone = STR_INIT(""),
                             .avatar = STR_INIT(""),
                             .password = STR_INIT("secret"),
                             .custom_hotkeys = STR_INIT("{}"),
                             .allow_newsletters = DB_NULL_I64,
                             .date_joined = SECONDS(1795552735),
                             .last_activity = SECONDS(1795552735) + 401635};
}

static void initials_are_whole_characters(void **state)
{
    (void)state;
    static const struct {
        const char *why, *first, *last, *email;
        bool is_removed;
        const char *want;
    } cases[] = {
        {"both names", "Ann", "Bell", "x@y.zz", false, "AB"},
        {"the first", "Ann", "", "x@y.zz", false, "A"},
        {"the last", "", "Bell", "x@y.zz", false, "B"},
        {"none", "", "", "xy@z.zz", false, "xy"},
        {"removed", "Ann", "Bell", "x@y.zz", true, "DU"},
        {"beyond ASCII", "\xC3\x89va", "\xF0\x9F\x98\x80", "x@y.zz", false,
         "\xC3\x89\xF0\x9F\x98\x80"},
        {"an e-mail beyond ASCII", "", "", "\xC3\xA9\xC3\xA8@y.zz", false, "\xC3\xA9\xC3\xA8"},
        {"an e-mail of one character", "", "", "x", false, "x"},
        {"nothing at all", "", "", "", false, ""},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct user_row row = row_of(cases[i].first, cases[i].last, cases[i].email);
        assert_str(cases[i].why, ls_initials(&row, cases[i].is_removed, &arena),
                   str_from(cases[i].want));
    }
    arena_release(&arena);
}

static void a_user_is_shown_as_label_studio_does(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct user_row row = row_of("", "", "ann@example.com");
    struct ls_user user = {.row = &row,
                           .active_organization_id = 3,
                           .card = {3, STR_INIT("Mine"), STR_INIT("o@example.com")}};
    assert_str("a member", json_write(&arena, ls_user_json(&user, &arena)),
               STR("{\"id\":7,\"first_name\":\"\",\"last_name\":\"\",\"username\":\"ann\","
                   "\"email\":\"ann@example.com\",\"last_activity\":"
                   "\"2026-11-24T20:38:55.401635Z\",\"custom_hotkeys\":{},\"avatar\":null,"
                   "\"initials\":\"an\",\"phone\":\"\",\"active_organization\":3,"
                   "\"active_organization_meta\":{\"title\":\"Mine\",\"email\":\"o@example.com\"},"
                   "\"allow_newsletters\":null,\"date_joined\":\"2026-11-24T20:38:55Z\"}"));

    row.custom_hotkeys = STR("{\"a:b\":{\"key\":\"x\"}}");
    row.avatar = STR("avatars/a.png");
    row.allow_newsletters = 0;
    user =
        (struct ls_user){.row = &row, .is_removed = true, .card = {0, STR_INIT(""), STR_INIT("")}};
    assert_str("a removed one", json_write(&arena, ls_user_json(&user, &arena)),
               STR("{\"id\":7,\"first_name\":\"Deleted\",\"last_name\":\"User\","
                   "\"username\":\"Deleted\",\"email\":\"Deleted\",\"last_activity\":"
                   "\"2026-11-24T20:38:55.401635Z\",\"custom_hotkeys\":{\"a:b\":{\"key\":\"x\"}},"
                   "\"avatar\":\"/data/avatars/a.png\",\"initials\":\"DU\",\"phone\":\"\","
                   "\"active_organization\":null,"
                   "\"active_organization_meta\":{\"title\":\"\",\"email\":\"\"},"
                   "\"allow_newsletters\":false,\"date_joined\":\"2026-11-24T20:38:55Z\"}"));
    arena_release(&arena);
}

static void members_are_picked_by_the_query(void **state)
{
    (void)state;
    static const struct {
        const char *target, *want;
    } cases[] = {
        {"/x", "{\"id\":1,\"email\":2,\"phone\":3}"},
        {"/x?other=id", "{\"id\":1,\"email\":2,\"phone\":3}"},
        {"/x?include=email,id", "{\"id\":1,\"email\":2}"},
        {"/x?include=id,%20phone", "{\"id\":1,\"phone\":3}"},
        {"/x?include=nothing", "{}"},
        {"/x?include=", "{}"},
        {"/x?omit=email", "{\"id\":1,\"phone\":3}"},
        {"/x?include=id,email&omit=email", "{\"id\":1}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct request rq = {0};
        request_init(&rq);
        assert_ok(cases[i].target, request_set_target(&rq, str_from(cases[i].target)));
        json_t *object = json_pack("{sisisi}", "id", 1, "email", 2, "phone", 3);
        ls_pick(&rq, "include", object);
        assert_str(cases[i].target, json_write(&rq.arena, object), str_from(cases[i].want));
        request_release(&rq);
    }
}

static void an_id_is_decimal_digits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum error want;
        int64_t id;
    } cases[] = {
        {"1", OK, 1},
        {"007", OK, 7},
        {"-1", OK, -1},
        {"99999999999999999999", OK, 0},
        {"-", ERR_NOT_FOUND, 0},
        {"abc", ERR_NOT_FOUND, 0},
        {"1a", ERR_NOT_FOUND, 0},
        {" 1", ERR_NOT_FOUND, 0},
        {"+1", ERR_NOT_FOUND, 0},
        {"", ERR_NOT_FOUND, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct request rq = {0};
        int64_t id = 0;
        request_init(&rq);
        rq.params.items[0] = (struct path_param){STR_INIT("id"), str_from(cases[i].text)};
        rq.params.count = 1;
        assert_error(cases[i].text, ls_id(&rq, STR("id"), &id), cases[i].want);
        assert_int_equal(id, cases[i].id);
        request_release(&rq);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initials_are_whole_characters),
        cmocka_unit_test(a_user_is_shown_as_label_studio_does),
        cmocka_unit_test(members_are_picked_by_the_query),
        cmocka_unit_test(an_id_is_decimal_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
