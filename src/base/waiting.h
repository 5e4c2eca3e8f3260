/*
 * What a thread does around a wait for others, such as for the commit that it shares with them. A
 * pool of threads sets it for its own, so that another thread works meanwhile; who waits does not
 * know the pool.
 */
#ifndef LATCHKEY_BASE_WAITING_H
#define LATCHKEY_BASE_WAITING_H

struct waiting {
    void (*begins)(void *context); /* may be called under the locks of who waits; must not block */
    void (*ends)(void *context);   /* likewise */
    void *context;
};

/* For the calling thread; copied. NULL: nothing, as at the thread's start. */
void waiting_set(const struct waiting *waiting);

void waiting_begins(void);
void waiting_ends(void);

#endif
