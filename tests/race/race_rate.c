/*
 * Many who try one name at the same time get no more attempts together than the limit.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "decision/rate.h"

#define NOW SECONDS(1800000000)
#define THREADS 4
#define TRIES 2000
#define LIMIT 100

static struct rate *rate;
static _Atomic int let_through;

static void *guesser(void *arg)
{
    for (int i = 0; i < TRIES; i++) {
        if (rate_begin(rate, STR("victim"), NOW + (usec)(uintptr_t)arg) == 0)
            atomic_fetch_add(&let_through, 1);
        /* A neighbour's good sign-ins in between change nothing. */
        if (rate_begin(rate, STR("neighbour"), NOW + (usec)(uintptr_t)arg) == 0)
            rate_succeeded(rate, STR("neighbour"), NOW + (usec)(uintptr_t)arg);
    }
    return NULL;
}

int main(void)
{
    const struct rate_limits limits = {.names = 8, .failures = LIMIT, .window = MINUTES(5)};
    if (rate_new(&limits, &rate))
        return 1;
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, guesser, (void *)i);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert(let_through == LIMIT);
    assert(rate_begin(rate, STR("neighbour"), NOW) == 0);
    rate_free(rate);
    return 0;
}
