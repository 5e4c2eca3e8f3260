#include "unit/test.h"

#include <string.h>
#include <unistd.h>

#include "decision/decision.h"
#include "decision/siphash.h"

#define NOW SECONDS(1800000000)
#define LATER (NOW + SECONDS(300))
#define KEY_BYTES 256
#define ANSWER_BYTES 128

/* A cache on a page of its own. */
struct fixture {
    char folder[32], file[64];
    struct generation_page *page;
    struct decision_cache *cache;
    struct basis basis; /* of user 1 in organization 2 with token 3 */
};

static void start(struct fixture *f, size_t entries)
{
    *f = (struct fixture){.folder = "/tmp/test_decision.XXXXXX"};
    assert_non_null(mkdtemp(f->folder));
    int len = snprintf(f->file, sizeof(f->file), "%s/generations", f->folder);
    assert_ok("page", generation_open(str_of(f->file, (size_t)len), READ_WRITE, &f->page));
    const struct decision_limits limits = {
        .entries = entries, .key_bytes_max = KEY_BYTES, .answer_bytes_max = ANSWER_BYTES};
    assert_ok("cache", decision_cache_new(&limits, &f->cache));
    f->basis = basis_take(f->page, 1, 2, 3);
}

static void stop(struct fixture *f)
{
    decision_cache_free(f->cache);
    generation_close(f->page);
    unlink(f->file);
    rmdir(f->folder);
}

static void keep(struct fixture *f, uint8_t tag, str key, str answer)
{
    decision_keep(f->cache, f->page, tag, key, &f->basis, LATER, answer);
}

/* What is kept, in memory that lasts until the next call; "(none)" if nothing is. */
static str found_at(struct fixture *f, uint8_t tag, str key, usec now)
{
    static char answer[ANSWER_BYTES];
    size_t len = 4711;
    memset(answer, 0, sizeof(answer));
    if (decision_find(f->cache, f->page, tag, key, now, answer, sizeof(answer), &len))
        return str_of(answer, len);
    assert_int_equal(len, 4711);
    for (size_t i = 0; i < sizeof(answer); i++)
        assert_int_equal(answer[i], 0);
    return STR("(none)");
}

static str found(struct fixture *f, uint8_t tag, str key)
{
    return found_at(f, tag, key, NOW);
}

static str numbered(char room[32], int n)
{
    return str_of(room, (size_t)snprintf(room, 32, "credential-%d", n));
}

static void limits_are_checked(void **state)
{
    (void)state;
    static const struct decision_limits bad[] = {
        {0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {SIZE_MAX, 1, 1}, {1, 65536, 1}, {1, 1, 65536},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct decision_cache *cache = NULL;
        assert_error("bad limits", decision_cache_new(&bad[i], &cache), ERR_INVALID);
        assert_null(cache);
    }
    static const struct decision_limits good[] = {{1, 1, 1}, {9, 65535, 65535}};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct decision_cache *cache = NULL;
        assert_ok("good limits", decision_cache_new(&good[i], &cache));
        assert_true(decision_cache_bytes(cache) > 8 * (good[i].key_bytes_max + 1));
        decision_cache_free(cache);
    }
    decision_cache_free(NULL);
}

static void every_length_comes_back_byte_for_byte(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 4096);
    char key[KEY_BYTES], answer[ANSWER_BYTES];
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (char)(i * 7);
    for (size_t i = 0; i < sizeof(answer); i++)
        answer[i] = (char)(255 - i);
    for (size_t k = 0; k <= sizeof(key); k++) {
        str wanted = str_of(answer, (k * 5) % (sizeof(answer) + 1));
        keep(&f, 0, str_of(key, k), wanted);
        assert_str("kept", found(&f, 0, str_of(key, k)), wanted);
    }
    stop(&f);
}

static void only_the_exact_bytes_find_an_answer(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 64);
    char key[21] = "0123456789abcdefghij";
    keep(&f, 1, str_of(key, 20), STR("yes"));
    for (size_t i = 0; i < 20; i++) {
        for (int bit = 0; bit < 8; bit++) {
            key[i] = (char)(key[i] ^ 1 << bit);
            assert_str("one bit differs", found(&f, 1, str_of(key, 20)), STR("(none)"));
            key[i] = (char)(key[i] ^ 1 << bit);
        }
    }
    assert_str("a byte less", found(&f, 1, str_of(key, 19)), STR("(none)"));
    assert_str("a NUL more", found(&f, 1, str_of(key, 21)), STR("(none)"));
    assert_str("another tag", found(&f, 2, str_of(key, 20)), STR("(none)"));
    keep(&f, 2, str_of(key, 20), STR("other"));
    assert_str("tag 1", found(&f, 1, str_of(key, 20)), STR("yes"));
    assert_str("tag 2", found(&f, 2, str_of(key, 20)), STR("other"));
    stop(&f);
}

static void a_new_answer_takes_the_place_of_the_old(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 8);
    keep(&f, 0, STR("key"), STR("a long answer, to be forgotten"));
    keep(&f, 0, STR("key"), STR("short"));
    assert_str("replaced", found(&f, 0, STR("key")), STR("short"));
    decision_forget(f.cache, 0, STR("key"));
    assert_str("forgotten whole", found(&f, 0, STR("key")), STR("(none)"));
    stop(&f);
}

static void what_is_too_long_is_never_kept(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 64);
    char bytes[KEY_BYTES + 1];
    memset(bytes, 'a', sizeof(bytes));
    keep(&f, 0, str_of(bytes, KEY_BYTES + 1), STR("x"));
    assert_str("key", found(&f, 0, str_of(bytes, KEY_BYTES + 1)), STR("(none)"));
    keep(&f, 0, STR("k"), str_of(bytes, ANSWER_BYTES + 1));
    assert_str("answer", found(&f, 0, STR("k")), STR("(none)"));
    decision_forget(f.cache, 0, str_of(bytes, KEY_BYTES + 1));
    assert_int_equal(decision_stats(f.cache).kept, 0);
    stop(&f);
}

static void an_answer_ends_with_its_expiry(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 64);
    keep(&f, 0, STR("k"), STR("x"));
    assert_str("the last moment", found_at(&f, 0, STR("k"), LATER - 1), STR("x"));
    assert_str("the first too late", found_at(&f, 0, STR("k"), LATER), STR("(none)"));
    assert_str("it was wiped", found_at(&f, 0, STR("k"), LATER - 1), STR("(none)"));
    decision_keep(f.cache, f.page, 0, STR("k"), &f.basis, 0, STR("x"));
    assert_str("zero is past", found(&f, 0, STR("k")), STR("(none)"));
    stop(&f);
}

static void a_change_ends_an_answer_from_its_announcement_on(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 64);
    for (size_t owner = 0; owner < 3; owner++) {
        f.basis = basis_take(f.page, 1, 2, 3);
        keep(&f, 0, STR("k"), STR("x"));
        assert_str("before", found(&f, 0, STR("k")), STR("x"));
        generation_announce(f.page, f.basis.slot[owner]);
        assert_str("announced", found(&f, 0, STR("k")), STR("(none)"));
        generation_end(f.page, f.basis.slot[owner], NOW);
        assert_str("ended", found(&f, 0, STR("k")), STR("(none)"));
    }
    stop(&f);
}

static void nothing_is_kept_that_may_rest_on_an_old_truth(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 64);
    uint32_t slot = f.basis.slot[1];

    generation_announce(f.page, slot); /* basis taken, then announced */
    keep(&f, 0, STR("k"), STR("x"));
    assert_int_equal(decision_stats(f.cache).kept, 0);

    f.basis = basis_take(f.page, 1, 2, 3); /* taken while announced, ended before it is kept */
    generation_end(f.page, slot, NOW);
    keep(&f, 0, STR("k"), STR("x"));
    assert_int_equal(decision_stats(f.cache).kept, 0);

    f.basis = basis_take(f.page, 1, 2, 3); /* a whole change since */
    generation_announce(f.page, slot);
    generation_end(f.page, slot, NOW);
    keep(&f, 0, STR("k"), STR("x"));
    assert_int_equal(decision_stats(f.cache).kept, 0);

    f.basis = (struct basis){0}; /* forgotten */
    keep(&f, 0, STR("k"), STR("x"));
    assert_int_equal(decision_stats(f.cache).kept, 0);
    assert_str("nothing", found(&f, 0, STR("k")), STR("(none)"));
    stop(&f);
}

static void a_late_follower_stops_answers_but_not_for_good(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 64);
    keep(&f, 0, STR("k"), STR("x"));
    generation_set_max_lag(f.page, SECONDS(5));
    generation_beat(f.page, NOW - SECONDS(6));
    assert_str("late", found(&f, 0, STR("k")), STR("(none)"));
    generation_beat(f.page, NOW);
    assert_str("caught up, and nothing had changed", found(&f, 0, STR("k")), STR("x"));
    stop(&f);
}

static void what_is_forgotten_is_gone_and_nothing_else(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 64);
    keep(&f, 0, STR("a"), STR("1"));
    keep(&f, 0, STR("b"), STR("2"));
    decision_forget(f.cache, 0, STR("a"));
    decision_forget(f.cache, 0, STR("never kept"));
    decision_forget(f.cache, 1, STR("b"));
    assert_str("a", found(&f, 0, STR("a")), STR("(none)"));
    assert_str("b", found(&f, 0, STR("b")), STR("2"));
    stop(&f);
}

static void no_more_is_kept_than_there_is_room_for(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 64);
    char room[32];
    for (int i = 0; i < 10000; i++)
        keep(&f, 0, numbered(room, i), STR("x"));
    int living = 0;
    for (int i = 0; i < 10000; i++)
        if (str_equal(found(&f, 0, numbered(room, i)), STR("x")))
            living++;
    assert_int_equal(living, 64);
    struct decision_stats stats = decision_stats(f.cache);
    assert_int_equal(stats.kept, 10000);
    assert_int_equal(stats.evictions, 10000 - 64);
    assert_int_equal(stats.hits, 64);
    assert_int_equal(stats.misses, 10000 - 64);
    stop(&f);
}

static void keys_in_use_outlive_a_flood_of_keys_used_once(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 1024);
    char room[32];
    enum { HOT = 128, FLOOD = 100 * 1024, BETWEEN = 1024 };
    for (int i = 0; i < HOT; i++)
        keep(&f, 1, numbered(room, i), STR("hot"));
    int lost = 0;
    for (int n = 0; n < FLOOD; n++) {
        if (n % BETWEEN == 0) /* each hot key once while as many others come as there is room for */
            for (int i = 0; i < HOT; i++)
                if (!str_equal(found(&f, 1, numbered(room, i)), STR("hot"))) {
                    lost++;
                    keep(&f, 1, numbered(room, i), STR("hot"));
                }
        keep(&f, 0, numbered(room, n), STR("cold"));
    }
    if (lost > HOT * (FLOOD / BETWEEN) / 8) /* where several meet; first in, first out loses all */
        fail_msg("%d of %d looks at a key in use found it gone", lost, HOT * (FLOOD / BETWEEN));
    stop(&f);
}

static void the_dead_are_swept(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 1024);
    char room[32];
    struct basis other = basis_take(f.page, 100, 200, 300);
    for (int i = 0; i < 100; i++)
        decision_keep(f.cache, f.page, 0, numbered(room, i), &f.basis, LATER, STR("x"));
    for (int i = 100; i < 130; i++)
        decision_keep(f.cache, f.page, 0, numbered(room, i), &f.basis, NOW, STR("x"));
    for (int i = 130; i < 150; i++)
        decision_keep(f.cache, f.page, 0, numbered(room, i), &other, LATER, STR("x"));
    generation_end(f.page, other.slot[0], NOW);
    assert_int_equal(decision_sweep(f.cache, f.page, NOW), 50);
    assert_int_equal(decision_sweep(f.cache, f.page, NOW), 0);
    for (int i = 0; i < 100; i++)
        assert_str("alive", found(&f, 0, numbered(room, i)), STR("x"));
    stop(&f);
}

/* The cache's memory, told by its size and by being left out of core dumps ("dd", proc(5)). */
static str memory_of(const struct fixture *f)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = (decision_cache_bytes(f->cache) + page - 1) / page * page;
    FILE *maps = fopen("/proc/self/smaps", "re");
    assert_non_null(maps);
    char line[512];
    uintptr_t from = 0, to = 0, start, end;
    bool is_it = false;
    while (!is_it && fgets(line, sizeof(line), maps)) {
        if (sscanf(line, "%zx-%zx ", &start, &end) == 2) { /* NOLINT(cert-err34-c): the kernel's */
            from = start;
            to = end;
        }
        is_it = to - from == bytes && str_starts(str_from(line), STR("VmFlags:")) &&
                strstr(line, " dd");
    }
    fclose(maps);
    assert_true(is_it);
    return str_of((const char *)from, bytes);
}

static bool memory_has(const struct fixture *f, const char *secret)
{
    str memory = memory_of(f);
    return memmem(memory.ptr, memory.len, secret, strlen(secret)) != NULL;
}

static void secrets_are_wiped(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 8);
    char key[32], answer[32], longer[64];
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (char)('A' + (i * 7) % 26);
        answer[i] = (char)('a' + (i * 11) % 26);
    }
    key[31] = answer[31] = '\0';
    memset(longer, '.', sizeof(longer));
    memcpy(longer + 32, answer, 32);
    str k = str_of(key, 31), a = str_of(longer, 63);
    char room[32];

    for (int way = 0; way < 5; way++) {
        keep(&f, 0, k, a);
        assert_true(memory_has(&f, key) && memory_has(&f, answer));
        switch (way) {
        case 0:
            decision_forget(f.cache, 0, k);
            break;
        case 1: /* found expired */
            found_at(&f, 0, k, LATER);
            break;
        case 2: /* swept */
            decision_sweep(f.cache, f.page, LATER);
            break;
        case 3: /* evicted */
            for (int i = 0; i < 100; i++)
                keep(&f, 0, numbered(room, i), STR("x"));
            break;
        case 4: /* found to rest on nothing any more */
            generation_end(f.page, f.basis.slot[0], NOW);
            found(&f, 0, k);
            break;
        default:
            break;
        }
        if (memory_has(&f, key) || memory_has(&f, answer))
            fail_msg("way %d leaves a secret in memory", way);
    }
    f.basis = basis_take(f.page, 1, 2, 3);
    keep(&f, 0, k, a);
    keep(&f, 0, k, STR("x"));
    assert_true(memory_has(&f, key));
    assert_false(memory_has(&f, answer)); /* a shorter answer leaves nothing of the longer */
    stop(&f);
}

static void siphash_gives_the_published_values(void **state)
{
    (void)state;
    /* The paper's appendix A: key and text are the bytes 0, 1, 2, …, for SipHash-2-4. */
    unsigned char bytes[15];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)i;
    const struct siphash_key key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
    assert_int_equal(siphash(&key, 2, 4, str_of((const char *)bytes, 15)), 0xa129ca6149be45e5);
    assert_int_equal(siphash(&key, 2, 4, STR("")), 0x726fdb47dd0e0e31);
    assert_int_equal(siphash(&key, 2, 4, str_of((const char *)bytes, 8)), 0x93f5f5799a932462);
    /* And for 1-3, as Rust's standard library has it. */
    assert_int_equal(siphash(&key, 1, 3, STR("")), 0xabac0158050fc4dc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_checked),
        cmocka_unit_test(every_length_comes_back_byte_for_byte),
        cmocka_unit_test(only_the_exact_bytes_find_an_answer),
        cmocka_unit_test(a_new_answer_takes_the_place_of_the_old),
        cmocka_unit_test(what_is_too_long_is_never_kept),
        cmocka_unit_test(an_answer_ends_with_its_expiry),
        cmocka_unit_test(a_change_ends_an_answer_from_its_announcement_on),
        cmocka_unit_test(nothing_is_kept_that_may_rest_on_an_old_truth),
        cmocka_unit_test(a_late_follower_stops_answers_but_not_for_good),
        cmocka_unit_test(what_is_forgotten_is_gone_and_nothing_else),
        cmocka_unit_test(no_more_is_kept_than_there_is_room_for),
        cmocka_unit_test(keys_in_use_outlive_a_flood_of_keys_used_once),
        cmocka_unit_test(the_dead_are_swept),
        cmocka_unit_test(secrets_are_wiped),
        cmocka_unit_test(siphash_gives_the_published_values),
    };
    return cmocka_run_group_tests_name("decision", tests, NULL, NULL);
}
