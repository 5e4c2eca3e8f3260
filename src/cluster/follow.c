#include "cluster/follow.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "store/changes.h"

#define ASK_EVERY_NS 50000000 /* 50 ms */
#define ROWS 256

struct follower {
    struct db *db; /* its thread's */
    struct generation_page *page;
    int64_t last; /* number of the last change that was heard */
    bool is_deaf; /* the last question was not answered */
    atomic_bool is_stopping;
    pthread_t thread;
};

static void move_counter(struct follower *f, const struct change_row *row, usec now)
{
    if (row->kind == 0) { /* everything, see change.c */
        generation_announce_all(f->page);
        generation_end_all(f->page, now);
        return;
    }
    uint32_t slot = generation_slot((enum owner_kind)(row->kind - 1), (uint64_t)row->owner_key);
    generation_announce(f->page, slot);
    generation_end(f->page, slot, now);
}

/* All that is new. The beat says when the question was asked, not when it was answered. */
static enum error hear(struct follower *f)
{
    struct change_row rows[ROWS];
    size_t count = ROWS;
    usec asked = time_now();
    while (count == ROWS) {
        asked = time_now();
        enum error err = changes_after(f->db, f->last, rows, ROWS, &count);
        if (err)
            return err;
        for (size_t i = 0; i < count; i++)
            move_counter(f, &rows[i], time_now());
        if (count > 0)
            f->last = rows[count - 1].number;
    }
    generation_beat(f->page, asked);
    return OK;
}

static void *follow(void *argument)
{
    struct follower *f = argument;
    const struct timespec pause = {.tv_nsec = ASK_EVERY_NS};
    while (!atomic_load(&f->is_stopping)) {
        enum error err = hear(f);
        if (err && !f->is_deaf)
            log_error("changes made on other hosts are not heard: %s", error_name(err));
        if (!err && f->is_deaf)
            log_info("changes made on other hosts are heard again");
        f->is_deaf = err != OK;
        nanosleep(&pause, NULL);
    }
    return NULL;
}

enum error follower_start(struct database *database, struct generation_page *page, usec max_lag,
                          struct follower **out)
{
    struct follower *f = calloc(1, sizeof(*f));
    if (!f)
        return ERR_INTERNAL;
    f->page = page;
    enum error err = db_connect(database, &f->db);
    if (!err)
        err = changes_last(f->db, &f->last);
    if (!err) {
        generation_announce_all(page);
        generation_end_all(page, time_now());
        generation_set_max_lag(page, max_lag);
        generation_beat(page, time_now());
        if (pthread_create(&f->thread, NULL, follow, f) != 0)
            err = ERR_INTERNAL;
    }
    if (err) {
        db_close(f->db);
        free(f);
        return err;
    }
    *out = f;
    return OK;
}

void follower_stop(struct follower *follower)
{
    if (!follower)
        return;
    atomic_store(&follower->is_stopping, true);
    pthread_join(follower->thread, NULL);
    db_close(follower->db);
    free(follower);
}
