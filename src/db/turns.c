#include "db/turns.h"

struct turn {
    pthread_cond_t comes;
    bool is_here; /* under mutex */
    struct turn *next;
};

void turns_init(struct turns *turns)
{
    pthread_mutex_init(&turns->mutex, NULL);
    turns->is_taken = false;
    turns->first = NULL;
    turns->last = &turns->first;
}

void turns_release(struct turns *turns)
{
    pthread_mutex_destroy(&turns->mutex);
}

/* Under the mutex. */
static void wait_at_the_end(struct turns *turns)
{
    struct turn mine = {.comes = PTHREAD_COND_INITIALIZER};
    *turns->last = &mine;
    turns->last = &mine.next; // cppcheck-suppress autoVariables ; call_the_first takes it out
    while (!mine.is_here)
        pthread_cond_wait(&mine.comes, &turns->mutex);
    pthread_cond_destroy(&mine.comes);
}

/* Under the mutex. The lock stays taken: it is handed over. */
static void call_the_first(struct turns *turns)
{
    struct turn *turn = turns->first;
    turns->first = turn->next;
    if (!turns->first)
        turns->last = &turns->first;
    turn->is_here = true;
    pthread_cond_signal(&turn->comes);
}

void turns_take(struct turns *turns)
{
    pthread_mutex_lock(&turns->mutex);
    if (turns->is_taken)
        wait_at_the_end(turns);
    else
        turns->is_taken = true;
    pthread_mutex_unlock(&turns->mutex);
}

void turns_give(struct turns *turns)
{
    pthread_mutex_lock(&turns->mutex);
    if (turns->first)
        call_the_first(turns);
    else
        turns->is_taken = false;
    pthread_mutex_unlock(&turns->mutex);
}

void turns_let_pass(struct turns *turns)
{
    pthread_mutex_lock(&turns->mutex);
    if (turns->first) {
        call_the_first(turns);
        wait_at_the_end(turns);
    }
    pthread_mutex_unlock(&turns->mutex);
}
