#include "api/metrics.h"

#include <stdatomic.h>

#include "api/routes.h"
#include "api/state.h"
#include "base/buf.h"
#include "service/context.h"
#include "service/directory.h"
#include "service/usage.h"

#define TEXT_MAX ((size_t)1 << 20)
#define LIVE_KEPT SECONDS(60) /* counting all tokens is not done for every look */

static const int statuses[] = {200, 201, 204, 302, 304, 400, 401, 403, 404, 405, 406,
                               409, 413, 414, 415, 429, 431, 500, 502, 503, 507};
#define STATUSES (COUNT_OF(statuses) + 1) /* the last: any other */

/* Upper ends, in microseconds; the last bucket has none. */
static const usec buckets[] = {100,   250,    500,    1000,    2500,    5000,    10000,
                               25000, 100000, 500000, 1000000, 5000000, 10000000};
#define BUCKETS (COUNT_OF(buckets) + 1)

struct row {
    _Atomic uint64_t by_status[STATUSES];
    _Atomic uint64_t by_bucket[BUCKETS];
    _Atomic uint64_t sum; /* microseconds */
};

struct metrics {
    _Atomic int64_t live_pats, live_api_keys, live_legacy;
    _Atomic usec live_counted_at;
    struct row rows[]; /* one a route, and one for requests without */
};

enum error metrics_new(struct metrics **out)
{
    struct metrics *metrics =
        calloc(1, sizeof(*metrics) + (routes_count + 1) * sizeof(metrics->rows[0]));
    if (!metrics)
        return ERR_INTERNAL;
    *out = metrics;
    return OK;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void metrics_count(struct metrics *metrics, const struct route *route, int status, usec took)
{
    struct row *row = &metrics->rows[route ? (size_t)(route - routes) : routes_count];
    size_t s = 0, b = 0;
    while (s < COUNT_OF(statuses) && statuses[s] != status)
        s++;
    while (b < COUNT_OF(buckets) && took > buckets[b])
        b++;
    add(&row->by_status[s], 1);
    add(&row->by_bucket[b], 1);
    add(&row->sum, (uint64_t)(took > 0 ? took : 0));
}

static uint64_t get(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Rows with one pattern (GET and POST of a path) are told apart by their methods. */
static str labels(size_t i, struct arena *arena)
{
    if (i == routes_count)
        return STR("route=\"none\",methods=\"\"");
    return ARENA_JOIN(arena, STR("route=\""), str_from(routes[i].path), STR("\",methods=\""),
                      methods_list(arena, routes[i].methods), STR("\""));
}

static void write_requests(const struct metrics *metrics, struct arena *arena, struct buf *out)
{
    (void)buf_add(out, STR("# HELP latchkey_requests_total Requests, by route and status.\n"
                           "# TYPE latchkey_requests_total counter\n"));
    for (size_t i = 0; i <= routes_count; i++)
        for (size_t s = 0; s < STATUSES; s++) {
            uint64_t n = get(&metrics->rows[i].by_status[s]);
            str label = labels(i, arena);
            if (n > 0)
                (void)buf_addf(out, "latchkey_requests_total{%.*s,status=\"%d\"} %llu\n",
                               STR_ARG(label), s < COUNT_OF(statuses) ? statuses[s] : 0,
                               (unsigned long long)n);
        }
}

static void write_histogram(const struct row *row, str label, struct buf *out)
{
    uint64_t total = 0;
    for (size_t b = 0; b < BUCKETS; b++)
        total += get(&row->by_bucket[b]);
    if (total == 0)
        return;
    uint64_t below = 0;
    for (size_t b = 0; b < COUNT_OF(buckets); b++) {
        below += get(&row->by_bucket[b]);
        (void)buf_addf(out, "latchkey_request_seconds_bucket{%.*s,le=\"%g\"} %llu\n",
                       STR_ARG(label), (double)buckets[b] / 1e6, (unsigned long long)below);
    }
    (void)buf_addf(out, "latchkey_request_seconds_bucket{%.*s,le=\"+Inf\"} %llu\n", STR_ARG(label),
                   (unsigned long long)total);
    (void)buf_addf(out, "latchkey_request_seconds_sum{%.*s} %.6f\n", STR_ARG(label),
                   (double)get(&row->sum) / 1e6);
    (void)buf_addf(out, "latchkey_request_seconds_count{%.*s} %llu\n", STR_ARG(label),
                   (unsigned long long)total);
}

static void write_caches(const struct shared *shared, struct buf *out)
{
    static const char *const names[] = {"decisions", "bodies", "identities"};
    static const struct {
        const char *name, *help;
        size_t offset; /* of the number in struct decision_stats */
    } families[] = {
        {"hits", "Answers from memory", offsetof(struct decision_stats, hits)},
        {"misses", "What memory did not have", offsetof(struct decision_stats, misses)},
        {"evictions", "Living entries that had to make room",
         offsetof(struct decision_stats, evictions)},
    };
    const struct decision_stats stats[COUNT_OF(names)] = {decision_stats(shared->decisions),
                                                          decision_stats(shared->bodies),
                                                          decision_stats(shared->identities)};
    for (size_t f = 0; f < COUNT_OF(families); f++) {
        (void)buf_addf(out,
                       "# HELP latchkey_cache_%s_total %s, by cache.\n"
                       "# TYPE latchkey_cache_%s_total counter\n",
                       families[f].name, families[f].help, families[f].name);
        for (size_t n = 0; n < COUNT_OF(names); n++) {
            uint64_t value;
            memcpy(&value, (const char *)&stats[n] + families[f].offset, sizeof(value));
            (void)buf_addf(out, "latchkey_cache_%s_total{cache=\"%s\"} %llu\n", families[f].name,
                           names[n], (unsigned long long)value);
        }
    }
}

static enum error count_live(struct worker *w, usec now, struct living_tokens *out)
{
    struct metrics *metrics = w->shared->metrics;
    if (now - atomic_load(&metrics->live_counted_at) >= LIVE_KEPT) {
        struct living_tokens live;
        enum error err = directory_count_live_tokens(w, now, &live);
        if (err)
            return err;
        atomic_store(&metrics->live_pats, live.pats);
        atomic_store(&metrics->live_api_keys, live.api_keys);
        atomic_store(&metrics->live_legacy, live.legacy);
        atomic_store(&metrics->live_counted_at, now);
    }
    *out = (struct living_tokens){.pats = atomic_load(&metrics->live_pats),
                                  .api_keys = atomic_load(&metrics->live_api_keys),
                                  .legacy = atomic_load(&metrics->live_legacy)};
    return OK;
}

/* Without a database that answers there are figures all the same: then above all. */
static void write_live(struct worker *w, usec now, struct buf *out)
{
    struct living_tokens live;
    if (count_live(w, now, &live))
        return;
    (void)buf_addf(out,
                   "# HELP latchkey_live_tokens Tokens that have not ended, by kind.\n"
                   "# TYPE latchkey_live_tokens gauge\n"
                   "latchkey_live_tokens{kind=\"pat\"} %lld\n"
                   "latchkey_live_tokens{kind=\"api_key\"} %lld\n"
                   "latchkey_live_tokens{kind=\"legacy\"} %lld\n",
                   (long long)live.pats, (long long)live.api_keys, (long long)live.legacy);
}

static void write_database(struct worker *w, usec now, struct buf *out)
{
    (void)buf_addf(out,
                   "# HELP latchkey_database_errors_total Statements and connections that failed.\n"
                   "# TYPE latchkey_database_errors_total counter\n"
                   "latchkey_database_errors_total %llu\n",
                   (unsigned long long)db_failures());
    usec beat = generation_heartbeat(w->shared->page);
    (void)buf_addf(out,
                   "# HELP latchkey_feed_lag_seconds How long ago changes were last heard of.\n"
                   "# TYPE latchkey_feed_lag_seconds gauge\nlatchkey_feed_lag_seconds %.3f\n",
                   beat ? (double)(now - beat) / 1e6 : 0.0);
}

static void write_usage(const struct shared *shared, struct buf *out)
{
    struct usage_stats stats = usage_stats(shared);
    (void)buf_addf(out,
                   "# HELP latchkey_usage_flush_seconds Writing what tokens did.\n"
                   "# TYPE latchkey_usage_flush_seconds summary\n"
                   "latchkey_usage_flush_seconds_sum %.6f\n"
                   "latchkey_usage_flush_seconds_count %llu\n"
                   "# HELP latchkey_usage_flush_failures_total Of these, such as failed; what was to "
                   "be written waits.\n"
                   "# TYPE latchkey_usage_flush_failures_total counter\n"
                   "latchkey_usage_flush_failures_total %llu\n",
                   stats.flush_seconds, (unsigned long long)(stats.flushes + stats.failures),
                   (unsigned long long)stats.failures);
    (void)buf_addf(out,
                   "# HELP latchkey_usage_dropped_total Requests that found no room to be counted.\n"
                   "# TYPE latchkey_usage_dropped_total counter\n"
                   "latchkey_usage_dropped_total %llu\n"
                   "# HELP latchkey_usage_reported_total Requests that nginx let pass by itself.\n"
                   "# TYPE latchkey_usage_reported_total counter\n"
                   "latchkey_usage_reported_total %llu\n"
                   "# HELP latchkey_usage_pending Counts of tokens in memory, to be written.\n"
                   "# TYPE latchkey_usage_pending gauge\n"
                   "latchkey_usage_pending %llu\n",
                   (unsigned long long)stats.dropped, (unsigned long long)stats.reported,
                   (unsigned long long)stats.pending);
}

/* A proxy on this machine forwards for others: then it is not this machine that asks. */
static bool is_local(const struct request *rq)
{
    static const uint8_t loopback6[16] = {[15] = 1};
    if (request_has(rq, HEADER_X_FORWARDED_FOR) || request_has(rq, HEADER_FORWARDED))
        return false;
    switch (rq->peer.family) {
    case PEER_UNIX:
        return true;
    case PEER_IPV4:
        return rq->peer.address[0] == 127;
    case PEER_IPV6:
        return memcmp(rq->peer.address, loopback6, sizeof(loopback6)) == 0;
    case PEER_UNKNOWN:
        break;
    }
    return false;
}

enum error metrics_show(struct worker *w, struct request *rq, struct response *rs)
{
    const struct shared *shared = w->shared;
    if (rq->listener != METRICS_LISTENER && !is_local(rq))
        return fail(rq, ERR_FORBIDDEN, STR("Metrics are for this machine only."));
    CLEANUP(buf_release) struct buf out;
    buf_init(&out, TEXT_MAX);
    write_requests(shared->metrics, &rq->arena, &out);
    (void)buf_add(&out, STR("# HELP latchkey_request_seconds From a request's head to the end of "
                            "its answer.\n# TYPE latchkey_request_seconds histogram\n"));
    for (size_t i = 0; i <= routes_count; i++)
        write_histogram(&shared->metrics->rows[i], labels(i, &rq->arena), &out);
    write_caches(shared, &out);
    write_live(w, rq->now, &out);
    write_database(w, rq->now, &out);
    write_usage(shared, &out);
    return reply_body(rs, 200, "text/plain; version=0.0.4; charset=utf-8",
                      arena_copy(&rq->arena, buf_str(&out)));
}
