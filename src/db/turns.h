/*
 * A lock that is had in the order of asking. Whoever asks waits on a condition of its own, so that
 * giving the lock on wakes one thread; that one does not meet the waker's mutex. The one behind it
 * is woken too, and watches out for its turn.
 */
#ifndef LATCHKEY_DB_TURNS_H
#define LATCHKEY_DB_TURNS_H

#include <pthread.h>

#include "base/compiler.h"

struct turn;

struct turns {
    pthread_mutex_t mutex;
    bool is_taken;      /* under mutex */
    struct turn *first; /* under mutex: who waits, in order of arrival */
    struct turn **last; /* under mutex: where the next one is linked */
    struct turn *spare; /* under mutex: not in use; freed at the end only */
};

void turns_init(struct turns *turns);
void turns_release(struct turns *turns);

void turns_take(struct turns *turns);
void turns_give(struct turns *turns);
/* Lets all who wait by now have their turn; returns when it is the caller's again. */
void turns_let_pass(struct turns *turns);

#endif
