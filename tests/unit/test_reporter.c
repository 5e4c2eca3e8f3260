#include "unit/test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decision/use_report.h"
#include "decision/use_socket.h"
#include "reporter.h"

#define NOW SECONDS(1795567428)

static char folder[128];
static char page[256];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/latchkey-reporter-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    snprintf(page, sizeof(page), "%s/generations", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* The daemon's end. */
static int listen_beside(const char *page_path)
{
    struct use_address address;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_ok("address", use_address_of(str_from(page_path), &address));
    assert_int_equal(bind(fd, (const struct sockaddr *)&address.name, sizeof(address.name)), 0);
    use_address_release(&address);
    return fd;
}

static void stop_listening(int fd, const char *page_path)
{
    struct use_address address;
    assert_ok("address", use_address_of(str_from(page_path), &address));
    assert_int_equal(unlink(address.name.sun_path), 0);
    use_address_release(&address);
    close(fd);
}

/* The sum of all that lies there. */
static int64_t hear(int fd)
{
    char report[USE_REPORT_MAX];
    struct use use;
    str rest;
    int64_t sum = 0;
    ssize_t len;
    while ((len = recv(fd, report, sizeof(report), 0)) > 0) {
        assert_ok("a report", use_report_open(str_of(report, (size_t)len), &rest));
        while (!use_report_next(&rest, &use)) {
            assert_int_equal(use.key.user_id, 17);
            assert_str("agent", use.user_agent, STR("curl"));
            sum += use.count;
        }
    }
    return sum;
}

static struct told told_of(int64_t token_key, const char *kind)
{
    struct told told = {.token_key = token_key};
    for (size_t i = 0; i < TOLD_COUNT; i++)
        told.fields[i] = STR("");
    told.fields[TOLD_USER_ID] = STR("17");
    told.fields[TOLD_ORGANIZATION_ID] = STR("1");
    told.fields[TOLD_TOKEN_KIND] = str_from(kind);
    return told;
}

static enum error use(struct reporter *reporter, int64_t token_key, const char *kind)
{
    struct told told = told_of(token_key, kind);
    return reporter_count(reporter, str_from(page), &told, STR("192.0.2.7"), STR("curl"), NOW);
}

static void a_daemon_that_was_away_hears_all_of_it(void **state)
{
    (void)state;
    struct reporter *reporter = reporter_new();
    for (int i = 0; i < 5; i++)
        assert_ok("counted", use(reporter, 1 + i % 2, "access"));
    assert_error("nobody there", reporter_send(reporter), ERR_NOT_FOUND);
    int fd = listen_beside(page);
    assert_ok("sent", reporter_send(reporter));
    assert_int_equal(hear(fd), 5);
    assert_ok("nothing to send", reporter_send(reporter));
    assert_int_equal(hear(fd), 0);
    stop_listening(fd, page);
    reporter_free(reporter);
    reporter_free(NULL);
}

static void sessions_and_nobody_do_not_count(void **state)
{
    (void)state;
    struct reporter *reporter = reporter_new();
    struct told nobody = told_of(5, "access");
    nobody.fields[TOLD_USER_ID] = STR("");
    int fd = listen_beside(page);
    assert_ok("a session", use(reporter, 0, "session"));
    assert_ok("nobody",
              reporter_count(reporter, str_from(page), &nobody, STR(""), STR("curl"), NOW));
    assert_ok("sent", reporter_send(reporter));
    assert_int_equal(hear(fd), 0);
    stop_listening(fd, page);
    reporter_free(reporter);
}

/* Many tokens: sent when there is no room; what the daemon does not read fast enough waits. */
static void more_than_there_is_room_for_is_sent_before_the_time(void **state)
{
    (void)state;
    struct reporter *reporter = reporter_new();
    int fd = listen_beside(page);
    int64_t counted = 0, heard = 0;
    for (int64_t key = 1; key <= 20000; key++) {
        counted += use(reporter, key, "access") == OK;
        if (key % 1000 == 0)
            heard += hear(fd);
    }
    for (int i = 0; i < 20; i++) {
        assert_ok("sent", reporter_send(reporter));
        heard += hear(fd);
    }
    assert_true(counted > 15000);
    assert_int_equal(heard, counted);
    stop_listening(fd, page);
    reporter_free(reporter);
}

static void a_daemon_that_never_comes_fills_the_memory_and_no_more(void **state)
{
    (void)state;
    struct reporter *reporter = reporter_new();
    enum error err = OK;
    for (int64_t key = 1; key <= 20000; key++)
        err = use(reporter, key, "access");
    assert_error("no room", err, ERR_FULL);
    reporter_free(reporter);
}

static void a_folder_of_any_length_will_do(void **state)
{
    (void)state;
    char deep[256], far[300];
    snprintf(deep, sizeof(deep), "%s/%0100d", folder, 0);
    snprintf(far, sizeof(far), "%s/generations", deep);
    assert_int_equal(mkdir(deep, 0700), 0);
    struct reporter *reporter = reporter_new();
    struct told told = told_of(1, "pat");
    int fd = listen_beside(far);
    assert_ok("counted", reporter_count(reporter, str_from(far), &told, STR(""), STR("curl"), NOW));
    assert_ok("sent", reporter_send(reporter));
    assert_int_equal(hear(fd), 1);
    stop_listening(fd, far);
    reporter_free(reporter);
    assert_int_equal(rmdir(deep), 0);
    struct use_address address;
    assert_error("no folder", use_address_of(STR("generations"), &address), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_daemon_that_was_away_hears_all_of_it),
        cmocka_unit_test(sessions_and_nobody_do_not_count),
        cmocka_unit_test(more_than_there_is_room_for_is_sent_before_the_time),
        cmocka_unit_test(a_daemon_that_never_comes_fills_the_memory_and_no_more),
        cmocka_unit_test(a_folder_of_any_length_will_do),
    };
    return cmocka_run_group_tests_name("reporter", tests, make_folder, remove_folder);
}
