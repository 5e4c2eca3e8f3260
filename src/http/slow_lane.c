/*
 * The queue of the slow lane, and the threads that work on it. As many as there are workers run at
 * a time. One that waits for others, such as for a commit that it shares, does not count
 * meanwhile: a stand-in works instead, so that those who write at the same time are many, however
 * few cores there are, and one commit serves them all. Stand-ins are started when they are needed.
 */
#include "http/internal.h"

#include "base/log.h"
#include "base/waiting.h"

#define STAND_INS 3 /* for each worker, at most */

struct slow_lane {
    const struct server_app *app;
    unsigned workers;
    pthread_mutex_t lock;
    pthread_cond_t work;     /* something waits, or it is time to stop */
    pthread_cond_t started;  /* a worker has started, or failed to */
    struct exchange **queue; /* a ring; under lock, as all that follows */
    unsigned room;
    unsigned first;
    unsigned count;
    unsigned working; /* at most `workers` take something from the queue */
    unsigned waiting; /* for others, in the middle of a request */
    unsigned idle;    /* threads that wait for work */
    bool is_waking;   /* one of them was signalled, or started, and has not come yet */
    unsigned asked_to_start;
    unsigned answered; /* threads that have started or failed */
    bool failed;
    bool stop;
    pthread_t *threads; /* room for the workers and their stand-ins */
    unsigned thread_count;
};

static bool has_work(const struct slow_lane *lane)
{
    return lane->count > 0 && lane->working < lane->workers;
}

/* Takes the oldest; waits for one. NULL: stop. Called and left under the lock. */
static struct exchange *take(struct slow_lane *lane)
{
    while (!has_work(lane) && !lane->stop) {
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

static void *worker_run(void *cls);

/* Under the lock. False: there are enough, or there is no room for one more. */
static bool start_thread(struct slow_lane *lane)
{
    if (lane->thread_count == lane->workers * (1 + STAND_INS) ||
        pthread_create(&lane->threads[lane->thread_count], NULL, worker_run, lane) != 0)
        return false;
    lane->thread_count++;
    return true;
}

/*
 * Leaves the lock and then, if there is work for one more worker, wakes one: one at a time, who
 * wakes the next. A busy core would else go to and fro between the pusher and all workers, each of
 * whom finds that the work is done; and one woken under the lock would run into it.
 */
static void unlock_and_wake(struct slow_lane *lane)
{
    bool needs_one = has_work(lane) && !lane->is_waking && !lane->stop;
    bool wakes = needs_one && lane->idle > 0;
    if (wakes || (needs_one && start_thread(lane)))
        lane->is_waking = true;
    pthread_mutex_unlock(&lane->lock);
    if (wakes)
        pthread_cond_signal(&lane->work);
}

/* In the middle of a request. */
static void waiting_has_begun(void *context)
{
    struct slow_lane *lane = context;
    pthread_mutex_lock(&lane->lock);
    lane->working--;
    lane->waiting++;
    unlock_and_wake(lane);
}

/* Goes on at once, though there may be more than enough: what it has begun is to be finished. */
static void waiting_has_ended(void *context)
{
    struct slow_lane *lane = context;
    pthread_mutex_lock(&lane->lock);
    lane->waiting--;
    lane->working++;
    pthread_mutex_unlock(&lane->lock);
}

/* After this the exchange is the event thread's again. */
static void hand_back(struct exchange *x)
{
    x->stage = STAGE_ANSWER;
    MHD_resume_connection(x->mhd);
}

static void serve(struct slow_lane *lane, struct worker *worker)
{
    waiting_set(&(struct waiting){waiting_has_begun, waiting_has_ended, lane});
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
    waiting_set(NULL);
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
    lane->is_waking = false;
    pthread_cond_signal(&lane->started);
    unlock_and_wake(lane); /* somebody else, if this one cannot */
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
    lane->workers = workers;
    lane->room = queue;
    lane->queue = calloc(queue, sizeof(struct exchange *));
    lane->threads = calloc(workers * (1 + STAND_INS), sizeof(*lane->threads));
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->work, NULL);
    pthread_cond_init(&lane->started, NULL);
    enum error err = lane->queue && lane->threads ? OK : ERR_INTERNAL;
    pthread_mutex_lock(&lane->lock);
    while (!err && lane->thread_count < workers) {
        if (!start_thread(lane)) {
            log_error("worker %u could not be started: no thread", lane->thread_count);
            err = ERR_INTERNAL;
        }
    }
    pthread_mutex_unlock(&lane->lock);
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
    out->working = lane->working + lane->waiting;
    pthread_mutex_unlock(&lane->lock);
}
