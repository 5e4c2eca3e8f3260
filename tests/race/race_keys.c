/*
 * Keys change while requests read them: each reader has a whole ring, which stays good while it
 * reads on.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "service/key_changes.h"
#include "service/keys.h"
#include "support/instance.h"
#include "token/key_ring.h"

#define READERS 3
#define CHANGES 6 /* fewer than a ring holds */

static struct instance instance;
static atomic_bool is_over;

/* As a request in the fast lane does; what must be read is another's work. */
static void *reader(void *unused)
{
    (void)unused;
    while (!atomic_load(&is_over)) {
        enum error err = keys_refresh(instance.shared, NULL);
        const struct key_ring *ring = instance.shared->keys, *again = instance.shared->auth.keys;
        size_t count = key_ring_count(ring);
        if ((err && err != ERR_WOULD_BLOCK) || count == 0 || key_ring_count(again) == 0)
            abort();
        for (size_t i = 0; i < count; i++)
            if (!key_ring_at(ring, i) || !key_ring_current(ring))
                abort();
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[READERS];
    struct signing_key_row row;
    instance_open(&instance, ENGINE_SQLITE, false);
    for (size_t i = 0; i < READERS; i++)
        pthread_create(&threads[i], NULL, reader, NULL);
    enum error err = OK;
    for (int n = 0; !err && n < CHANGES; n++) {
        err = key_add(instance.w, &instance.operator, JWT_EDDSA, KEY_CURRENT, instance.now,
                      &instance.arena, &row);
        if (!err)
            err = keys_refresh(instance.shared, instance.w->db);
    }
    atomic_store(&is_over, true);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    bool is_new = key_ring_count(instance.shared->keys) >= 2;
    instance_close(&instance);
    return err || !is_new;
}
