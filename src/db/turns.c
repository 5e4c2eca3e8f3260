#include "db/turns.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/waiting.h"
#include "db/internal.h"

/*
 * Times that the first in line offers the processor to others before it sleeps. Its turn comes in
 * some 100 us; falling asleep and being woken takes as long, while nobody writes.
 */
#define YIELDS 400

struct turn {
    pthread_cond_t comes;
    atomic_bool is_here; /* written under mutex */
    bool is_awake;       /* under mutex: the first in line, which need not be woken */
    struct turn *next;
};

void turns_init(struct turns *turns)
{
    pthread_mutex_init(&turns->mutex, NULL);
    turns->is_taken = false;
    turns->first = turns->spare = NULL;
    turns->last = &turns->first;
}

void turns_release(struct turns *turns)
{
    for (struct turn *turn; (turn = turns->spare);) {
        turns->spare = turn->next;
        pthread_cond_destroy(&turn->comes);
        free(turn);
    }
    pthread_mutex_destroy(&turns->mutex);
}

/* Under the mutex. A turn outlives its wait, for it is signalled after the mutex was left. */
static struct turn *turn_find(struct turns *turns)
{
    struct turn *turn = turns->spare;
    if (turn) {
        turns->spare = turn->next;
    } else {
        turn = allocate(sizeof(*turn));
        pthread_cond_init(&turn->comes, NULL);
    }
    turn->is_here = turn->is_awake = false;
    turn->next = NULL;
    return turn;
}

/* Under the mutex. */
static struct turn *stand_in_line(struct turns *turns)
{
    struct turn *turn = turn_find(turns);
    *turns->last = turn;
    turns->last = &turn->next;
    return turn;
}

/* Under the mutex, which is left meanwhile. */
static void watch_out_for(struct turns *turns, struct turn *turn)
{
    pthread_mutex_unlock(&turns->mutex);
    for (int i = 0; i < YIELDS && !turn->is_here; i++)
        sched_yield();
    pthread_mutex_lock(&turns->mutex);
    turn->is_awake = false;
}

/* Under the mutex. */
static void wait_for(struct turns *turns, struct turn *turn)
{
    while (!turn->is_here) {
        if (turn->is_awake)
            watch_out_for(turns, turn);
        else
            pthread_cond_wait(&turn->comes, &turns->mutex);
    }
    turn->next = turns->spare;
    turns->spare = turn;
}

/*
 * Under the mutex, which it leaves. The lock stays taken: it is handed over to the first in line,
 * and the one behind is woken to watch out for its own turn.
 */
static void hand_on(struct turns *turns)
{
    struct turn *turn = turns->first, *behind = turn->next;
    turns->first = behind;
    if (!behind)
        turns->last = &turns->first;
    bool sleeps = !turn->is_awake;
    turn->is_here = true;
    if (behind)
        behind->is_awake = true;
    pthread_mutex_unlock(&turns->mutex);
    if (sleeps)
        pthread_cond_signal(&turn->comes);
    if (behind)
        pthread_cond_signal(&behind->comes);
}

void turns_take(struct turns *turns)
{
    pthread_mutex_lock(&turns->mutex);
    bool waits = turns->is_taken;
    if (waits) {
        waiting_begins();
        wait_for(turns, stand_in_line(turns));
    }
    turns->is_taken = true;
    pthread_mutex_unlock(&turns->mutex);
    if (waits)
        waiting_ends();
}

void turns_give(struct turns *turns)
{
    pthread_mutex_lock(&turns->mutex);
    if (turns->first) {
        hand_on(turns);
        return;
    }
    turns->is_taken = false;
    pthread_mutex_unlock(&turns->mutex);
}

void turns_let_pass(struct turns *turns)
{
    pthread_mutex_lock(&turns->mutex);
    if (turns->first) {
        struct turn *mine = stand_in_line(turns);
        hand_on(turns);
        pthread_mutex_lock(&turns->mutex);
        wait_for(turns, mine);
    }
    pthread_mutex_unlock(&turns->mutex);
}
