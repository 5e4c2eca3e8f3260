#include "cli/serve.h"
#include "cli/apply.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "api/dispatch.h"
#include "api/metrics.h"
#include "auth/scope_file.h"
#include "base/log.h"
#include "cli/say.h"
#include "cluster/follow.h"
#include "gateway/ready_answers.h"
#include "gateway/upstream.h"
#include "gateway/upstream_watch.h"
#include "http/networks.h"
#include "http/server.h"
#include "service/bootstrap.h"
#include "service/housekeeping.h"
#include "service/usage.h"
#include "service/webhook_sender.h"

#define HOUSEKEEPING_EVERY SECONDS(30)

struct daemon {
    const struct config *config;
    struct arena *arena;
    struct shared *shared;
    struct webhook_sender *sender;
    struct follower *follower; /* NULL: no other host works on the database */
    struct server *server;
    struct server_app app;
    str problem;
};

/* They are waited for by the main thread; threads made later inherit the mask. */
static void block_signals(sigset_t *waited)
{
    sigemptyset(waited);
    sigaddset(waited, SIGTERM);
    sigaddset(waited, SIGINT);
    sigaddset(waited, SIGHUP);
    pthread_sigmask(SIG_BLOCK, waited, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* A core dump would hold keys and tokens. */
static void forbid_core_dumps(void)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        log_warning("core dumps could not be switched off: %s", strerror(errno));
}

/* Of the n-th address, which was given as `listen`. */
static str url_of(const struct daemon *d, str listen, size_t n, struct arena *arena)
{
    if (str_starts(listen, STR("unix:")))
        return listen;
    str host, port;
    str_cut_last(listen, ':', &host, &port);
    if (str_is_empty(host) || str_equal(host, STR("0.0.0.0")) || str_equal(host, STR("[::]")))
        host = STR("127.0.0.1");
    return arena_printf(arena, "%s://%.*s:%u",
                        str_is_empty(d->config->tls_cert_file) ? "http" : "https", STR_ARG(host),
                        server_port(d->server, n));
}

static str base_url(const struct daemon *d, struct arena *arena)
{
    return str_is_empty(d->config->public_url) ? url_of(d, d->config->listen, 0, arena)
                                               : d->config->public_url;
}

/* What a newcomer needs to go on: said once, to standard output alone. */
static void greet(const struct daemon *d, const struct first_owner *owner)
{
    str url = base_url(d, d->arena);
    if (owner->was_made) {
        say("First start: the owner of the first organization was made.\n");
        say("  e-mail    %.*s\n", STR_ARG(owner->email));
        if (!str_is_empty(owner->password)) {
            say("  password  ");
            say_str(owner->password);
            say("   (shown this once; keep it)\n");
        }
        say("\n");
    }
    say("Latchkey " LATCHKEY_VERSION " serves %.*s\n", STR_ARG(url));
    if (!str_is_empty(d->config->metrics_listen))
        say("Its metrics are at %.*s/metrics\n",
            STR_ARG(url_of(d, d->config->metrics_listen, METRICS_LISTENER, d->arena)));
    if (owner->was_made)
        say("\nMake a token, and try it:\n"
            "  TOKEN=$(%s token create --data %.*s%s --user %.*s --name first)\n"
            "  curl -s %.*s/api/current-user/whoami -H \"Authorization: Bearer $TOKEN\"\n",
            program_invocation_name, STR_ARG(d->config->data),
            str_is_empty(d->config->database) ? "" : " --database URL", STR_ARG(owner->email),
            STR_ARG(url));
    fflush(stdout);
}

static void log_change(void *context, const struct apply_change *change)
{
    (void)context;
    log_info("apply: %c %.*s %.*s: %.*s -> %.*s", change->sign, STR_ARG(change->what),
             STR_ARG(change->field), STR_ARG(change->before), STR_ARG(change->after));
}

static enum error apply(struct daemon *d, struct worker *w, usec now)
{
    const struct apply_order order = {.path = d->config->apply, .tell = log_change};
    int64_t changes;
    return str_is_empty(order.path) ? OK
                                    : apply_file(w, &order, now, d->arena, &d->problem, &changes);
}

static enum error follow(struct daemon *d)
{
    if (database_is_postgres(d->shared->database))
        return follower_start(d->shared->database, d->shared->page, d->config->max_feed_lag,
                              &d->follower);
    generation_set_max_lag(d->shared->page, 0); /* the page may have served another database */
    return OK;
}

static enum error attach_upstream(struct daemon *d)
{
    struct shared *shared = d->shared;
    unsigned calls = (unsigned)(d->config->workers + 1) / 2; /* the other workers stay for others */
    enum error err = upstream_new(d->config->upstream_url, calls, &shared->upstream);
    return err ? err : upstream_watch_start(shared, &shared->watch);
}

static enum error prepare(struct daemon *d, usec now, struct first_owner *owner)
{
    struct networks *trusted;
    struct worker *worker = NULL;
    const char *mistake = NULL;
    enum error err =
        networks_new(d->config->trusted_proxies.items, d->config->trusted_proxies.count, d->arena,
                     &d->problem, &trusted);
    if (err)
        d->problem = ARENA_JOIN(d->arena, STR("--trusted-proxies: "), d->problem);
    if (!err)
        err = shared_open(d->config, OPEN_DAEMON, now, d->arena, &d->problem, &d->shared);
    if (err)
        return err;
    d->shared->trusted = trusted;
    err = worker_open(d->shared, -1, &worker);
    if (!err)
        err = bootstrap(worker, now, d->arena, &d->problem, owner);
    if (!err)
        err = apply(d, worker, now);
    worker_close(worker);
    if (!err)
        err = follow(d);
    if (!err && !str_is_empty(d->config->upstream_url))
        err = attach_upstream(d);
    if (!err)
        err = usage_start(d->shared);
    if (!err)
        err = webhook_sender_start(d->shared, &d->sender);
    if (!err)
        err = api_start(d->shared, &d->app, &mistake);
    if (mistake)
        d->problem = str_from(mistake);
    return err;
}

/*
 * Before anything else: who asks while the database is opened waits, and is answered. The page of
 * generations is cleared in there, after which all who kept decisions ask again at once.
 */
static enum error listen_first(struct daemon *d)
{
    const struct config *config = d->config;
    const str addresses[] = {[0] = config->listen, [METRICS_LISTENER] = config->metrics_listen};
    const struct server_options options = {
        .listen = addresses,
        .listen_count = str_is_empty(config->metrics_listen) ? 1 : COUNT_OF(addresses),
        .tls_cert_file = str_is_empty(config->tls_cert_file)
                             ? NULL
                             : arena_cstr(d->arena, config->tls_cert_file),
        .tls_key_file =
            str_is_empty(config->tls_key_file) ? NULL : arena_cstr(d->arena, config->tls_key_file),
        .threads = (unsigned)config->threads,
        .workers = (unsigned)config->workers,
    };
    return server_listen(&options, d->arena, &d->problem, &d->server);
}

static void reload_scopes(struct daemon *d)
{
    CLEANUP(arena_release) struct arena arena = {0};
    str problem = STR(""), path = d->config->scopes_file;
    if (str_is_empty(path))
        return;
    if (scopes_load(d->shared->scopes, path, &arena, &problem))
        log_error("the scopes stay as they were: %.*s", STR_ARG(problem));
    else
        log_info("the scopes were read again");
}

static void reload(struct daemon *d)
{
    CLEANUP(arena_release) struct arena arena = {0};
    str problem = STR("");
    if (server_reload(d->server, &arena, &problem))
        log_error("certificate and key stay as they were: %.*s", STR_ARG(problem));
    else
        log_info("certificate and key were read again");
    reload_scopes(d);
}

/* A beat a second tells those who map the page that somebody is there to ask. */
static void tick(struct daemon *d, usec *kept_house)
{
    usec now = time_monotonic();
    if (!d->follower) /* which beats only while it hears */
        generation_beat(d->shared->page, time_now());
    if (now - *kept_house < HOUSEKEEPING_EVERY)
        return;
    *kept_house = now;
    housekeeping(d->shared, time_now());
    (void)ready_answers_sweep(d->shared->ready, d->shared->page, time_now());
}

static void run(struct daemon *d, const sigset_t *waited)
{
    usec kept_house = time_monotonic() - HOUSEKEEPING_EVERY; /* what fell due while it was away */
    for (;;) {
        const struct timespec second = {.tv_sec = 1};
        tick(d, &kept_house);
        int number = sigtimedwait(waited, NULL, &second);
        if (number == SIGTERM || number == SIGINT)
            return;
        if (number == SIGHUP)
            reload(d);
    }
}

static void stop(struct daemon *d)
{
    server_stop(d->server);
    follower_stop(d->follower);
    webhook_sender_stop(d->sender);
    if (d->shared) {
        usage_stop(d->shared);
        api_stop(d->shared);
        upstream_watch_stop(d->shared->watch);
        upstream_free(d->shared->upstream);
    }
    shared_close(d->shared);
}

enum exit_status serve(const struct config *config)
{
    CLEANUP(arena_release) struct arena arena = {0};
    arena_mark_secret(&arena); /* the generated password passes through it */
    struct daemon d = {.config = config, .arena = &arena, .problem = STR("")};
    struct first_owner owner = {.email = STR(""), .password = STR("")};
    sigset_t waited;

    log_set(config->log_level, config->log_format);
    block_signals(&waited);
    forbid_core_dumps();
    enum error err = listen_first(&d);
    if (!err)
        err = prepare(&d, time_now(), &owner);
    if (!err)
        err = server_serve(d.server, &d.app, &d.problem);
    if (err) {
        enum exit_status status = failed_to("serve", err, d.problem);
        stop(&d);
        return status;
    }
    greet(&d, &owner);
    run(&d, &waited);
    log_info("stopping");
    stop(&d);
    log_info("stopped");
    return EXIT_DONE;
}
