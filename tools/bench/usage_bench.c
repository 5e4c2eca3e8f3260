/*
 * What counting a use costs the fast lane: nanoseconds of CPU a call of usage_count, for more and
 * more tokens, with one thread and with two at once that use the same ones. The counts are written
 * meanwhile, into an SQLite file that is deleted afterwards.
 * Usage: usage_bench FOLDER [SECONDS]     (of each line; 0.5 by default)
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "service/usage.h"

#define THREADS_MAX 2

static struct shared *shared;
static usec duration = SECONDS(1) / 2;

/* Of this thread: what others do on the machine costs it nothing. */
static double cpu_nanoseconds(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (double)spent.tv_sec * 1e9 + (double)spent.tv_nsec;
}

struct work {
    pthread_t thread;
    size_t tokens;
    bool counts; /* false: what the loop itself costs */
    uint64_t calls;
    double took; /* nanoseconds */
};

static void *use(void *argument)
{
    struct work *work = argument;
    struct principal who = {
        .kind = CREDENTIAL_ACCESS_TOKEN, .user_id = 1, .organization_id = 1, .token_id = STR("")};
    usec now = time_now(), end = time_monotonic() + duration;
    double begin = cpu_nanoseconds();
    uint64_t n = 1;
    do {
        for (int i = 0; i < 1000; i++) {
            n = n * 6364136223846793005 + 1442695040888963407;
            who.token_key = (int64_t)((n >> 33) % work->tokens + 1) << 40;
            __asm__ volatile("" : : "r"(&who) : "memory");
            if (work->counts)
                usage_count(shared, &who, STR("203.0.113.195"),
                            STR("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like "
                                "Gecko) Chrome/131.0.0.0 Safari/537.36"),
                            now + i);
        }
        work->calls += 1000;
    } while (time_monotonic() < end);
    work->took = cpu_nanoseconds() - begin;
    return NULL;
}

/* Nanoseconds a call, the mean of all threads. */
static double measure(size_t tokens, size_t threads, bool counts)
{
    struct work works[THREADS_MAX] = {0};
    double nanoseconds = 0;
    for (size_t i = 0; i < threads; i++) {
        works[i].tokens = tokens;
        works[i].counts = counts;
        pthread_create(&works[i].thread, NULL, use, &works[i]);
    }
    for (size_t i = 0; i < threads; i++) {
        pthread_join(works[i].thread, NULL);
        nanoseconds += works[i].took / (double)works[i].calls / (double)threads;
    }
    return nanoseconds;
}

static void print_line(size_t tokens, size_t threads)
{
    double loop = measure(tokens, threads, false);
    printf("%6zu tokens %zu threads: %5.1f ns a use\n", tokens, threads,
           measure(tokens, threads, true) - loop);
}

int main(int argc, char **argv)
{
    struct arena arena = {0};
    str problem = STR("");
    struct config config = {
        .data = argc > 1 ? str_from(argv[1]) : STR("."),
        .database = STR(""),
        .secret_key_file = STR(""),
        .public_url = STR(""),
        .upstream_url = STR(""),
        .admin_email = STR(""),
        .admin_password_file = STR(""),
        .admin_legacy_token_file = STR(""),
        .access_token_ttl = SECONDS(300),
    };
    if (argc > 2)
        duration = (usec)(strtod(argv[2], NULL) * 1e6);
    enum error err = shared_open(&config, OPEN_PREPARE, time_now(), &arena, &problem, &shared);
    if (!err)
        err = usage_start(shared);
    if (err) {
        fprintf(stderr, "usage_bench: %s %.*s\n", error_name(err), STR_ARG(problem));
        return 1;
    }
    static const size_t tokens[] = {1, 100, 1000, 10000};
    int64_t only = 0;
    if (argc > 3 && str_to_i64(str_from(argv[3]), &only) == OK && only > 0) {
        double loop = measure((size_t)only, 1, false);
        printf("%.1f\n", measure((size_t)only, 1, true) - loop);
    } else {
        for (size_t i = 0; i < COUNT_OF(tokens); i++)
            for (size_t threads = 1; threads <= THREADS_MAX; threads++)
                print_line(tokens[i], threads);
        printf("dropped: %llu\n", (unsigned long long)usage_stats(shared).dropped);
    }
    usage_stop(shared);
    shared_close(shared);
    arena_release(&arena);
    return 0;
}
