/*
 * What a look into the decision cache costs: nanoseconds a call, for a credential of 230 bytes and
 * an answer of 200, over more and more entries, with one thread and with all CPUs at once.
 * Usage: decision_bench [SECONDS]   (of each line; 0.5 by default)
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "decision/decision.h"

#define KEY_BYTES 230
#define ANSWER_BYTES 200
#define THREADS_MAX 64

static struct generation_page *page;
static struct decision_cache *cache;
static size_t credentials;
static usec duration = SECONDS(1) / 2;

/* Like a JWT: all begin alike, and differ at the end. */
static str credential(size_t n, char room[KEY_BYTES])
{
    memset(room, 'e', KEY_BYTES);
    for (size_t i = 0; i < 8; i++)
        room[KEY_BYTES - 8 + i] = (char)('a' + ((n >> (4 * i)) & 15));
    return str_of(room, KEY_BYTES);
}

struct work {
    pthread_t thread;
    size_t seed;
    enum { HIT, MISS, NOTHING } ask; /* NOTHING: what the loop itself costs */
    uint64_t calls, found;
    usec took;
};

static void *look(void *arg)
{
    struct work *work = arg;
    char key[KEY_BYTES], answer[ANSWER_BYTES];
    size_t len, n = work->seed;
    usec now = time_now(), begin = time_monotonic();
    do {
        for (int i = 0; i < 1000; i++) {
            n = n * 6364136223846793005 + 1442695040888963407;
            size_t which = (n >> 33) % credentials + (work->ask == MISS ? 1 << 28 : 0);
            str text = credential(which, key);
            __asm__ volatile("" : : "r"(text.ptr) : "memory");
            if (work->ask != NOTHING)
                work->found +=
                    decision_find(cache, page, 1, text, now, answer, sizeof(answer), &len);
        }
        work->calls += 1000;
        work->took = time_monotonic() - begin;
    } while (work->took < duration);
    return NULL;
}

static void measure(const char *what, size_t threads, int ask)
{
    struct work works[THREADS_MAX] = {0};
    for (size_t i = 0; i < threads; i++) {
        works[i].seed = i * 7919 + 1;
        works[i].ask = ask;
        pthread_create(&works[i].thread, NULL, look, &works[i]);
    }
    double nanoseconds = 0, millions = 0;
    uint64_t calls = 0, found = 0;
    for (size_t i = 0; i < threads; i++) {
        pthread_join(works[i].thread, NULL);
        nanoseconds += (double)works[i].took * 1000 / (double)works[i].calls / (double)threads;
        millions += (double)works[i].calls / (double)works[i].took;
        calls += works[i].calls;
        found += works[i].found;
    }
    printf("%-6s %8zu entries %3zu threads: %6.0f ns a call, %7.2f M/s, %5.1f %% found\n", what,
           credentials, threads, nanoseconds, millions, 100.0 * (double)found / (double)calls);
}

static void with_entries(size_t entries, size_t cpus)
{
    /* Twice the room, so that few sets overflow. */
    const struct decision_limits limits = {2 * entries, KEY_BYTES, ANSWER_BYTES};
    if (decision_cache_new(&limits, &cache))
        abort();
    credentials = entries;
    struct basis basis = basis_take(page, 1, 2, 3);
    char key[KEY_BYTES], answer[ANSWER_BYTES];
    memset(answer, 'a', sizeof(answer));
    usec begin = time_monotonic();
    for (size_t i = 0; i < entries; i++)
        decision_keep(cache, page, 1, credential(i, key), &basis, USEC_NEVER,
                      str_of(answer, sizeof(answer)));
    usec took = time_monotonic() - begin;
    printf("keep   %8zu entries   1 threads: %6.0f ns a call\n", entries,
           (double)took * 1000 / (double)entries);
    measure("loop", 1, NOTHING);
    measure("hit", 1, HIT);
    measure("miss", 1, MISS);
    if (cpus > 1)
        measure("hit", cpus, HIT);
    decision_cache_free(cache);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        duration = (usec)(strtod(argv[1], NULL) * 1e6);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t cpus = online < 1 ? 1 : online > THREADS_MAX ? THREADS_MAX : (size_t)online;

    char folder[] = "/tmp/decision_bench.XXXXXX", file[64];
    if (!mkdtemp(folder))
        return 1;
    int len = snprintf(file, sizeof(file), "%s/generations", folder);
    if (generation_open(str_of(file, (size_t)len), READ_WRITE, &page))
        return 1;
    static const size_t sizes[] = {1, 1000, 100000};
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        with_entries(sizes[i], cpus);
    generation_close(page);
    unlink(file);
    rmdir(folder);
    return 0;
}
