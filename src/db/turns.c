#include "db/turns.h"

#include <stdlib.h>

#include "base/waiting.h"
#include "db/internal.h"

struct turn {
    pthread_cond_t comes;
    bool is_here; /* under mutex */
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
    turn->is_here = false;
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

/* Under the mutex. */
static void wait_for(struct turns *turns, struct turn *turn)
{
    while (!turn->is_here)
        pthread_cond_wait(&turn->comes, &turns->mutex);
    turn->next = turns->spare;
    turns->spare = turn;
}

/* Under the mutex. The lock stays taken: it is handed over to the one that the caller signals. */
static struct turn *take_the_first(struct turns *turns)
{
    struct turn *turn = turns->first;
    turns->first = turn->next;
    if (!turns->first)
        turns->last = &turns->first;
    turn->is_here = true;
    return turn;
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
    struct turn *next = turns->first ? take_the_first(turns) : NULL;
    if (!next)
        turns->is_taken = false;
    pthread_mutex_unlock(&turns->mutex);
    if (next)
        pthread_cond_signal(&next->comes);
}

void turns_let_pass(struct turns *turns)
{
    pthread_mutex_lock(&turns->mutex);
    if (turns->first) {
        struct turn *next = take_the_first(turns), *mine = stand_in_line(turns);
        pthread_mutex_unlock(&turns->mutex);
        pthread_cond_signal(&next->comes);
        pthread_mutex_lock(&turns->mutex);
        wait_for(turns, mine);
    }
    pthread_mutex_unlock(&turns->mutex);
}
