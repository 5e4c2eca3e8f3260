#include "gateway/upstream_watch.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "gateway/upstream.h"
#include "gateway/upstream_token.h"
#include "service/accounts.h"
#include "store/organizations.h"

/* Two users on one place: the later one is asked for, the other after his next request. */
#define PLACES 4096

struct upstream_watch {
    struct shared *shared;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool is_stopping; /* under the mutex */
    _Atomic int64_t seen[PLACES];
};

void upstream_watch_note(struct upstream_watch *watch, int64_t user_id)
{
    if (watch)
        atomic_store_explicit(&watch->seen[(uint64_t)user_id % PLACES], user_id,
                              memory_order_relaxed);
}

/* Is the user known there? With a token of ours in the user's name. */
static enum error ask(struct upstream_watch *watch, int64_t user_id, usec now, struct arena *arena)
{
    struct upstream_token token;
    struct upstream_user user;
    enum error err = upstream_token_make(watch->shared, user_id, 0, STR(""), now, arena, &token);
    return err ? err
               : upstream_whoami(watch->shared->upstream, UPSTREAM_BEARER, token.token, arena,
                                 &user);
}

/*
 * A refusal means something only while the owner is let in: personal access tokens may be switched
 * off there altogether, or the keys may differ.
 */
static bool owner_is_let_in(struct upstream_watch *watch, struct worker *w, usec now,
                            struct arena *arena)
{
    struct organization_row first;
    return organizations_first(w->db, arena, &first) == OK && first.created_by != 0 &&
           ask(watch, first.created_by, now, arena) == OK;
}

static void look_at(struct upstream_watch *watch, struct worker *w, int64_t user_id)
{
    CLEANUP(arena_release) struct arena arena = {0};
    const struct principal operator= principal_operator();
    usec now = time_now();
    if (ask(watch, user_id, now, &arena) != ERR_UNAUTHENTICATED ||
        !owner_is_let_in(watch, w, now, &arena))
        return;
    enum error err = account_set_active(w, &operator, user_id, false, now, &arena);
    if (err)
        log_warning("user %lld is switched off in the upstream, and could not be here: %s",
                    (long long)user_id, error_name(err));
    else
        log_info("user %lld is switched off in the upstream, and now here too; `latchkey user "
                 "activate` lets the user in again",
                 (long long)user_id);
}

/* False: it is time to stop. */
static bool wait_a_while(struct upstream_watch *watch)
{
    usec until = time_now() + WATCH_EVERY;
    const struct timespec deadline = {.tv_sec = until / SECONDS(1),
                                      .tv_nsec = until % SECONDS(1) * 1000};
    pthread_mutex_lock(&watch->mutex);
    while (!watch->is_stopping &&
           pthread_cond_timedwait(&watch->wake, &watch->mutex, &deadline) == 0)
        continue;
    bool goes_on = !watch->is_stopping;
    pthread_mutex_unlock(&watch->mutex);
    return goes_on;
}

static bool is_stopping(struct upstream_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    bool stopping = watch->is_stopping;
    pthread_mutex_unlock(&watch->mutex);
    return stopping;
}

static void *run(void *argument)
{
    struct upstream_watch *watch = argument;
    while (wait_a_while(watch)) {
        struct worker *worker;
        if (worker_open(watch->shared, -1, &worker))
            continue; /* without a database nobody is let pass either */
        for (size_t i = 0; i < PLACES && !is_stopping(watch); i++) {
            int64_t user_id = atomic_exchange(&watch->seen[i], 0);
            if (user_id != 0)
                look_at(watch, worker, user_id);
        }
        worker_close(worker);
    }
    return NULL;
}

enum error upstream_watch_start(struct shared *shared, struct upstream_watch **out)
{
    struct upstream_watch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return ERR_INTERNAL;
    watch->shared = shared;
    pthread_mutex_init(&watch->mutex, NULL);
    pthread_cond_init(&watch->wake, NULL);
    if (pthread_create(&watch->thread, NULL, run, watch) != 0) {
        pthread_cond_destroy(&watch->wake);
        pthread_mutex_destroy(&watch->mutex);
        free(watch);
        return ERR_INTERNAL;
    }
    *out = watch;
    return OK;
}

void upstream_watch_stop(struct upstream_watch *watch)
{
    if (!watch)
        return;
    pthread_mutex_lock(&watch->mutex);
    watch->is_stopping = true;
    pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->mutex);
    pthread_join(watch->thread, NULL);
    pthread_cond_destroy(&watch->wake);
    pthread_mutex_destroy(&watch->mutex);
    free(watch);
}
