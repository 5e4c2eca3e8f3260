#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kept.h"
#include "told.h"

static struct told sample(const char *user)
{
    struct told told = {.expires_at = 5, .token_key = -7};
    for (size_t i = 0; i < TOLD_COUNT; i++)
        told.fields[i] = STR("");
    told.fields[TOLD_USER_ID] = str_from(user);
    told.fields[TOLD_EMAIL] = STR("ann@example.com");
    told.fields[TOLD_AUTHORIZATION] = STR("Bearer x.y.z");
    return told;
}

static void what_was_packed_comes_out_again(void **state)
{
    (void)state;
    char bytes[TOLD_BYTES_MAX];
    size_t len;
    struct told in = sample("17"), out;
    assert_ok("packed", told_pack(&in, bytes, &len));
    assert_ok("unpacked", told_unpack(str_of(bytes, len), &out));
    for (size_t i = 0; i < TOLD_COUNT; i++)
        assert_str("field", out.fields[i], in.fields[i]);
    assert_int_equal(out.expires_at, 5);
    assert_int_equal(out.token_key, -7);

    for (size_t cut = 0; cut < len; cut++)
        assert_error("cut short", told_unpack(str_of(bytes, cut), &out), ERR_MALFORMED);
    bytes[len] = 'x';
    assert_error("one byte more", told_unpack(str_of(bytes, len + 1), &out), ERR_MALFORMED);
    memset(bytes, 0xFF, sizeof(bytes));
    assert_error("foreign bytes", told_unpack(str_of(bytes, sizeof(bytes)), &out), ERR_MALFORMED);
}

static void what_is_too_long_is_not_packed(void **state)
{
    (void)state;
    static char long_text[70000];
    char bytes[TOLD_BYTES_MAX];
    size_t len = 0;
    memset(long_text, 'a', sizeof(long_text));
    struct told told = sample("17");
    /* each field has two bytes of length */
    size_t rest = TOLD_BYTES_MAX - TOLD_NUMBERS_BYTES - 2 * TOLD_COUNT - 2 -
                  told.fields[TOLD_EMAIL].len - told.fields[TOLD_AUTHORIZATION].len;
    told.fields[TOLD_SCOPE] = str_of(long_text, rest);
    assert_ok("all the room", told_pack(&told, bytes, &len));
    assert_int_equal(len, TOLD_BYTES_MAX);
    told.fields[TOLD_SCOPE] = str_of(long_text, rest + 1);
    assert_error("a byte too much", told_pack(&told, bytes, &len), ERR_TOO_LARGE);
    told.fields[TOLD_SCOPE] = str_of(long_text, 65536 + 1); /* 1, in 16 bits */
    assert_error("more than a length says", told_pack(&told, bytes, &len), ERR_TOO_LARGE);
}

static void headers_and_fields_go_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < TOLD_COUNT; i++)
        assert_int_equal(told_field_of(told_header((enum told_field)i)), i);
    assert_int_equal(told_field_of(STR("x-auth-user-ID")), TOLD_USER_ID);
    assert_int_equal(told_field_of(STR("X-Auth-User-Id ")), TOLD_COUNT);
    assert_int_equal(told_field_of(STR("")), TOLD_COUNT);
}

static void a_decision_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    struct told_decision got;
    assert_ok("a good one",
              told_decision_read(STR("v1 page=/run/latchkey/generations until=1795567428000000 "
                                     "basis=1:20,65535:0,3:9223372036854775807 token=-42"),
                                 &got));
    assert_str("page", got.page, STR("/run/latchkey/generations"));
    assert_int_equal(got.until, 1795567428000000);
    assert_int_equal(got.basis.slot[1], 65535);
    assert_int_equal(got.basis.version[0], 20);
    assert_int_equal(got.basis.version[2], INT64_MAX);
    assert_int_equal(got.token_key, -42);

    static const char *const bad[] = {
        "",
        "v1 page=/p until=1 basis=1:2,3:4,5:6",
        "v1 page=/p until=1 basis=1:2,3:4,5:6 token=",
        "v1 page=/p until=1 basis=1:2,3:4,5:6 token=x",
        "v1",
        "v1 ",
        "v2 page=/p until=1 basis=1:2,3:4,5:6 token=1",
        "v1 page=/p until=1 basis=1:2,3:4 token=1",
        "v1 page=/p until=1 basis=1:2,3:4,5:6,7:8 token=1",
        "v1 page=/p until=1 basis=1:2,3:4,5:6 token=1 more",
        "v1 page=/p until=1 basis=1:2,3:4,5: token=1",
        "v1 page=/p until=1 basis=1:2,3:4,5 token=1",
        "v1 page=/p until=1 basis=65536:2,3:4,5:6 token=1",
        "v1 page=/p until=1 basis=-1:2,3:4,5:6 token=1",
        "v1 page=/p until=1 basis=1:-2,3:4,5:6 token=1",
        "v1 page=/p until=1 basis=1:2,3:4,5:99999999999999999999 token=1",
        "v1 page=/p until=x basis=1:2,3:4,5:6 token=1",
        "v1 page=/p until= basis=1:2,3:4,5:6 token=1",
        "v1 page= until=1 basis=1:2,3:4,5:6 token=1",
        "v1 until=1 page=/p basis=1:2,3:4,5:6 token=1",
        "v1  page=/p until=1 basis=1:2,3:4,5:6 token=1",
        "V1 page=/p until=1 basis=1:2,3:4,5:6 token=1",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_error(bad[i], told_decision_read(str_from(bad[i]), &got), ERR_MALFORMED);
}

/* ---- what a worker keeps */

#define NOW SECONDS(1795567428)

static char folder[] = "/tmp/latchkey-told-XXXXXX";
static char page_paths[2][64];
static struct generation_page *pages[2];

static int make_pages(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return 1;
    for (int i = 0; i < 2; i++) {
        snprintf(page_paths[i], sizeof(page_paths[i]), "%s/page%d", folder, i);
        if (generation_open(str_from(page_paths[i]), READ_WRITE, &pages[i]))
            return 1;
        generation_beat(pages[i], NOW);
    }
    return 0;
}

static int remove_pages(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        generation_close(pages[i]);
        unlink(page_paths[i]);
    }
    return rmdir(folder);
}

static struct told_decision decision_on(int page)
{
    return (struct told_decision){.page = str_from(page_paths[page]),
                                  .until = NOW + SECONDS(60),
                                  .basis = basis_take(pages[page], 17, 1, 99)};
}

static bool finds(struct kept *kept, const struct kept_key *key, usec now, const char *user)
{
    char bytes[TOLD_BYTES_MAX];
    struct told told;
    if (!kept_find(kept, key, now, bytes, &told))
        return false;
    assert_str("who", told.fields[TOLD_USER_ID], str_from(user));
    return true;
}

static struct kept *keep_one(const struct kept_key *key)
{
    struct kept *kept;
    struct told told = sample("17");
    struct told_decision decision = decision_on(0);
    assert_ok("made", kept_new(64, SECONDS(5), &kept));
    assert_ok("kept", kept_add(kept, key, &decision, &told));
    assert_true(finds(kept, key, NOW, "17"));
    return kept;
}

static void a_decision_is_found_by_all_of_its_key(void **state)
{
    (void)state;
    const struct kept_key key = {.asker = 1, .tag = 'A', .credential = STR("Bearer a")};
    struct kept *kept = keep_one(&key);
    const struct kept_key others[] = {
        {2, 'A', STR("Bearer a")}, {1, 'K', STR("Bearer a")}, {1, 'A', STR("Bearer b")},
        {1, 'A', STR("Bearer ")},  {1, 'A', STR("")},
    };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_false(finds(kept, &others[i], NOW, ""));
    kept_free(kept);
}

static void a_decision_ends_with_what_it_rests_on(void **state)
{
    (void)state;
    const struct kept_key key = {.asker = 1, .tag = 'A', .credential = STR("Bearer a")};
    static const struct {
        const char *why;
        enum owner_kind kind;
        uint64_t owner;
    } changes[] = {
        {"the user", OWNER_USER, 17},
        {"the organization", OWNER_ORGANIZATION, 1},
        {"the token", OWNER_TOKEN, 99},
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct kept *kept = keep_one(&key);
        uint32_t slot = generation_slot(changes[i].kind, changes[i].owner);
        generation_announce(pages[0], slot);
        if (finds(kept, &key, NOW, "17"))
            fail_msg("%s: found while it is being changed", changes[i].why);
        generation_end(pages[0], slot, NOW);
        if (finds(kept, &key, NOW, "17"))
            fail_msg("%s: found after it was changed", changes[i].why);
        kept_free(kept);
    }
    struct kept *kept = keep_one(&key);
    assert_false(finds(kept, &key, NOW + SECONDS(60), "17")); /* its own end */
    kept_free(kept);
}

static void nothing_is_found_without_a_heartbeat(void **state)
{
    (void)state;
    const struct kept_key key = {.asker = 1, .tag = 'A', .credential = STR("Bearer a")};
    struct kept *kept = keep_one(&key);
    assert_true(finds(kept, &key, NOW + SECONDS(5), "17"));
    assert_false(finds(kept, &key, NOW + SECONDS(5) + 1, "17"));
    assert_false(finds(kept, &key, NOW, "17")); /* the page is named anew by the next answer */
    kept_free(kept);

    kept = keep_one(&key);
    assert_false(finds(kept, &key, NOW - SECONDS(5) - 1, "17")); /* a clock that was set back */
    kept_free(kept);
}

static void another_daemons_page_holds_nothing_of_the_first(void **state)
{
    (void)state;
    const struct kept_key one = {.asker = 1, .tag = 'A', .credential = STR("Bearer a")};
    const struct kept_key other = {.asker = 2, .tag = 'A', .credential = STR("Bearer b")};
    struct kept *kept = keep_one(&one);
    struct told told = sample("18");
    struct told_decision decision = decision_on(1);
    assert_ok("kept", kept_add(kept, &other, &decision, &told));
    assert_true(finds(kept, &other, NOW, "18"));
    assert_false(finds(kept, &one, NOW, "17"));
    kept_free(kept);
}

static void what_cannot_be_kept_is_only_asked_for_again(void **state)
{
    (void)state;
    static char credential[KEPT_CREDENTIAL_MAX + 1];
    memset(credential, 'a', sizeof(credential));
    struct kept_key key = {1, 'A', str_of(credential, sizeof(credential))};
    struct kept *kept;
    struct told told = sample("17");
    struct told_decision decision = decision_on(0);
    assert_ok("made", kept_new(64, SECONDS(5), &kept));
    assert_ok("too long a credential", kept_add(kept, &key, &decision, &told));
    assert_false(finds(kept, &key, NOW, "17"));
    key.credential = str_of(credential, KEPT_CREDENTIAL_MAX);
    assert_ok("the longest", kept_add(kept, &key, &decision, &told));
    assert_true(finds(kept, &key, NOW, "17"));

    decision.page = STR("/nowhere/generations");
    assert_error("no page", kept_add(kept, &key, &decision, &told), ERR_NOT_FOUND);
    assert_false(finds(kept, &key, NOW, "17"));
    kept_free(kept);
    kept_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_packed_comes_out_again),
        cmocka_unit_test(what_is_too_long_is_not_packed),
        cmocka_unit_test(headers_and_fields_go_together),
        cmocka_unit_test(a_decision_is_read_whole_or_not_at_all),
        cmocka_unit_test(a_decision_is_found_by_all_of_its_key),
        cmocka_unit_test(a_decision_ends_with_what_it_rests_on),
        cmocka_unit_test(nothing_is_found_without_a_heartbeat),
        cmocka_unit_test(another_daemons_page_holds_nothing_of_the_first),
        cmocka_unit_test(what_cannot_be_kept_is_only_asked_for_again),
    };
    return cmocka_run_group_tests(tests, make_pages, remove_pages);
}
