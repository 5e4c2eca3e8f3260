#include "unit/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/waiting.h"
#include "http/server.h"
#include "unit/http_client.h"

/* ---- an application that shows what the server does with its answers */

struct shared {
    _Atomic unsigned opened, finished, unsent;
    _Atomic bool hold;                        /* slow handlers wait while this is set */
    _Atomic unsigned together, most_together; /* slow handlers at /slow-alone */
    _Atomic int last_status;
};

struct worker {
    struct shared *shared;
    int number;
};

static struct shared shared;
static struct server *server;
static uint16_t port;

static enum lane app_open(struct shared *sh, struct request *rq, struct response *rs, size_t *limit)
{
    atomic_fetch_add(&sh->opened, 1);
    if (str_equal(rq->path, STR("/echo")))
        return LANE_FAST;
    if (str_equal(rq->path, STR("/ten"))) {
        *limit = 10;
        return LANE_FAST;
    }
    if (str_equal(rq->path, STR("/bodiless"))) {
        *limit = 0;
        return LANE_FAST;
    }
    if (str_starts(rq->path, STR("/slow")) || str_equal(rq->path, STR("/hold")))
        return LANE_SLOW;
    if (str_equal(rq->path, STR("/spoiled")))
        response_header(rs, "X-Bad", STR("a\r\nSet-Cookie: evil=1"));
    if (str_equal(rq->path, STR("/empty-field")))
        response_header(rs, "X-Empty", STR(""));
    if (str_equal(rq->path, STR("/who")))
        reply_text(rs, 200, peer_format(&rq->arena, &rq->peer));
    else if (str_equal(rq->path, STR("/id")))
        reply_text(rs, 200, rq->request_id);
    else
        reply_text(rs, 401, STR("at once"));
    return LANE_DONE;
}

static enum lane app_fast(struct shared *sh, struct request *rq, struct response *rs)
{
    (void)sh;
    if (str_equal(rq->headers[HEADER_X_API_KEY], STR("go-slow")))
        return LANE_SLOW;
    reply_text(rs, 200, rq->body);
    return LANE_DONE;
}

static void work_alone(struct shared *sh)
{
    unsigned now = atomic_fetch_add(&sh->together, 1) + 1, most = atomic_load(&sh->most_together);
    while (most < now && !atomic_compare_exchange_weak(&sh->most_together, &most, now))
        ;
    usleep(20000);
    atomic_fetch_sub(&sh->together, 1);
}

static void app_slow(struct worker *worker, struct request *rq, struct response *rs)
{
    bool waits = str_equal(rq->path, STR("/slow-waiting"));
    if (waits)
        waiting_begins();
    while ((waits || str_equal(rq->path, STR("/hold"))) && atomic_load(&worker->shared->hold))
        usleep(1000);
    if (waits)
        waiting_ends();
    if (str_equal(rq->path, STR("/slow-alone")))
        work_alone(worker->shared);
    if (str_equal(rq->path, STR("/slow")))
        usleep(2000);
    reply_text(rs, 200, ARENA_JOIN(&rq->arena, STR("slow:"), rq->query, rq->body));
}

static void app_refuse(struct shared *sh, struct request *rq, struct response *rs,
                       enum refusal refusal)
{
    (void)sh;
    (void)rq;
    reply_text(rs, rs->status, arena_printf(rs->arena, "refused %d", (int)refusal));
}

static struct worker *app_worker_start(struct shared *sh, int number)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    *worker = (struct worker){sh, number};
    return worker;
}

static void app_worker_stop(struct worker *worker)
{
    free(worker);
}

static void app_finish(struct shared *sh, const struct request *rq, const struct response *rs,
                       usec took, bool sent)
{
    (void)rq;
    assert_true(took >= 0);
    atomic_store(&sh->last_status, rs->status);
    atomic_fetch_add(&sh->unsent, !sent);
    atomic_fetch_add(&sh->finished, 1);
}

static const struct server_app app = {
    .shared = &shared,
    .open = app_open,
    .fast = app_fast,
    .slow = app_slow,
    .refuse = app_refuse,
    .worker_start = app_worker_start,
    .worker_stop = app_worker_stop,
    .finish = app_finish,
};

static void start(str address, struct server_options options)
{
    CLEANUP(arena_release) struct arena arena = {0};
    str problem;
    memset(&shared, 0, sizeof(shared));
    options.listen = &address;
    options.listen_count = 1;
    if (options.threads == 0)
        options.threads = 2;
    assert_error("the server starts", server_start(&options, &app, &arena, &problem, &server), OK);
    port = server_port(server, 0);
}

static int setup(void **state)
{
    (void)state;
    start(STR("127.0.0.1:0"),
          (struct server_options){.workers = 2, .queue = 2, .head_seconds = 1, .body_seconds = 1});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    server_stop(server);
    server = NULL;
    return 0;
}

static struct reply ask(struct client *c, const char *request)
{
    if (!client_send(c, str_from(request)))
        return (struct reply){0, STR(""), STR(""), true};
    return client_read(c, str_starts(str_from(request), STR("HEAD")), NULL);
}

/* ---- connections */

static void a_connection_serves_many_requests(void **state)
{
    (void)state;
    static struct client c;
    client_connect(&c, port);
    for (int i = 0; i < 50; i++) {
        struct reply reply =
            ask(&c, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        assert_int_equal(reply.status, 200);
        assert_str("the body comes back", reply.body, STR("hello"));
        assert_false(reply.closes);
    }
    struct reply reply = ask(&c, "GET /slow?x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_str("a worker's answer", reply.body, STR("slow:x"));
    reply = ask(&c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_str("an answer at once", reply.body, STR("at once"));
    assert_false(reply.closes);
    client_close(&c);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    static struct client c;
    client_connect(&c, port);
    client_send(&c, STR("GET /slow?1 HTTP/1.1\r\nHost: a\r\n\r\n"
                        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n2"
                        "GET /slow?3 HTTP/1.1\r\nHost: a\r\n\r\n"
                        "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_str("first", client_read(&c, false, NULL).body, STR("slow:1"));
    assert_str("second", client_read(&c, false, NULL).body, STR("2"));
    assert_str("third", client_read(&c, false, NULL).body, STR("slow:3"));
    assert_str("fourth", client_read(&c, false, NULL).body, STR("at once"));
    client_close(&c);
}

static void head_has_the_fields_of_get_and_no_body(void **state)
{
    (void)state;
    static struct client c;
    client_connect(&c, port);
    struct reply reply = ask(&c, "HEAD /who HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(reply.status, 200);
    assert_str("length", reply_field(&reply, "Content-Length"), STR("9"));
    reply = ask(&c, "GET /who HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_str("nothing was left over", reply.body, STR("127.0.0.1"));
    client_close(&c);
}

static void a_request_has_a_name(void **state)
{
    (void)state;
    static struct client c;
    client_connect(&c, port);
    struct reply reply = ask(&c, "GET /id HTTP/1.1\r\nHost: a\r\nX-Request-ID: abc-1.2_Z\r\n\r\n");
    assert_str("the client's", reply.body, STR("abc-1.2_Z"));
    reply = ask(&c, "GET /id HTTP/1.1\r\nHost: a\r\nX-Request-ID: a b\r\n\r\n");
    assert_int_equal(reply.body.len, 16);
    char first[16];
    memcpy(first, reply.body.ptr, sizeof(first));
    reply = ask(&c, "GET /id HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(reply.body.len, 16);
    assert_memory_not_equal(reply.body.ptr, first, sizeof(first));
    client_close(&c);
}

static void a_field_is_never_split(void **state)
{
    (void)state;
    static struct client c;
    client_connect(&c, port);
    struct reply reply = ask(&c, "GET /spoiled HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(reply.status, 500);
    assert_str("no cookie", reply_field(&reply, "Set-Cookie"), STR(""));
    client_close(&c);
}

static void a_field_without_a_value_costs_no_answer(void **state)
{
    (void)state;
    static struct client c;
    client_connect(&c, port);
    struct reply reply = ask(&c, "GET /empty-field HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(reply.status, 401);
    assert_str("the body", reply.body, STR("at once"));
    client_close(&c);
}

/* ---- what is refused */

static void ambiguous_heads_are_refused_and_the_connection_ends(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        str request;
    } cases[] = {
#define CASE(why, text) {why, STR_INIT(text)}
        CASE("two lengths",
             "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2"
             "\r\n\r\nhi"),
        CASE("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        CASE("two credentials", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nAuthorization: y"
                                "\r\n\r\n"),
        CASE("two keys", "GET / HTTP/1.1\r\nHost: a\r\nX-API-Key: x\r\nx-api-key: x\r\n\r\n"),
        CASE("two originals", "GET / HTTP/1.1\r\nHost: a\r\nX-Original-URI: /\r\nX-Original-Uri: /a"
                              "\r\n\r\n"),
        CASE("two forwarded", "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Uri: /\r\n"
                              "X-Forwarded-Uri: /\r\n\r\n"),
        CASE("length and chunks", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        CASE("chunks twice", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        CASE("another coding", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked"
                               "\r\n\r\n0\r\n\r\n"),
        CASE("chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked"
                                   "\r\n\r\n0\r\n\r\n"),
        CASE("a signed length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nhi"),
        CASE("an absolute target", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        CASE("an authority", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
        CASE("a blank before the colon", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 2\r\n\r\n"),
        CASE("a folded line", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n"),
        CASE("a folded name", "GET / HTTP/1.1\r\nHost: a\r\nX-API-K: b\r\n ey\r\n\r\n"),
        CASE("a line folded first", "GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n"),
        CASE("a line folded last", "GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n"),
        CASE("a NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX-API-Key: a\0b\r\nX-B: c\r\n\r\n"),
        CASE("a NUL in the last value", "GET / HTTP/1.1\r\nHost: a\r\nX-API-Key: a\0b\r\n\r\n"),
        CASE("a NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX-\0A: b\r\n\r\n"),
        CASE("a NUL in the target", "GET /\0a HTTP/1.1\r\nHost: a\r\n\r\n"),
        CASE("a bare CR", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n"),
        CASE("a bare LF", "GET / HTTP/1.1\r\nHost: a\nX-B: c\r\n\r\n"),
        CASE("bare LFs", "GET / HTTP/1.1\nHost: a\n\n"),
        CASE("a control byte", "GET / HTTP/1.1\r\nHost: a\r\nX-A: \x01\r\n\r\n"),
        CASE("no name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"),
        CASE("no host", "GET / HTTP/1.1\r\n\r\n"),
        CASE("a host that is a URL", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        CASE("a bad escape", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
        CASE("half an escape", "GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n"),
        CASE("an escaped NUL", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
        CASE("an escaped newline", "GET /%0a HTTP/1.1\r\nHost: a\r\n\r\n"),
        CASE("not UTF-8", "GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n"),
        CASE("an overlong slash", "GET /%c0%af HTTP/1.1\r\nHost: a\r\n\r\n"),
        CASE("a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
#undef CASE
    };
    static struct client c;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        client_connect(&c, port);
        client_send(&c, cases[i].request);
        client_send(&c, STR("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"));
        struct reply reply = client_read(&c, false, NULL);
        if (reply.status != 400 && reply.status != 0)
            fail_msg("%s: came %d", cases[i].why, reply.status);
        if (!client_is_closed_within(&c, 1000))
            fail_msg("%s: the connection lives on", cases[i].why);
        client_close(&c);
    }
    assert_int_equal(atomic_load(&shared.opened), 0);
}

static void unusual_heads_are_let_pass(void **state)
{
    (void)state;
    static const struct {
        const char *why, *request;
        int status;
    } cases[] = {
        {"no value", "GET / HTTP/1.1\r\nHost: a\r\nX-A:\r\nX-B: \r\n\r\n", 401},
        {"many blanks", "GET / HTTP/1.1\r\nHost:\t  a  \t\r\nX-A:b\r\n\r\n", 401},
        {"HTTP/1.0 without fields", "GET / HTTP/1.0\r\n\r\n", 401},
        {"a line before", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 401},
        {"a query with its own marks", "GET /?a=1&b&c=%20&&=? HTTP/1.1\r\nHost: a\r\n\r\n", 401},
        {"all of the server", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 401},
        {"another method", "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n", 401},
        {"Latin letters", "GET /caf\xC3\xA9 HTTP/1.1\r\nHost: a\r\nX-A: caf\xC3\xA9\r\n\r\n", 401},
        {"cookies in two lines", "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n",
         401},
    };
    static struct client c;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        client_connect(&c, port);
        struct reply reply = ask(&c, cases[i].request);
        if (reply.status != cases[i].status)
            fail_msg("%s: came %d", cases[i].why, reply.status);
        client_close(&c);
    }
}

static void a_head_may_come_byte_by_byte(void **state)
{
    (void)state;
    static const char text[] = "POST /echo?a=b&c HTTP/1.1\r\nHost: a\r\nX-Long-Name: and value \r\n"
                               "Cookie: a=b; c=d\r\nContent-Length: 2\r\n\r\nhi";
    static struct client c;
    client_connect(&c, port);
    int on = 1;
    setsockopt(c.fd, 6, 1, &on, sizeof(on)); /* TCP_NODELAY */
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        client_send(&c, str_of(text + i, 1));
        usleep(500);
    }
    assert_str("the body", client_read(&c, false, NULL).body, STR("hi"));
    client_close(&c);
}

/* Asks with so many bytes of filling between. */
static int status_of(str before, size_t filling, str after)
{
    CLEANUP(arena_release) struct arena arena = {0};
    static struct client c;
    static char xs[40000];
    memset(xs, 'x', sizeof(xs));
    client_connect(&c, port);
    client_send(&c, ARENA_JOIN(&arena, before, str_of(xs, filling), after));
    int status = client_read(&c, false, NULL).status;
    client_close(&c);
    return status;
}

static void heads_have_a_ceiling(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    str end = STR(" HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(status_of(STR("GET /"), LIMIT_TARGET_BYTES - 1, end), 401);
    assert_int_equal(status_of(STR("GET /"), LIMIT_TARGET_BYTES, end), 414);
    assert_int_equal(status_of(STR("GET /"), 30000, end), 414);
    str head = STR("GET / HTTP/1.1\r\nHost: a\r\nX-A: ");
    end = STR("\r\n\r\n");
    size_t others = strlen("Hosta") + strlen("X-A");
    assert_int_equal(status_of(head, LIMIT_HEADER_BYTES - others, end), 401);
    assert_int_equal(status_of(head, LIMIT_HEADER_BYTES - others + 1, end), 431);
    assert_int_equal(status_of(head, 30000, end), 431);
    str many = STR("GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 1; i < LIMIT_HEADERS; i++)
        many = ARENA_JOIN(&arena, many, STR("A: b\r\n"));
    assert_int_equal(status_of(many, 0, STR("\r\n")), 401);
    assert_int_equal(status_of(many, 0, STR("A: b\r\n\r\n")), 431);
}

/* ---- bodies */

static void a_body_too_large_is_refused_unread(void **state)
{
    (void)state;
    static struct client c;
    client_connect(&c, port);
    struct reply reply =
        ask(&c, "POST /ten HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789");
    assert_str("ten bytes are let pass", reply.body, STR("0123456789"));
    reply = ask(&c, "POST /ten HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
    assert_int_equal(reply.status, 413);
    assert_true(reply.closes);
    assert_true(client_is_closed_within(&c, 1000));
    client_close(&c);
    client_connect(&c, port);
    reply = ask(&c, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999\r\n\r\n");
    assert_int_equal(reply.status, 413);
    client_close(&c);
}

static void the_413_reaches_a_client_that_goes_on_sending(void **state)
{
    (void)state;
    static struct client c;
    static char filling[100000];
    for (int round = 0; round < 20; round++) {
        client_connect(&c, port);
        client_send(&c, STR("POST /ten HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n"));
        for (int i = 0; i < 5; i++)
            assert_true(client_send(&c, str_of(filling, sizeof(filling))));
        assert_int_equal(client_read(&c, false, NULL).status, 413);
        client_close(&c);
    }
}

static void a_body_in_chunks_is_counted_while_it_is_read(void **state)
{
    (void)state;
    static const char chunked[] =
        "POST /ten HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    static struct client c;
    client_connect(&c, port);
    client_send(&c, str_from(chunked));
    client_send(&c, STR("4\r\n0123\r\n6;x=y\r\n456789\r\n0\r\nX-Trailer: a\r\n\r\n"));
    assert_str("put together", client_read(&c, false, NULL).body, STR("0123456789"));
    client_send(&c, str_from(chunked));
    client_send(&c, STR("4\r\n0123\r\n7\r\n4567890\r\n0\r\n\r\n"));
    struct reply reply = client_read(&c, false, NULL);
    assert_int_equal(reply.status, 413);
    assert_true(reply.closes);
    client_close(&c);

    CLEANUP(arena_release) struct arena arena = {0};
    static char xs[16384];
    memset(xs, 'x', sizeof(xs));
    str chunk = ARENA_JOIN(&arena, STR("4000\r\n"), str_of(xs, sizeof(xs)), STR("\r\n"));
    client_connect(&c, port);
    client_send(&c, str_from(chunked));
    for (int i = 0; i < 100; i++)
        if (!client_send(&c, chunk))
            break;
    assert_true(client_is_closed_within(&c, 1000));
    client_close(&c);

    client_connect(&c, port);
    client_send(&c, STR("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (int i = 0; i < 4; i++)
        client_send(&c, chunk);
    client_send(&c, STR("0\r\n\r\n"));
    reply = client_read(&c, false, NULL);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.len, LIMIT_BODY_BYTES);
    client_close(&c);
}

static void a_body_that_nobody_wants_does_no_harm(void **state)
{
    (void)state;
    static struct client c;
    client_connect(&c, port);
    struct reply reply = ask(&c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    assert_str("answered before it", reply.body, STR("at once"));
    assert_false(reply.closes);
    reply = ask(&c, "GET /bodiless HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    assert_int_equal(reply.status, 200);
    assert_str("not kept", reply.body, STR(""));
    assert_false(reply.closes);
    reply = ask(&c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n");
    assert_int_equal(reply.status, 401);
    assert_true(reply.closes);
    client_close(&c);
}

static void expect_continue_is_answered_before_the_body(void **state)
{
    (void)state;
    static struct client c;
    bool continued;
    client_connect(&c, port);
    client_send(&c, STR("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                        "Content-Length: 2\r\n\r\n"));
    usleep(50000);
    client_send(&c, STR("hi"));
    struct reply reply = client_read(&c, false, &continued);
    assert_true(continued);
    assert_str("then the body", reply.body, STR("hi"));
    client_send(&c, STR("POST /ten HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                        "Content-Length: 11\r\n\r\n"));
    reply = client_read(&c, false, &continued);
    assert_int_equal(reply.status, 413);
    assert_false(continued);
    client_close(&c);
    client_connect(&c, port);
    client_send(&c, STR("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                        "Content-Length: 11\r\n\r\n"));
    reply = client_read(&c, false, &continued);
    assert_int_equal(reply.status, 401);
    assert_false(continued);
    client_close(&c);
}

/* ---- the slow lane */

static void *slow_client(void *cls)
{
    unsigned *answered = cls;
    struct client *c = calloc(1, sizeof(*c));
    client_connect(c, port);
    for (int i = 0; i < 25; i++) {
        struct reply reply =
            ask(c, "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
        if (reply.status == 200 && str_equal(reply.body, STR("slow:hi")))
            answered[0]++;
        else if (reply.status == 503 && str_equal(reply_field(&reply, "Retry-After"), STR("1")))
            answered[1]++;
        if (reply.closes)
            break;
    }
    client_close(c);
    free(c);
    return NULL;
}

static void every_client_of_the_slow_lane_is_answered(void **state)
{
    (void)state;
    pthread_t threads[16];
    unsigned answered[16][2] = {{0}}, good = 0, busy = 0;
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_create(&threads[i], NULL, slow_client, answered[i]);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        pthread_join(threads[i], NULL);
        good += answered[i][0];
        busy += answered[i][1];
    }
    assert_int_equal(good + busy, 16 * 25);
    assert_true(good > 0);
    assert_true(busy > 0); /* two workers, two places in the queue, sixteen clients */
}

static void await_working(unsigned count)
{
    while (server_gauges(server).working < count)
        usleep(1000);
}

/* One worker, and three stand-ins at most. */
static void who_waits_for_others_keeps_nobody_from_work(void **state)
{
    (void)state;
    start(STR("127.0.0.1:0"), (struct server_options){.workers = 1});
    static struct client waiting[4], others[4], late;
    atomic_store(&shared.hold, true);
    for (unsigned i = 0; i < 3; i++) {
        client_connect(&waiting[i], port);
        client_send(&waiting[i], STR("GET /slow-waiting HTTP/1.1\r\nHost: a\r\n\r\n"));
        await_working(i + 1);
    }
    for (unsigned i = 0; i < 4; i++) {
        client_connect(&others[i], port);
        client_send(&others[i], STR("GET /slow-alone HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(client_read(&others[i], false, NULL).status, 200);
        client_close(&others[i]);
    }
    assert_int_equal(atomic_load(&shared.most_together), 1); /* one worker is one worker */

    client_connect(&waiting[3], port);
    client_send(&waiting[3], STR("GET /slow-waiting HTTP/1.1\r\nHost: a\r\n\r\n"));
    await_working(4);
    client_connect(&late, port);
    client_send(&late, STR("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
    while (server_gauges(server).queued == 0) /* there are no more threads */
        usleep(1000);
    atomic_store(&shared.hold, false);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(client_read(&waiting[i], false, NULL).status, 200);
        client_close(&waiting[i]);
    }
    assert_int_equal(client_read(&late, false, NULL).status, 200);
    client_close(&late);
    while (server_gauges(server).working > 0)
        usleep(1000);
}

static void a_full_queue_is_said_at_once(void **state)
{
    (void)state;
    static struct client held[4], c;
    atomic_store(&shared.hold, true);
    for (unsigned i = 0; i < 4; i++) { /* two are worked on, two wait */
        client_connect(&held[i], port);
        client_send(&held[i], STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
        struct server_gauges gauges;
        do {
            usleep(1000);
            gauges = server_gauges(server);
        } while (gauges.queued + gauges.working <= i);
    }
    client_connect(&c, port);
    struct reply reply = ask(&c, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(reply.status, 503);
    assert_str("when to come again", reply_field(&reply, "Retry-After"), STR("1"));
    assert_false(reply.closes);
    reply = ask(&c, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    assert_int_equal(reply.status, 200); /* the fast lane is free */
    atomic_store(&shared.hold, false);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(client_read(&held[i], false, NULL).status, 200);
        client_close(&held[i]);
    }
    client_close(&c);
}

static void a_fast_handler_may_hand_over(void **state)
{
    (void)state;
    static struct client c;
    client_connect(&c, port);
    struct reply reply = ask(&c, "POST /echo HTTP/1.1\r\nHost: a\r\nX-API-Key: go-slow\r\n"
                                 "Content-Length: 2\r\n\r\nhi");
    assert_str("with its body", reply.body, STR("slow:hi"));
    client_close(&c);
}

static void a_client_that_leaves_is_forgotten(void **state)
{
    (void)state;
    static struct client c;
    atomic_store(&shared.hold, true);
    client_connect(&c, port);
    client_send(&c, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
    while (server_gauges(server).working == 0)
        usleep(1000);
    client_close(&c);
    atomic_store(&shared.hold, false);
    for (int i = 0; i < 2000 && server_gauges(server).in_flight > 0; i++)
        usleep(1000);
    struct server_gauges gauges = server_gauges(server);
    assert_int_equal(gauges.in_flight, 0);
    assert_int_equal(atomic_load(&shared.finished), 1);
}

/* ---- slow clients */

static void who_dribbles_is_cut_off(void **state)
{
    (void)state;
    static const char *const beginnings[] = {
        "GET /echo HTTP/1.1\r\nHost: a\r\nX-A: ",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
    };
    static struct client c;
    for (size_t i = 0; i < COUNT_OF(beginnings); i++) {
        client_connect(&c, port);
        client_send(&c, str_from(beginnings[i]));
        usec began = time_monotonic();
        bool alive = true;
        while (alive && time_monotonic() < began + SECONDS(5)) {
            alive = client_send(&c, STR("x")) && !client_is_closed_within(&c, 100);
        }
        usec took = time_monotonic() - began;
        if (alive || took < SECONDS(1) / 2 || took > SECONDS(4))
            fail_msg("'%s' was cut off after %lld us", beginnings[i], (long long)took);
        client_close(&c);
    }
}

static void who_says_nothing_is_cut_off(void **state)
{
    (void)state;
    start(STR("127.0.0.1:0"), (struct server_options){.workers = 1, .idle_seconds = 1});
    static struct client never, once;
    client_connect(&never, port);
    client_connect(&once, port);
    assert_int_equal(ask(&once, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status, 401);
    assert_true(client_is_closed_within(&never, 4000));
    assert_true(client_is_closed_within(&once, 4000));
    client_close(&never);
    client_close(&once);
}

/* ---- starting and stopping */

static void *stopper(void *cls)
{
    (void)cls;
    server_stop(server);
    return NULL;
}

static void stopping_finishes_what_it_has(void **state)
{
    (void)state;
    start(STR("127.0.0.1:0"), (struct server_options){.workers = 2});
    static struct client working, idle;
    atomic_store(&shared.hold, true);
    client_connect(&working, port);
    client_connect(&idle, port);
    assert_int_equal(ask(&idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status, 401);
    client_send(&working, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
    while (server_gauges(server).working == 0)
        usleep(1000);
    pthread_t thread;
    pthread_create(&thread, NULL, stopper, NULL);
    usleep(100000);
    struct reply reply = ask(&idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(reply.status, 401); /* an open connection is served, and told to end */
    assert_true(reply.closes);
    atomic_store(&shared.hold, false);
    reply = client_read(&working, false, NULL);
    assert_int_equal(reply.status, 200);
    assert_true(reply.closes);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&shared.finished), 3);
    assert_int_equal(atomic_load(&shared.unsent), 0);
    server = NULL;
    client_close(&working);
    client_close(&idle);
}

static void stopping_does_not_wait_for_ever(void **state)
{
    (void)state;
    start(STR("127.0.0.1:0"), (struct server_options){.workers = 1, .stop_seconds = 1});
    static struct client working, waiting;
    atomic_store(&shared.hold, true);
    client_connect(&working, port);
    client_send(&working, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
    while (server_gauges(server).working == 0)
        usleep(1000);
    client_connect(&waiting, port);
    client_send(&waiting, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
    while (server_gauges(server).queued == 0)
        usleep(1000);
    pthread_t thread;
    pthread_create(&thread, NULL, stopper, NULL);
    assert_int_equal(client_read(&waiting, false, NULL).status, 503);
    atomic_store(&shared.hold, false);
    assert_int_equal(client_read(&working, false, NULL).status, 200);
    pthread_join(thread, NULL);
    server = NULL;
    client_close(&working);
    client_close(&waiting);
}

static void the_last_moment_is_no_worse(void **state)
{
    (void)state;
    start(STR("127.0.0.1:0"), (struct server_options){.workers = 1, .stop_seconds = 1});
    static struct client dribbling, late;
    client_connect(&dribbling, port);
    client_connect(&late, port);
    assert_int_equal(ask(&late, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    client_send(&dribbling, STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"));
    while (server_gauges(server).in_flight == 0)
        usleep(1000);
    pthread_t thread;
    pthread_create(&thread, NULL, stopper, NULL);
    usleep(1250000); /* the workers have gone; the connections live for half a second more */
    struct reply reply = ask(&late, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(reply.status, 503);
    assert_true(reply.closes);
    pthread_join(thread, NULL);
    server = NULL;
    client_close(&dribbling);
    client_close(&late);
}

static void a_unix_socket_serves_and_is_removed(void **state)
{
    (void)state;
    char folder[] = "/tmp/latchkey-test-XXXXXX", path[64], address[80];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/socket", folder);
    snprintf(address, sizeof(address), "unix:%s", path);
    static struct client c;
    for (int round = 0; round < 2; round++) {
        if (round == 1) { /* what a killed server leaves behind */
            struct sockaddr_un name = {.sun_family = AF_UNIX};
            memcpy(name.sun_path, path, strlen(path));
            int fd = socket(AF_UNIX, SOCK_STREAM, 0);
            assert_int_equal(bind(fd, (const struct sockaddr *)(const void *)&name, sizeof(name)),
                             0);
            close(fd);
        }
        start(str_from(address), (struct server_options){.workers = 1});
        struct stat made;
        assert_int_equal(stat(path, &made), 0);
        assert_int_equal(made.st_mode & 0777, 0660);
        assert_int_equal(port, 0);
        client_connect_unix(&c, path);
        assert_str("the peer", ask(&c, "GET /who HTTP/1.1\r\nHost: a\r\n\r\n").body, STR("unix"));
        CLEANUP(arena_release) struct arena arena = {0};
        str problem, second = str_from(address);
        struct server_options options = {.listen = &second, .listen_count = 1, .workers = 1};
        struct server *other;
        assert_error("a second one", server_start(&options, &app, &arena, &problem, &other),
                     ERR_CONFLICT);
        client_close(&c);
        server_stop(server);
        server = NULL;
        assert_int_equal(stat(path, &made), -1);
    }
    rmdir(folder);
}

static void a_bad_address_is_explained(void **state)
{
    (void)state;
    start(STR("127.0.0.1:0"), (struct server_options){.workers = 1});
    char taken[32];
    snprintf(taken, sizeof(taken), "127.0.0.1:%u", port);
    const struct {
        const char *address;
        enum error err;
        const char *said;
    } cases[] = {
        {taken, ERR_CONFLICT, "is taken by another program"},
        {"127.0.0.1", ERR_MALFORMED, "no address to listen on"},
        {"127.0.0.1:", ERR_MALFORMED, "no address to listen on"},
        {"127.0.0.1:65536", ERR_MALFORMED, "no address to listen on"},
        {"127.0.0.1:-1", ERR_MALFORMED, "no address to listen on"},
        {"::1:80", ERR_MALFORMED, "no address to listen on"},
        {"unix:relative", ERR_MALFORMED, "no address to listen on"},
        {"unix:/dev/null", ERR_CONFLICT, "is not a socket"},
        {"unix:/there/is/no/such/folder", ERR_IO, "cannot be listened on"},
        {"192.0.2.1:0", ERR_MALFORMED, "not an address of this machine"},
        {"no.such.host.invalid:80", ERR_MALFORMED, "the host is not known"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_release) struct arena arena = {0};
        str problem, address = str_from(cases[i].address);
        struct server *other;
        struct server_options options = {.listen = &address, .listen_count = 1, .workers = 1};
        assert_error(cases[i].address, server_start(&options, &app, &arena, &problem, &other),
                     cases[i].err);
        if (!str_contains(problem, str_from(cases[i].said)))
            fail_msg("%s: '%.*s'", cases[i].address, STR_ARG(problem));
    }
}

static void several_addresses_are_served(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    memset(&shared, 0, sizeof(shared));
    str problem, addresses[] = {STR("127.0.0.1:0"), STR(":0")};
    struct server_options options = {.listen = addresses, .listen_count = 2, .workers = 1};
    assert_ok("two", server_start(&options, &app, &arena, &problem, &server));
    static struct client c;
    for (size_t i = 0; i < 2; i++) {
        client_connect(&c, server_port(server, i));
        struct reply reply = ask(&c, "GET /who HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_str("an IPv4 peer, on [::] too", reply.body, STR("127.0.0.1"));
        client_close(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define SERVED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define ALONE(test) cmocka_unit_test_teardown(test, teardown)
        SERVED(a_connection_serves_many_requests),
        SERVED(pipelined_requests_are_answered_in_order),
        SERVED(head_has_the_fields_of_get_and_no_body),
        SERVED(a_request_has_a_name),
        SERVED(a_field_is_never_split),
        SERVED(a_field_without_a_value_costs_no_answer),
        SERVED(ambiguous_heads_are_refused_and_the_connection_ends),
        SERVED(unusual_heads_are_let_pass),
        SERVED(a_head_may_come_byte_by_byte),
        SERVED(heads_have_a_ceiling),
        SERVED(a_body_too_large_is_refused_unread),
        SERVED(the_413_reaches_a_client_that_goes_on_sending),
        SERVED(a_body_in_chunks_is_counted_while_it_is_read),
        SERVED(a_body_that_nobody_wants_does_no_harm),
        SERVED(expect_continue_is_answered_before_the_body),
        SERVED(every_client_of_the_slow_lane_is_answered),
        ALONE(who_waits_for_others_keeps_nobody_from_work),
        SERVED(a_full_queue_is_said_at_once),
        SERVED(a_fast_handler_may_hand_over),
        SERVED(a_client_that_leaves_is_forgotten),
        SERVED(who_dribbles_is_cut_off),
        ALONE(who_says_nothing_is_cut_off),
        ALONE(stopping_finishes_what_it_has),
        ALONE(stopping_does_not_wait_for_ever),
        ALONE(the_last_moment_is_no_worse),
        ALONE(a_unix_socket_serves_and_is_removed),
        ALONE(a_bad_address_is_explained),
        ALONE(several_addresses_are_served),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
