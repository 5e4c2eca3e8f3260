#include "unit/test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "http/ready_answer.h"
#include "http/server.h"
#include "unit/http_client.h"

/* ---- the copy */

static void start_answer(struct response *rs, struct arena *arena)
{
    *arena = (struct arena){0};
    response_init(rs, arena);
    response_header(rs, "X-One", STR("first"));
    response_header_static(rs, "X-Two", "second");
    assert_ok("reply", reply_json(rs, 403, arena_copy(arena, STR("{\"a\":1}"))));
}

static void it_is_a_copy_of_the_answer_as_it_stood(void **state)
{
    (void)state;
    struct response rs, again;
    struct arena arena, other;
    start_answer(&rs, &arena);
    struct ready_answer *ready = ready_answer_new(&rs);
    assert_non_null(ready);
    response_set_header(&rs, "X-One", STR("changed"));
    arena_mark_secret(&arena); /* nothing of it is needed any more, nor there */
    arena_release(&arena);

    other = (struct arena){0};
    response_init(&again, &other);
    response_header_static(&again, "X-Before", "is replaced");
    reply_ready(&again, ready);
    assert_int_equal(again.status, 403);
    assert_int_equal(again.header_count, 3);
    assert_str("one", str_from(response_get_header(&again, "X-One")), STR("first"));
    assert_str("two", str_from(response_get_header(&again, "X-Two")), STR("second"));
    assert_str("type", str_from(response_get_header(&again, "Content-Type")),
               STR("application/json"));
    assert_str("body", again.body, STR("{\"a\":1}"));
    response_clear(&again); /* the last holder */
    assert_null(again.ready);
    arena_release(&other);
}

static void it_lives_until_the_last_holder_lets_go(void **state)
{
    (void)state;
    struct response rs, first, second;
    struct arena arena;
    start_answer(&rs, &arena);
    response_init(&first, &arena);
    response_init(&second, &arena);
    struct ready_answer *ready = ready_answer_new(&rs);
    reply_ready(&first, ready_answer_hold(ready));
    reply_ready(&second, ready_answer_hold(ready));
    ready_answer_drop(ready);
    response_clear(&first);
    assert_str("still there", second.body, STR("{\"a\":1}"));
    reply_ready(&second, ready_answer_hold(second.ready)); /* in place of itself */
    assert_str("still there", second.body, STR("{\"a\":1}"));
    response_clear(&second);
    arena_release(&arena);
}

static void what_is_no_whole_answer_is_never_made_ready(void **state)
{
    (void)state;
    struct response rs;
    struct arena arena = {0};
    response_init(&rs, &arena);
    assert_null(ready_answer_new(&rs)); /* nobody has answered */
    assert_ok("reply", reply_text(&rs, 200, STR("a")));
    rs.close = true;
    assert_null(ready_answer_new(&rs));
    response_clear(&rs);
    response_header(&rs, "X-Bad", STR("a\nb"));
    assert_null(ready_answer_new(&rs));
    ready_answer_drop(NULL);
    arena_release(&arena);
}

/* ---- on its way */

struct shared {
    struct ready_answer *ready;
};

static enum lane app_open(struct shared *shared, struct request *rq, struct response *rs,
                          size_t *limit)
{
    *limit = 0;
    reply_ready(rs, ready_answer_hold(shared->ready));
    if (str_equal(rq->path, STR("/more")))
        response_header(rs, "X-More", STR("more"));
    if (str_equal(rq->path, STR("/other")))
        response_set_header(rs, "X-One", STR("other"));
    if (str_equal(rq->path, STR("/body")))
        reply_text(rs, 200, STR("another"));
    if (str_equal(rq->path, STR("/status")))
        rs->status = 418;
    if (str_equal(rq->path, STR("/last")))
        rs->close = true;
    return LANE_DONE;
}

static struct worker *app_worker_start(struct shared *shared, int number)
{
    (void)number;
    return (struct worker *)(void *)shared;
}

static void app_worker_stop(struct worker *worker)
{
    (void)worker;
}

static struct shared shared;
static struct server *server;

static int setup(void **state)
{
    (void)state;
    struct response rs;
    struct arena arena;
    str problem, address = STR("127.0.0.1:0");
    const struct server_options options = {
        .listen = &address, .listen_count = 1, .threads = 2, .workers = 1};
    const struct server_app app = {
        .shared = &shared,
        .open = app_open,
        .worker_start = app_worker_start,
        .worker_stop = app_worker_stop,
    };
    start_answer(&rs, &arena);
    shared.ready = ready_answer_new(&rs);
    assert_ok("start", server_start(&options, &app, &arena, &problem, &server));
    arena_release(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    server_stop(server);
    ready_answer_drop(shared.ready);
    return 0;
}

static struct reply get(struct client *c, const char *path)
{
    char text[128];
    snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    assert_true(client_send(c, str_from(text)));
    return client_read(c, false, NULL);
}

static void assert_as_it_stood(const struct reply *reply)
{
    assert_int_equal(reply->status, 403);
    assert_str("one", reply_field(reply, "X-One"), STR("first"));
    assert_str("type", reply_field(reply, "Content-Type"), STR("application/json"));
    assert_str("body", reply->body, STR("{\"a\":1}"));
    assert_str("length", reply_field(reply, "Content-Length"), STR("7"));
    assert_true(reply_field(reply, "Date").len > 0);
}

static void it_is_sent_again_and_again(void **state)
{
    (void)state;
    static struct client c[3];
    for (size_t i = 0; i < COUNT_OF(c); i++)
        client_connect(&c[i], server_port(server, 0));
    for (int again = 0; again < 5; again++)
        for (size_t i = 0; i < COUNT_OF(c); i++) {
            struct reply reply = get(&c[i], "/");
            assert_as_it_stood(&reply);
            assert_false(reply.closes);
        }
    for (size_t i = 0; i < COUNT_OF(c); i++)
        client_close(&c[i]);
}

static void what_is_done_to_it_later_is_sent_and_stays_with_that_request(void **state)
{
    (void)state;
    static struct client c;
    struct reply reply;
    client_connect(&c, server_port(server, 0));
    for (int again = 0; again < 2; again++) {
        reply = get(&c, "/more");
        assert_as_it_stood(&reply);
        assert_str("more", reply_field(&reply, "X-More"), STR("more"));
        reply = get(&c, "/other");
        assert_str("other", reply_field(&reply, "X-One"), STR("other"));
        reply = get(&c, "/body");
        assert_int_equal(reply.status, 200);
        assert_str("body", reply.body, STR("another"));
        assert_str("type", reply_field(&reply, "Content-Type"), STR("text/plain; charset=utf-8"));
        assert_int_equal(get(&c, "/status").status, 418);
        reply = get(&c, "/");
        assert_as_it_stood(&reply);
        assert_str("no more", reply_field(&reply, "X-More"), STR(""));
    }
    client_close(&c);
}

static void the_last_of_a_connection_says_so(void **state)
{
    (void)state;
    static struct client c;
    client_connect(&c, server_port(server, 0));
    struct reply reply = get(&c, "/last");
    assert_as_it_stood(&reply);
    assert_true(reply.closes);
    assert_true(client_is_closed_within(&c, 1000));
    client_close(&c);
    client_connect(&c, server_port(server, 0));
    reply = get(&c, "/");
    assert_false(reply.closes); /* it was said of that connection alone */
    client_close(&c);
}

static void the_answer_to_HEAD_has_no_body(void **state)
{
    (void)state;
    static struct client c;
    client_connect(&c, server_port(server, 0));
    client_send(&c, STR("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"));
    struct reply reply = client_read(&c, true, NULL);
    assert_int_equal(reply.status, 403);
    assert_str("length", reply_field(&reply, "Content-Length"), STR("7"));
    reply = get(&c, "/"); /* nothing was left in between */
    assert_as_it_stood(&reply);
    client_close(&c);
}

#define TIMES 300

static void *ask_often(void *arg)
{
    struct client *c = calloc(1, sizeof(*c));
    client_connect(c, server_port(server, 0));
    size_t whole = 0;
    for (int i = 0; i < TIMES; i++) {
        struct reply reply = get(c, i % 7 == 3 ? "/more" : "/");
        whole += reply.status == 403 && str_equal(reply.body, STR("{\"a\":1}")) &&
                 str_equal(reply_field(&reply, "X-One"), STR("first"));
    }
    client_close(c);
    free(c);
    atomic_fetch_add((_Atomic size_t *)arg, whole);
    return NULL;
}

static void two_threads_send_it_at_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    _Atomic size_t whole = 0;
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_create(&threads[i], NULL, ask_often, &whole);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&whole), COUNT_OF(threads) * TIMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_a_copy_of_the_answer_as_it_stood),
        cmocka_unit_test(it_lives_until_the_last_holder_lets_go),
        cmocka_unit_test(what_is_no_whole_answer_is_never_made_ready),
        cmocka_unit_test_setup_teardown(it_is_sent_again_and_again, setup, teardown),
        cmocka_unit_test_setup_teardown(
            what_is_done_to_it_later_is_sent_and_stays_with_that_request, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_of_a_connection_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(the_answer_to_HEAD_has_no_body, setup, teardown),
        cmocka_unit_test_setup_teardown(two_threads_send_it_at_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
