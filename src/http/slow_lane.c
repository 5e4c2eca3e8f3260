#include "http/internal.h"

#include "base/log.h"

struct slow_lane {
    const struct server_app *app;
    pthread_mutex_t lock;
    pthread_cond_t work;     /* something waits, or it is time to stop */
    pthread_cond_t started;  /* a worker has started, or failed to */
    struct exchange **queue; /* a ring; under lock, as all that follows */
    unsigned room;
    unsigned first;
    unsigned count;
    unsigned working;
    unsigned idle;  /* workers that wait for work */
    bool is_waking; /* one of them was signalled, and has not come yet */
    unsigned asked_to_start;
    unsigned answered; /* workers that have started or failed */
    bool failed;
    bool stop;
    pthread_t *threads;
    unsigned thread_count;
};

/* Takes the oldest; waits for one. NULL: stop. Called and left under the lock. */
static struct exchange *take(struct slow_lane *lane)
{
    while (lane->count == 0 && !lane->stop) {
        lane->idle++;
        pthread_cond_wait(&lane->work, &lane->lock);
        lane->idle--;
        lane->is_waking = false;
    }
    if (lane->stop)
        return NULL;
    struct exchange *x = lane->queue[lane->first];
    lane->first = (lane->first + 1) % lane->room;
    lane->count--;
    return x;
}

/*
 * Leaves the lock and then, if there is work for one more worker, wakes one: one at a time, who
 * wakes the next. A busy core would else go to and fro between the pusher and all workers, each of
 * whom finds that the work is done; and one woken under the lock would run into it.
 */
static void unlock_and_wake(struct slow_lane *lane)
{
    bool wakes = lane->count > 0 && lane->idle > 0 && !lane->is_waking;
    if (wakes)
        lane->is_waking = true;
    pthread_mutex_unlock(&lane->lock);
    if (wakes)
        pthread_cond_signal(&lane->work);
}

/* After this the exchange is the event thread's again. */
static void hand_back(struct exchange *x)
{
    x->stage = STAGE_ANSWER;
    MHD_resume_connection(x->mhd);
}

static void serve(struct slow_lane *lane, struct worker *worker)
{
    pthread_mutex_lock(&lane->lock);
    for (struct exchange *x; (x = take(lane));) {
        lane->working++;
        unlock_and_wake(lane);
        lane->app->slow(worker, &x->rq, &x->rs);
        hand_back(x);
        pthread_mutex_lock(&lane->lock);
        lane->working--;
    }
    pthread_mutex_unlock(&lane->lock);
}

static void *worker_run(void *cls)
{
    struct slow_lane *lane = cls;
    pthread_mutex_lock(&lane->lock);
    int number = (int)lane->asked_to_start++;
    pthread_mutex_unlock(&lane->lock);

    struct worker *worker = lane->app->worker_start(lane->app->shared, number);

    pthread_mutex_lock(&lane->lock);
    lane->answered++;
    lane->failed |= worker == NULL;
    pthread_cond_signal(&lane->started);
    pthread_mutex_unlock(&lane->lock);
    if (worker) {
        serve(lane, worker);
        lane->app->worker_stop(worker);
    }
    return NULL;
}

/* False: at least one did not start. */
static bool all_have_started(struct slow_lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    while (lane->answered < lane->thread_count)
        pthread_cond_wait(&lane->started, &lane->lock);
    bool failed = lane->failed;
    pthread_mutex_unlock(&lane->lock);
    return !failed;
}

enum error slow_lane_start(const struct server_app *app, unsigned workers, unsigned queue,
                           struct slow_lane **out)
{
    struct slow_lane *lane = calloc(1, sizeof(*lane));
    if (!lane)
        return ERR_INTERNAL;
    lane->app = app;
    lane->room = queue;
    lane->queue = calloc(queue, sizeof(struct exchange *));
    lane->threads = calloc(workers, sizeof(*lane->threads));
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->work, NULL);
    pthread_cond_init(&lane->started, NULL);
    enum error err = lane->queue && lane->threads ? OK : ERR_INTERNAL;
    while (!err && lane->thread_count < workers) {
        if (pthread_create(&lane->threads[lane->thread_count], NULL, worker_run, lane) != 0) {
            log_error("worker %u could not be started: no thread", lane->thread_count);
            err = ERR_INTERNAL;
        } else {
            lane->thread_count++;
        }
    }
    if (!all_have_started(lane) && !err)
        err = ERR_UNAVAILABLE;
    if (err)
        slow_lane_free(lane);
    else
        *out = lane;
    return err;
}

enum error slow_lane_push(struct slow_lane *lane, struct exchange *x)
{
    pthread_mutex_lock(&lane->lock);
    bool is_full = lane->count == lane->room || lane->stop;
    if (!is_full)
        lane->queue[(lane->first + lane->count++) % lane->room] = x;
    unlock_and_wake(lane);
    return is_full ? ERR_BUSY : OK;
}

void slow_lane_stop(struct slow_lane *lane)
{
    if (!lane)
        return;
    pthread_mutex_lock(&lane->lock);
    lane->stop = true;
    pthread_cond_broadcast(&lane->work);
    unsigned waiting = lane->count; /* nobody takes or adds any more */
    lane->count = 0;
    pthread_mutex_unlock(&lane->lock);
    for (unsigned i = 0; i < waiting; i++) {
        struct exchange *x = lane->queue[(lane->first + i) % lane->room];
        exchange_refuse(x, REFUSED_STOPPING);
        hand_back(x);
    }
    for (unsigned i = 0; i < lane->thread_count; i++)
        pthread_join(lane->threads[i], NULL);
    lane->thread_count = 0;
}

void slow_lane_free(struct slow_lane *lane)
{
    if (!lane)
        return;
    slow_lane_stop(lane);
    pthread_cond_destroy(&lane->started);
    pthread_cond_destroy(&lane->work);
    pthread_mutex_destroy(&lane->lock);
    free(lane->queue);
    free(lane->threads);
    free(lane);
}

void slow_lane_gauges(struct slow_lane *lane, struct server_gauges *out)
{
    pthread_mutex_lock(&lane->lock);
    out->queued = lane->count;
    out->working = lane->working;
    pthread_mutex_unlock(&lane->lock);
}
