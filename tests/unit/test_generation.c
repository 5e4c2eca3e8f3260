#include "unit/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decision/generation.h"

#define NOW SECONDS(1800000000)

static char folder[64];

static str in_folder(const char *name)
{
    static char path[128];
    int len = snprintf(path, sizeof(path), "%s/%s", folder, name);
    return str_of(path, (size_t)len);
}

static int folder_make(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/test_generation.XXXXXX", sizeof("/tmp/test_generation.XXXXXX"));
    return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
    (void)state;
    unlink(in_folder("generations").ptr);
    unlink(in_folder("other").ptr);
    unlink(in_folder("link").ptr);
    return rmdir(folder);
}

static struct generation_page *open_page(enum generation_mode mode)
{
    struct generation_page *page = NULL;
    assert_ok("opening", generation_open(in_folder("generations"), mode, &page));
    return page;
}

static uint64_t version_of(const struct generation_page *page, uint32_t slot)
{
    bool announced;
    return generation_read(page, slot, &announced);
}

static bool is_announced(const struct generation_page *page, uint32_t slot)
{
    bool announced;
    generation_read(page, slot, &announced);
    return announced;
}

static void a_new_page_is_readable_by_the_group_alone(void **state)
{
    (void)state;
    mode_t before = umask(0077);
    struct generation_page *page = open_page(READ_WRITE);
    umask(before);
    struct stat status;
    assert_int_equal(stat(in_folder("generations").ptr, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(status.st_size, 4096 + 8 * GENERATION_COUNTERS);
    generation_close(page);
}

static void a_new_page_vouches_for_nothing_older(void **state)
{
    (void)state;
    usec before = time_now();
    struct generation_page *page = open_page(READ_WRITE);
    usec after = time_now();
    for (uint32_t slot = 0; slot < GENERATION_COUNTERS; slot++) {
        usec moved = generation_version_time(version_of(page, slot));
        if (moved < before || moved > after || is_announced(page, slot))
            fail_msg("counter %u says %lld", slot, (long long)moved);
    }
    struct basis nothing = {0};
    assert_false(basis_holds(page, &nothing));
    generation_close(page);
}

static void a_page_is_found_again_as_it_was_left(void **state)
{
    (void)state;
    struct generation_page *page = open_page(READ_WRITE);
    generation_announce(page, 7);
    generation_end(page, 7, NOW + 5);
    generation_close(page);
    page = open_page(READ_ONLY);
    assert_int_equal(version_of(page, 7), NOW + 5);
    generation_close(page);
}

static void write_file(const char *name, const void *bytes, size_t len, off_t size)
{
    int fd = open(in_folder(name).ptr, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    assert_int_equal(ftruncate(fd, size), 0);
    close(fd);
}

static void foreign_files_are_refused_and_left_alone(void **state)
{
    (void)state;
    static const off_t whole = 4096 + 8 * GENERATION_COUNTERS;
    struct header {
        char magic[8];
        uint32_t format, counters;
        int64_t room[2];
    };
    static const struct {
        const char *why;
        struct header header;
        off_t size;
        enum error err;
    } cases[] = {
        {"another's magic", {"NOTOURS", 1, 65536, {0}}, whole, ERR_MALFORMED},
        {"too short", {"LKGENPG\n", 1, 65536, {0}}, whole - 1, ERR_MALFORMED},
        {"too long", {"LKGENPG\n", 1, 65536, {0}}, whole + 1, ERR_MALFORMED},
        {"a header and no more", {"LKGENPG\n", 1, 65536, {0}}, 32, ERR_MALFORMED},
        {"half a header", {"LKGENPG\n", 1, 65536, {0}}, 12, ERR_MALFORMED},
        {"another count", {"LKGENPG\n", 1, 4096, {0}}, whole, ERR_MALFORMED},
        {"format 0", {"LKGENPG\n", 0, 65536, {0}}, whole, ERR_MALFORMED},
        {"a newer format", {"LKGENPG\n", 2, 1, {0}}, 32, ERR_TOO_NEW},
        {"zeros, and longer than a page", {"", 0, 0, {0}}, whole + 1, ERR_MALFORMED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        write_file("other", &cases[i].header, sizeof(cases[i].header), cases[i].size);
        struct generation_page *page = NULL;
        assert_error(cases[i].why, generation_open(in_folder("other"), READ_ONLY, &page),
                     cases[i].err);
        assert_error(cases[i].why, generation_open(in_folder("other"), READ_WRITE, &page),
                     cases[i].err);
        assert_null(page);
        struct stat status;
        assert_int_equal(stat(in_folder("other").ptr, &status), 0);
        assert_int_equal(status.st_size, cases[i].size);
    }
}

static void what_is_not_a_file_is_refused(void **state)
{
    (void)state;
    struct generation_page *page = NULL;
    write_file("other", "", 0, 0);
    assert_int_equal(symlink("other", in_folder("link").ptr), 0);
    assert_error("a link", generation_open(in_folder("link"), READ_WRITE, &page), ERR_MALFORMED);
    assert_error("a folder", generation_open(str_from(folder), READ_WRITE, &page), ERR_MALFORMED);
    assert_error("a folder", generation_open(str_from(folder), READ_ONLY, &page), ERR_MALFORMED);
    assert_error("missing", generation_open(in_folder("no"), READ_ONLY, &page), ERR_NOT_FOUND);
    assert_error("no folder", generation_open(in_folder("no/no"), READ_WRITE, &page),
                 ERR_NOT_FOUND);
    assert_error("a NUL", generation_open(STR("/tmp/a\0b"), READ_ONLY, &page), ERR_MALFORMED);
    char name[5000];
    memset(name, 'a', sizeof(name));
    assert_error("a long name", generation_open(str_of(name, sizeof(name)), READ_ONLY, &page),
                 ERR_MALFORMED);
}

static void a_page_that_was_never_finished_is_made_anew(void **state)
{
    (void)state;
    static const off_t sizes[] = {0, 4096 + 8 * 100, 4096 + 8 * GENERATION_COUNTERS};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        write_file("generations", "", 0, sizes[i]);
        struct generation_page *page = NULL;
        assert_error("unfinished", generation_open(in_folder("generations"), READ_ONLY, &page),
                     ERR_NOT_FOUND);
        page = open_page(READ_WRITE);
        assert_true(version_of(page, GENERATION_COUNTERS - 1) > 0);
        generation_close(page);
    }
}

static void many_processes_may_make_it_at_once(void **state)
{
    (void)state;
    enum { PROCESSES = 8 };
    int go[2];
    assert_int_equal(pipe(go), 0);
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] != 0)
            continue;
        char byte;
        close(go[1]);
        struct generation_page *page = NULL;
        if (read(go[0], &byte, 1) != 0 ||
            generation_open(in_folder("generations"), READ_WRITE, &page) != OK)
            _exit(1);
        for (int n = 0; n < 1000; n++) {
            generation_announce(page, 3);
            generation_end(page, 3, 0);
        }
        _exit(0);
    }
    close(go[0]);
    close(go[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    struct generation_page *page = open_page(READ_WRITE);
    assert_int_equal(version_of(page, 3), version_of(page, 4) + UINT64_C(1000) * PROCESSES);
    assert_false(is_announced(page, 3));
    generation_close(page);
}

static void another_process_sees_a_change_with_its_next_read(void **state)
{
    (void)state;
    struct generation_page *page = open_page(READ_WRITE);
    struct basis basis = basis_take(page, 1, 2, 3);
    assert_true(basis_holds(page, &basis));
    uint32_t slot = basis.slot[2];

    int ask[2], tell[2];
    assert_int_equal(pipe(ask), 0);
    assert_int_equal(pipe(tell), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        struct generation_page *own = NULL;
        if (generation_open(in_folder("generations"), READ_WRITE, &own) != OK)
            _exit(1);
        generation_announce(own, slot);
        if (write(tell[1], "a", 1) != 1 || read(ask[0], &byte, 1) != 1)
            _exit(1);
        generation_end(own, slot, NOW);
        _exit(write(tell[1], "e", 1) == 1 ? 0 : 1);
    }
    char byte;
    assert_int_equal(read(tell[0], &byte, 1), 1);
    assert_false(basis_holds(page, &basis)); /* announced */
    struct basis meanwhile = basis_take(page, 1, 2, 3);
    assert_false(basis_holds(page, &meanwhile));
    assert_int_equal(write(ask[1], "g", 1), 1);
    assert_int_equal(read(tell[0], &byte, 1), 1);
    assert_false(basis_holds(page, &basis));     /* moved */
    assert_false(basis_holds(page, &meanwhile)); /* it must not come to life */
    assert_int_equal(version_of(page, slot), NOW);
    struct basis after = basis_take(page, 1, 2, 3);
    assert_true(basis_holds(page, &after));

    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (int i = 0; i < 2; i++) {
        close(ask[i]);
        close(tell[i]);
    }
    generation_close(page);
}

static void a_version_never_goes_back(void **state)
{
    (void)state;
    struct generation_page *page = open_page(READ_WRITE);
    static const usec times[] = {NOW, NOW, NOW - DAYS(1), 0, -1, INT64_MIN, NOW + 100, NOW};
    static const usec wanted[] = {NOW,     NOW + 1, NOW + 2,   NOW + 3,
                                  NOW + 4, NOW + 5, NOW + 100, NOW + 101};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        generation_announce(page, 9);
        generation_end(page, 9, times[i]);
        assert_int_equal(version_of(page, 9), wanted[i]);
        assert_false(is_announced(page, 9));
    }
    generation_close(page);
}

static void an_end_without_an_announcement_moves_too(void **state)
{
    (void)state;
    struct generation_page *page = open_page(READ_WRITE);
    generation_end(page, 9, NOW);
    assert_int_equal(version_of(page, 9), NOW);
    assert_false(is_announced(page, 9));
    generation_close(page);
}

static void a_version_at_its_end_never_holds_again(void **state)
{
    (void)state;
    struct generation_page *page = open_page(READ_WRITE);
    struct basis basis = basis_take(page, 1, 2, 3);
    uint32_t slot = basis.slot[0];
    generation_end(page, slot, INT64_MAX);
    basis = basis_take(page, 1, 2, 3);
    assert_true(basis_holds(page, &basis));
    generation_end(page, slot, NOW);
    assert_false(basis_holds(page, &basis));
    assert_ok("clearing", generation_clear_announcements(page, NOW));
    assert_false(basis_holds(page, &basis));
    basis = basis_take(page, 1, 2, 3);
    assert_false(basis_holds(page, &basis));
    generation_close(page);
}

static void each_announced_change_must_end(void **state)
{
    (void)state;
    struct generation_page *page = open_page(READ_WRITE);
    generation_announce(page, 5);
    generation_announce(page, 5);
    generation_end(page, 5, NOW);
    assert_true(is_announced(page, 5));
    generation_end(page, 5, NOW);
    assert_false(is_announced(page, 5));
    assert_false(is_announced(page, 4));
    assert_false(is_announced(page, 6));
    generation_close(page);
}

static void too_many_announcements_stay_until_they_are_cleared(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct generation_page *page = open_page(READ_WRITE);
    uint64_t before = version_of(page, 5);
    for (int i = 0; i < MANY; i++)
        generation_announce(page, 5);
    assert_int_equal(version_of(page, 5), before); /* no carry into the version */
    for (int i = 0; i < MANY; i++)
        generation_end(page, 5, 0);
    assert_true(is_announced(page, 5));
    assert_int_equal(version_of(page, 5), before + MANY);
    assert_ok("clearing", generation_clear_announcements(page, 0));
    assert_false(is_announced(page, 5));
    assert_int_equal(version_of(page, 5), before + MANY + 1);

    for (int i = 0; i < 4094; i++) /* the highest number that is still counted */
        generation_announce(page, 6);
    for (int i = 0; i < 4094; i++)
        generation_end(page, 6, 0);
    assert_false(is_announced(page, 6));
    generation_close(page);
}

static void clearing_moves_everything_a_power_cut_may_have_lost(void **state)
{
    (void)state;
    struct generation_page *page = open_page(READ_WRITE);
    struct basis kept = basis_take(page, 1, 2, 3);
    generation_announce(page, 5);
    assert_ok("clearing", generation_clear_announcements(page, NOW));
    assert_false(basis_holds(page, &kept));
    for (uint32_t slot = 0; slot < GENERATION_COUNTERS; slot++)
        if (version_of(page, slot) != NOW || is_announced(page, slot))
            fail_msg("counter %u was left out", slot);
    generation_close(page);
}

static void nothing_is_cleared_under_another_writer(void **state)
{
    (void)state;
    struct generation_page *daemon = open_page(READ_WRITE);
    struct generation_page *command = open_page(READ_WRITE);
    struct generation_page *reader = open_page(READ_ONLY);
    struct basis basis = basis_take(daemon, 1, 2, 3);
    generation_announce(command, 5);
    assert_error("a command at work", generation_clear_announcements(daemon, NOW), ERR_BUSY);
    assert_true(is_announced(daemon, 5));
    assert_false(basis_holds(daemon, &basis)); /* moved all the same */
    generation_close(command);
    assert_ok("a reader does no harm", generation_clear_announcements(daemon, NOW));
    assert_false(is_announced(reader, 5));

    struct generation_page *late = open_page(READ_WRITE); /* the exclusive lock was let go */
    assert_error("again", generation_clear_announcements(daemon, NOW), ERR_BUSY);
    generation_close(late);
    generation_close(reader);
    generation_close(daemon);
}

static void all_counters_can_be_changed_at_once(void **state)
{
    (void)state;
    struct generation_page *page = open_page(READ_WRITE);
    struct basis basis = basis_take(page, 1, 2, 3);
    generation_announce(page, 11);
    generation_announce_all(page);
    assert_false(basis_holds(page, &basis));
    generation_end_all(page, NOW);
    assert_false(basis_holds(page, &basis));
    basis = basis_take(page, 1, 2, 3);
    assert_true(basis_holds(page, &basis));
    assert_true(is_announced(page, 11)); /* a change of its own, still under way */
    generation_close(page);
}

static void any_of_the_three_owners_ends_a_decision(void **state)
{
    (void)state;
    struct generation_page *page = open_page(READ_WRITE);
    for (size_t i = 0; i < 3; i++) {
        struct basis basis = basis_take(page, 10, 20, 30);
        assert_true(basis_holds(page, &basis));
        generation_announce(page, basis.slot[i]);
        assert_false(basis_holds(page, &basis));
        generation_end(page, basis.slot[i], 0);
        assert_false(basis_holds(page, &basis));
    }
    generation_close(page);
}

static void two_owners_on_one_counter_cost_a_second_look_only(void **state)
{
    (void)state;
    struct generation_page *page = open_page(READ_WRITE);
    uint32_t slot = generation_slot(OWNER_USER, 1);
    uint64_t other = 2;
    while (generation_slot(OWNER_TOKEN, other) != slot)
        other++;
    struct basis basis = basis_take(page, 1, 2, 3);
    generation_announce(page, generation_slot(OWNER_TOKEN, other));
    generation_end(page, generation_slot(OWNER_TOKEN, other), 0);
    assert_false(basis_holds(page, &basis));
    basis = basis_take(page, 1, 2, 3);
    assert_true(basis_holds(page, &basis));
    generation_close(page);
}

static void owners_are_spread_and_kinds_are_told_apart(void **state)
{
    (void)state;
    static uint8_t owners[GENERATION_COUNTERS];
    memset(owners, 0, sizeof(owners));
    int most = 0, same = 0;
    for (uint64_t id = 0; id < GENERATION_COUNTERS; id++) {
        uint32_t slot = generation_slot(OWNER_USER, id);
        assert_true(slot < GENERATION_COUNTERS);
        if (++owners[slot] > most)
            most = owners[slot];
        if (slot == generation_slot(OWNER_ORGANIZATION, id))
            same++;
    }
    /* As many keys as counters, thrown at random: 8 or 9 at most, and one meeting expected. */
    if (most > 14 || same > 20)
        fail_msg("%d users on one counter, %d with their organization", most, same);
}

/* Other processes and programs compute the same slots, so they are part of the format: the first
 * three numbers of the splitmix64 that starts from 0. */
static void slots_are_the_same_everywhere(void **state)
{
    (void)state;
    assert_int_equal(generation_slot(OWNER_USER, 0), 0xe220a8397b1dcdaf & 0xffff);
    assert_int_equal(generation_slot(OWNER_ORGANIZATION, 0), 0x6e789e6aa1b965f4 & 0xffff);
    assert_int_equal(generation_slot(OWNER_TOKEN, 0), 0x06c45d188009454f & 0xffff);
}

static void a_page_with_a_late_follower_is_not_current(void **state)
{
    (void)state;
    struct generation_page *page = open_page(READ_WRITE);
    assert_true(generation_is_current(page, NOW)); /* nobody to follow */
    generation_set_max_lag(page, SECONDS(5));
    assert_int_equal(generation_heartbeat(page), 0);
    assert_false(generation_is_current(page, NOW));
    generation_beat(page, NOW);
    assert_int_equal(generation_heartbeat(page), NOW);
    static const struct {
        const char *why;
        usec now;
        bool current;
    } cases[] = {
        {"at once", NOW, true},
        {"in time", NOW + SECONDS(5), true},
        {"too late", NOW + SECONDS(5) + 1, false},
        {"a clock set back a little", NOW - SECONDS(5), true},
        {"a clock set back", NOW - SECONDS(5) - 1, false},
        {"the end of time", INT64_MAX, false},
        {"the beginning of time", INT64_MIN, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (generation_is_current(page, cases[i].now) != cases[i].current)
            fail_msg("%s: %s", cases[i].why, cases[i].current ? "not current" : "current");
    generation_close(page);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)
    const struct CMUnitTest tests[] = {
        TEST(a_new_page_is_readable_by_the_group_alone),
        TEST(a_new_page_vouches_for_nothing_older),
        TEST(a_page_is_found_again_as_it_was_left),
        TEST(foreign_files_are_refused_and_left_alone),
        TEST(what_is_not_a_file_is_refused),
        TEST(a_page_that_was_never_finished_is_made_anew),
        TEST(many_processes_may_make_it_at_once),
        TEST(another_process_sees_a_change_with_its_next_read),
        TEST(a_version_never_goes_back),
        TEST(an_end_without_an_announcement_moves_too),
        TEST(a_version_at_its_end_never_holds_again),
        TEST(each_announced_change_must_end),
        TEST(too_many_announcements_stay_until_they_are_cleared),
        TEST(clearing_moves_everything_a_power_cut_may_have_lost),
        TEST(nothing_is_cleared_under_another_writer),
        TEST(all_counters_can_be_changed_at_once),
        TEST(any_of_the_three_owners_ends_a_decision),
        TEST(two_owners_on_one_counter_cost_a_second_look_only),
        cmocka_unit_test(owners_are_spread_and_kinds_are_told_apart),
        cmocka_unit_test(slots_are_the_same_everywhere),
        TEST(a_page_with_a_late_follower_is_not_current),
    };
    return cmocka_run_group_tests_name("generation", tests, NULL, NULL);
}
