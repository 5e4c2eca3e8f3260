#include "unit/test.h"

#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "http/server.h"
#include "unit/http_client.h"

struct shared {
    int unused;
};

struct worker {
    int unused;
};

static struct worker worker;
static char folder[] = "/tmp/latchkey-tls-XXXXXX";
static char cert_file[64], key_file[64];
static struct server *server;

/* ---- certificates made here */

static void file_write(const char *path, const gnutls_datum_t *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text->data, 1, text->size, f), text->size);
    assert_int_equal(fclose(f), 0);
}

/* A self-signed certificate of `serial` and its key, into the two files. */
static void identity_make(unsigned char serial, const char *cert_path, const char *key_path)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t cert;
    gnutls_datum_t text;
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, 256, 0), 0);
    assert_int_equal(gnutls_x509_crt_init(&cert), 0);
    gnutls_x509_crt_set_version(cert, 3);
    gnutls_x509_crt_set_serial(cert, &serial, 1);
    gnutls_x509_crt_set_activation_time(cert, time(NULL) - 60);
    gnutls_x509_crt_set_expiration_time(cert, time(NULL) + 3600);
    gnutls_x509_crt_set_dn(cert, "CN=localhost", NULL);
    gnutls_x509_crt_set_key(cert, key);
    assert_int_equal(gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text), 0);
    file_write(key_path, &text);
    gnutls_free(text.data);
    assert_int_equal(gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &text), 0);
    file_write(cert_path, &text);
    gnutls_free(text.data);
    gnutls_x509_crt_deinit(cert);
    gnutls_x509_privkey_deinit(key);
}

/* ---- the server */

static enum lane app_open(struct shared *shared, struct request *rq, struct response *rs,
                          size_t *limit)
{
    (void)shared;
    *limit = 0;
    reply_text(rs, 200, rq->is_tls ? STR("tls") : STR("plain"));
    return LANE_DONE;
}

static enum lane app_fast(struct shared *shared, struct request *rq, struct response *rs)
{
    (void)shared;
    (void)rq;
    (void)rs;
    return LANE_DONE;
}

static void app_slow(struct worker *w, struct request *rq, struct response *rs)
{
    (void)w;
    (void)rq;
    (void)rs;
}

static struct worker *app_worker_start(struct shared *shared, int number)
{
    (void)shared;
    (void)number;
    return &worker;
}

static void app_worker_stop(struct worker *w)
{
    (void)w;
}

static const struct server_app app = {
    .open = app_open,
    .fast = app_fast,
    .slow = app_slow,
    .worker_start = app_worker_start,
    .worker_stop = app_worker_stop,
};

static enum error start(const char *cert, const char *key, struct arena *arena, str *problem)
{
    str address = STR("127.0.0.1:0");
    struct server_options options = {
        .listen = &address,
        .listen_count = 1,
        .tls_cert_file = cert,
        .tls_key_file = key,
        .threads = 2,
        .workers = 1,
        .idle_seconds = 1,
    };
    return server_start(&options, &app, arena, problem, &server);
}

/* Asks once, with a protocol; gives the answer's end, and the serial number of the certificate.
 * False: no answer. */
static bool ask(const char *priorities, char *answer, size_t room, unsigned char *serial)
{
    static struct client c;
    client_connect(&c, server_port(server, 0));
    gnutls_certificate_credentials_t nobody;
    gnutls_session_t session;
    gnutls_certificate_allocate_credentials(&nobody);
    gnutls_init(&session, GNUTLS_CLIENT);
    gnutls_priority_set_direct(session, priorities, NULL);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, nobody);
    gnutls_transport_set_int(session, c.fd);
    int result;
    do {
        result = gnutls_handshake(session);
    } while (result < 0 && !gnutls_error_is_fatal(result));
    ssize_t len = -1;
    if (result == 0) {
        unsigned count;
        const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
        gnutls_x509_crt_t cert;
        size_t serial_bytes = 1;
        gnutls_x509_crt_init(&cert);
        gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER);
        gnutls_x509_crt_get_serial(cert, serial, &serial_bytes);
        gnutls_x509_crt_deinit(cert);
        static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        gnutls_record_send(session, request, sizeof(request) - 1);
        for (size_t got = 0; got < room - 1 && !str_ends(str_of(answer, got), STR("tls"));) {
            len = gnutls_record_recv(session, answer + got, room - 1 - got);
            if (len == GNUTLS_E_AGAIN || len == GNUTLS_E_INTERRUPTED)
                continue;
            if (len <= 0)
                break;
            got += (size_t)len;
            answer[got] = '\0';
        }
    }
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(nobody);
    client_close(&c);
    return len > 0;
}

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(cert_file, sizeof(cert_file), "%s/cert", folder);
    snprintf(key_file, sizeof(key_file), "%s/key", folder);
    identity_make(1, cert_file, key_file);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(cert_file);
    unlink(key_file);
    return rmdir(folder);
}

static void the_certificate_is_read_again_when_asked(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    str problem;
    char answer[4096];
    unsigned char serial = 0;
    assert_ok("it starts", start(cert_file, key_file, &arena, &problem));
    assert_true(ask("NORMAL", answer, sizeof(answer), &serial));
    assert_true(str_ends(str_from(answer), STR("\r\n\r\ntls")));
    assert_int_equal(serial, 1);

    identity_make(2, cert_file, key_file);
    assert_true(ask("NORMAL", answer, sizeof(answer), &serial));
    assert_int_equal(serial, 1); /* nobody has asked yet */
    assert_ok("the new one", server_reload(server, &arena, &problem));
    assert_true(ask("NORMAL", answer, sizeof(answer), &serial));
    assert_int_equal(serial, 2);

    gnutls_datum_t nonsense = {(unsigned char[]){"nonsense"}, 8};
    file_write(cert_file, &nonsense);
    assert_error("a broken one", server_reload(server, &arena, &problem), ERR_INVALID);
    assert_true(str_contains(problem, str_from(cert_file)));
    assert_true(ask("NORMAL", answer, sizeof(answer), &serial));
    assert_int_equal(serial, 2); /* the old one stays */
    server_stop(server);
    identity_make(1, cert_file, key_file);
}

static void old_protocols_and_plain_text_get_nothing(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    str problem;
    char answer[4096];
    unsigned char serial;
    assert_ok("it starts", start(cert_file, key_file, &arena, &problem));
    assert_true(ask("NORMAL:-VERS-ALL:+VERS-TLS1.3", answer, sizeof(answer), &serial));
    assert_true(ask("NORMAL:-VERS-ALL:+VERS-TLS1.2", answer, sizeof(answer), &serial));
    assert_false(ask("NORMAL:-VERS-ALL:+VERS-TLS1.1", answer, sizeof(answer), &serial));
    static struct client c;
    client_connect(&c, server_port(server, 0));
    client_send(&c, STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_int_equal(client_read(&c, false, NULL).status, 0);
    client_close(&c);
    client_connect(&c, server_port(server, 0)); /* shakes no hand */
    assert_true(client_is_closed_within(&c, 4000));
    client_close(&c);
    server_stop(server);
}

static void what_cannot_be_used_is_explained(void **state)
{
    (void)state;
    char other_cert[64], other_key[64];
    snprintf(other_cert, sizeof(other_cert), "%s/cert2", folder);
    snprintf(other_key, sizeof(other_key), "%s/key2", folder);
    identity_make(3, other_cert, other_key);
    const struct {
        const char *cert, *key;
        enum error err;
        const char *said;
    } cases[] = {
        {"/no/such/file", key_file, ERR_NOT_FOUND, "no certificate could be read"},
        {cert_file, "/no/such/file", ERR_NOT_FOUND, "the key could not be read"},
        {cert_file, cert_file, ERR_INVALID, "holds no key that can be used"},
        {key_file, key_file, ERR_INVALID, "no certificate could be read"},
        {cert_file, other_key, ERR_INVALID, "is not that of the certificate"},
        {cert_file, NULL, ERR_INVALID, "needs both"},
        {NULL, key_file, ERR_INVALID, "needs both"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_release) struct arena arena = {0};
        str problem;
        assert_error(cases[i].said, start(cases[i].cert, cases[i].key, &arena, &problem),
                     cases[i].err);
        if (!str_contains(problem, str_from(cases[i].said)))
            fail_msg("'%.*s' is not '%s'", STR_ARG(problem), cases[i].said);
    }
    unlink(other_cert);
    unlink(other_key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_certificate_is_read_again_when_asked),
        cmocka_unit_test(old_protocols_and_plain_text_get_nothing),
        cmocka_unit_test(what_cannot_be_used_is_explained),
    };
    return cmocka_run_group_tests_name("server_tls", tests, setup, teardown);
}
