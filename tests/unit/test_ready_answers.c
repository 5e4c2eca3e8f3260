#include "unit/test.h"

#include <string.h>
#include <unistd.h>

#include "gateway/ready_answers.h"
#include "http/ready_answer.h"

#define NOW SECONDS(1800000000)
#define LATER (NOW + SECONDS(300))

/* A table on a page of its own, and an answer in the making. */
struct fixture {
    char folder[40], file[64];
    struct generation_page *page;
    struct ready_answers *ready;
    struct arena arena;
    struct response rs;
};

static struct principal alice(void)
{
    return (struct principal){
        .kind = CREDENTIAL_PAT,
        .user_id = 1,
        .organization_id = 2,
        .token_key = 3,
        .role = ROLE_MEMBER,
        .expires_at = NOW + DAYS(90),
        .token_id = STR("0123456789abcdef0123456789abcdef"),
        .scopes = STR("read tokens"),
    };
}

static void start(struct fixture *f)
{
    *f = (struct fixture){.folder = "/tmp/test_ready_answers.XXXXXX"};
    assert_non_null(mkdtemp(f->folder));
    int len = snprintf(f->file, sizeof(f->file), "%s/generations", f->folder);
    assert_ok("page", generation_open(str_of(f->file, (size_t)len), READ_WRITE, &f->page));
    f->ready = ready_answers_new();
    response_init(&f->rs, &f->arena);
}

static void stop(struct fixture *f)
{
    response_clear(&f->rs);
    ready_answers_free(f->ready);
    generation_close(f->page);
    arena_release(&f->arena);
    unlink(f->file);
    rmdir(f->folder);
}

static struct basis basis_of(const struct fixture *f, const struct principal *who)
{
    return basis_take(f->page, (uint64_t)who->user_id, (uint64_t)who->organization_id,
                      (uint64_t)who->token_key);
}

/* As the gateway would: a 200 that tells `word`. */
static void keep_until(struct fixture *f, const struct principal *who, const struct basis *basis,
                       usec until, str word)
{
    response_clear(&f->rs);
    response_header(&f->rs, "X-Auth-Email", word);
    response_header(&f->rs, "Authorization", ARENA_JOIN(&f->arena, STR("Bearer of "), word));
    assert_ok("reply", reply_empty(&f->rs, 200));
    ready_answers_keep(f->ready, f->page, who, basis, until, NOW, &f->rs);
    response_clear(&f->rs);
}

static void keep(struct fixture *f, const struct principal *who, str word)
{
    struct basis basis = basis_of(f, who);
    keep_until(f, who, &basis, LATER, word);
}

/* The word of the answer that is found, which is whole; "(none)" if there is none. */
static str found_at(struct fixture *f, const struct principal *who, usec now)
{
    response_clear(&f->rs);
    if (!ready_answers_reply(f->ready, f->page, who, now, &f->rs)) {
        assert_int_equal(f->rs.status, 0);
        assert_int_equal(f->rs.header_count, 0);
        return STR("(none)");
    }
    str word = str_from(response_get_header(&f->rs, "X-Auth-Email"));
    assert_int_equal(f->rs.status, 200);
    assert_int_equal(f->rs.header_count, 2);
    assert_str("no body", f->rs.body, STR(""));
    assert_str("the other field", str_from(response_get_header(&f->rs, "Authorization")),
               ARENA_JOIN(&f->arena, STR("Bearer of "), word));
    return word;
}

static str found(struct fixture *f, const struct principal *who)
{
    return found_at(f, who, NOW);
}

static void what_was_kept_is_found_again_and_again(void **state)
{
    (void)state;
    struct fixture f;
    struct principal who = alice();
    start(&f);
    assert_str("nothing yet", found(&f, &who), STR("(none)"));
    keep(&f, &who, STR("a@example.com"));
    for (int again = 0; again < 3; again++)
        assert_str("kept", found(&f, &who), STR("a@example.com"));
    keep(&f, &who, STR("b@example.com"));
    assert_str("kept in its place", found(&f, &who), STR("b@example.com"));
    stop(&f);
}

#define OTHERS 11

/* Alice, but for one thing. */
static struct principal other(int n)
{
    struct principal who = alice();
    switch (n) {
    case 0:
        who.kind = CREDENTIAL_API_KEY;
        break;
    case 1:
        who.user_id = 9;
        break;
    case 2:
        who.organization_id = 9;
        break;
    case 3:
        who.token_key = 9;
        break;
    case 4:
        who.role = ROLE_OWNER;
        break;
    case 5:
        who.expires_at -= 1;
        break;
    case 6:
        who.token_id = STR("1123456789abcdef0123456789abcdef");
        break;
    case 7:
        who.scopes = STR("read");
        break;
    case 8:
        who.scopes = STR("");
        break;
    case 9:
        who.scopes = STR("tokens read");
        break;
    case 10: /* the same bytes, cut at another place */
        who.token_id = STR("0123456789abcdef0123456789abcdefr");
        who.scopes = STR("ead tokens");
        break;
    }
    return who;
}

static void two_callers_who_differ_in_anything_never_get_each_others(void **state)
{
    (void)state;
    struct fixture f;
    struct principal who = alice();
    start(&f);
    keep(&f, &who, STR("alice"));
    for (int n = 0; n < OTHERS; n++) {
        who = other(n);
        if (!str_equal(found(&f, &who), STR("(none)")))
            fail_msg("caller %d got another's", n);
        keep(&f, &who, arena_printf(&f.arena, "other %d", n));
    }
    for (int n = 0; n < OTHERS; n++) {
        who = other(n);
        str word = found(&f, &who);
        if (!str_equal(word, STR("(none)"))) /* some meet in one place, and make room */
            assert_str("one's own", word, arena_printf(&f.arena, "other %d", n));
    }
    stop(&f);
}

static void a_session_is_the_same_however_long_it_lasts(void **state)
{
    (void)state;
    struct fixture f;
    struct principal now = alice(), later;
    now.kind = CREDENTIAL_SESSION;
    later = now;
    later.expires_at += SECONDS(1);
    start(&f);
    keep(&f, &now, STR("a"));
    assert_str("prolonged", found(&f, &later), STR("a"));
    stop(&f);
}

static void it_ends_with_its_time(void **state)
{
    (void)state;
    struct fixture f;
    struct principal who = alice();
    start(&f);
    keep(&f, &who, STR("a"));
    assert_str("until the last moment", found_at(&f, &who, LATER - 1), STR("a"));
    assert_str("not from then on", found_at(&f, &who, LATER), STR("(none)"));
    assert_str("and it is gone", found_at(&f, &who, NOW), STR("(none)"));
    struct basis basis = basis_of(&f, &who);
    keep_until(&f, &who, &basis, NOW, STR("too late"));
    assert_str("never kept", found_at(&f, &who, NOW - 1), STR("(none)"));
    stop(&f);
}

static void it_ends_with_a_change_of_any_of_its_owners(void **state)
{
    (void)state;
    struct fixture f;
    struct principal who = alice();
    start(&f);
    const uint32_t slots[] = {generation_slot(OWNER_USER, 1),
                              generation_slot(OWNER_ORGANIZATION, 2),
                              generation_slot(OWNER_TOKEN, 3)};
    for (size_t i = 0; i < COUNT_OF(slots); i++) {
        struct basis before = basis_of(&f, &who);
        keep(&f, &who, STR("before"));
        generation_announce(f.page, slots[i]);
        assert_str("announced", found(&f, &who), STR("(none)"));
        keep(&f, &who, STR("meanwhile"));
        assert_str("nothing is kept meanwhile", found(&f, &who), STR("(none)"));
        generation_end(f.page, slots[i], NOW);
        keep_until(&f, &who, &before, LATER, STR("read before"));
        assert_str("nor what was read before", found(&f, &who), STR("(none)"));
        keep(&f, &who, STR("after"));
        assert_str("after", found(&f, &who), STR("after"));
    }
    stop(&f);
}

static void nothing_counts_while_the_page_is_late(void **state)
{
    (void)state;
    struct fixture f;
    struct principal who = alice();
    start(&f);
    generation_set_max_lag(f.page, SECONDS(5));
    generation_beat(f.page, NOW);
    keep(&f, &who, STR("a"));
    assert_str("in time", found_at(&f, &who, NOW + SECONDS(5)), STR("a"));
    assert_str("late", found_at(&f, &who, NOW + SECONDS(6)), STR("(none)"));
    assert_str("heard again", found_at(&f, &who, NOW + SECONDS(5)), STR("a"));
    stop(&f);
}

static void one_that_is_being_sent_lives_on(void **state)
{
    (void)state;
    struct fixture f;
    struct principal who = alice();
    struct response other;
    start(&f);
    response_init(&other, &f.arena);
    keep(&f, &who, STR("a"));
    assert_true(ready_answers_reply(f.ready, f.page, &who, NOW, &other));
    keep(&f, &who, STR("b"));
    assert_str("the new one", found(&f, &who), STR("b"));
    ready_answers_free(f.ready);
    f.ready = NULL;
    assert_str("the old one", str_from(response_get_header(&other, "X-Auth-Email")), STR("a"));
    assert_str("the new one too", str_from(response_get_header(&f.rs, "X-Auth-Email")), STR("b"));
    response_clear(&other);
    stop(&f);
}

static void memory_is_bounded_and_swept(void **state)
{
    (void)state;
    struct fixture f;
    struct principal who = alice();
    size_t still_there = 0;
    start(&f);
    for (int64_t user = 1; user <= 3 * READY_ANSWERS; user++) {
        who.user_id = user;
        keep(&f, &who, STR("a"));
    }
    for (int64_t user = 1; user <= READY_ANSWERS; user++) {
        who.user_id = user;
        still_there += str_equal(found(&f, &who), STR("a"));
    }
    /* what came first is not pushed out by a flood of others */
    assert_true(still_there > READY_ANSWERS / 3);
    assert_int_equal(ready_answers_sweep(f.ready, f.page, LATER - 1), 0);
    size_t swept = ready_answers_sweep(f.ready, f.page, LATER);
    assert_true(swept <= READY_ANSWERS && swept > READY_ANSWERS * 9 / 10);
    assert_int_equal(ready_answers_sweep(f.ready, f.page, LATER), 0);
    stop(&f);
}

static void dead_ones_make_room_at_once(void **state)
{
    (void)state;
    struct fixture f;
    struct principal who = alice();
    start(&f);
    for (int64_t user = 1; user <= 3 * READY_ANSWERS; user++) {
        who.user_id = user;
        keep(&f, &who, STR("old"));
    }
    generation_announce(f.page, generation_slot(OWNER_ORGANIZATION, 2));
    generation_end(f.page, generation_slot(OWNER_ORGANIZATION, 2), NOW);
    who.user_id = 4711;
    keep(&f, &who, STR("new"));
    assert_str("kept", found(&f, &who), STR("new"));
    stop(&f);
}

static void a_refusal_stays_a_refusal(void **state)
{
    (void)state;
    struct fixture f;
    struct principal who = alice();
    start(&f);
    assert_false(ready_answers_refuse(f.ready, READY_REFUSAL, &f.rs));
    response_header_static(&f.rs, "WWW-Authenticate", "Bearer");
    assert_ok("reply", reply_json(&f.rs, 401, STR("{}")));
    ready_answers_keep_refusal(f.ready, READY_REFUSAL, &f.rs);
    keep(&f, &who, STR("a"));
    assert_false(ready_answers_refuse(f.ready, READY_REFUSAL_WITHOUT_BODY, &f.rs));
    assert_true(ready_answers_refuse(f.ready, READY_REFUSAL, &f.rs));
    assert_int_equal(f.rs.status, 401);
    assert_str("body", f.rs.body, STR("{}"));
    assert_int_equal(f.rs.header_count, 2);
    assert_null(response_get_header(&f.rs, "Authorization"));
    assert_str("the good one is as it was", found(&f, &who), STR("a"));
    response_clear(&f.rs);
    assert_ok("another", reply_empty(&f.rs, 401));
    ready_answers_keep_refusal(f.ready, READY_REFUSAL, &f.rs); /* as a second thread would */
    assert_true(ready_answers_refuse(f.ready, READY_REFUSAL, &f.rs));
    assert_str("the first stays", f.rs.body, STR("{}"));
    stop(&f);
}

static void where_nothing_is_kept_nothing_is_found(void **state)
{
    (void)state;
    struct fixture f;
    struct principal who = alice();
    start(&f);
    ready_answers_free(f.ready);
    f.ready = NULL;
    keep(&f, &who, STR("a"));
    assert_str("none", found(&f, &who), STR("(none)"));
    ready_answers_keep_refusal(NULL, READY_REFUSAL, &f.rs);
    assert_false(ready_answers_refuse(NULL, READY_REFUSAL, &f.rs));
    assert_int_equal(ready_answers_sweep(NULL, f.page, LATER), 0);
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_kept_is_found_again_and_again),
        cmocka_unit_test(two_callers_who_differ_in_anything_never_get_each_others),
        cmocka_unit_test(a_session_is_the_same_however_long_it_lasts),
        cmocka_unit_test(it_ends_with_its_time),
        cmocka_unit_test(it_ends_with_a_change_of_any_of_its_owners),
        cmocka_unit_test(nothing_counts_while_the_page_is_late),
        cmocka_unit_test(one_that_is_being_sent_lives_on),
        cmocka_unit_test(memory_is_bounded_and_swept),
        cmocka_unit_test(dead_ones_make_room_at_once),
        cmocka_unit_test(a_refusal_stays_a_refusal),
        cmocka_unit_test(where_nothing_is_kept_nothing_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
