/*
 * What tokens did, as far as it is written, and what is still in this process's memory.
 *
 * A count moves from memory to the database while others read: whoever saw the epoch stand still
 * saw it exactly once.
 */
#include "service/usage_table.h"

#define TRIES 20
#define PAUSE_NS 1000000

/* A moment at which nothing moves; false, after a while, if there was none. */
static uint64_t epoch_begin(const struct usage *usage)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    uint64_t epoch = usage ? atomic_load(&usage->epoch) : 0;
    for (int i = 0; epoch % 2 != 0 && i < TRIES; i++) {
        nanosleep(&pause, NULL);
        epoch = atomic_load(&usage->epoch);
    }
    return epoch;
}

static bool epoch_held(const struct usage *usage, uint64_t began)
{
    return !usage || (began % 2 == 0 && atomic_load(&usage->epoch) == began);
}

static void add_to_day(int64_t *by_day, size_t days, int64_t today, int64_t day, int64_t requests)
{
    int64_t back = today - day;
    if (back >= 0 && (size_t)back < days)
        by_day[days - 1 - (size_t)back] += requests;
}

/* One entry of memory: an earlier first use, a later last one, and more of them. */
static void add_used(struct token_usage *to, const struct used *used, int64_t today,
                     struct arena *arena)
{
    struct usage_row *row = &to->row;
    if (row->first_at == 0 || used->first_at < row->first_at)
        row->first_at = used->first_at;
    if (used->last_at >= row->last_at) {
        row->last_at = used->last_at;
        row->user_id = used->key.user_id;
        row->is_legacy = used->key.is_legacy;
        row->address = usage_text(used->address, used->address_len, arena);
        row->user_agent = usage_text(used->user_agent, used->user_agent_len, arena);
    }
    row->requests += used->count;
    add_to_day(to->by_day, USAGE_DAYS, today, used->day, used->count);
}

static void add_table(const struct uses *uses, size_t count, int64_t today, struct arena *arena,
                      struct token_usage *out)
{
    for (size_t i = 0; uses && uses_count(uses) > 0 && i < count; i++) {
        size_t place = 0;
        const struct used *used;
        while ((used = uses_find(uses, out[i].row.token_key, &place)))
            if (used->count > 0)
                add_used(&out[i], used, today, arena);
    }
}

static void add_memory(struct usage *usage, size_t count, int64_t today, struct arena *arena,
                       struct token_usage *out)
{
    for (size_t i = 0; usage && i < USAGE_SHARDS; i++) {
        struct usage_shard *shard = &usage->shards[i];
        pthread_mutex_lock(&shard->lock);
        add_table(shard->counting, count, today, arena, out);
        add_table(shard->writing, count, today, arena, out);
        pthread_mutex_unlock(&shard->lock);
    }
}

static void add_row(struct token_usage *to, const struct usage_row *row)
{
    struct usage_row *sum = &to->row;
    if (sum->first_at == 0 || row->first_at < sum->first_at)
        sum->first_at = row->first_at;
    if (row->last_at > sum->last_at) {
        sum->last_at = row->last_at;
        sum->address = row->address;
        sum->user_agent = row->user_agent;
    }
    sum->user_id = row->user_id;
    sum->is_legacy = row->is_legacy;
    sum->requests += row->requests;
}

/* At most USAGE_ASKED of them. */
static enum error add_stored(struct db *db, const int64_t *keys, size_t count,
                             enum usage_depth depth, int64_t today, struct arena *arena,
                             struct token_usage *out)
{
    struct usage_list list = {0};
    struct usage_day_list days = {0};
    enum error err = usage_find(db, keys, count, arena, &list);
    if (!err && depth == USAGE_WITH_DAYS && list.count > 0)
        err = usage_find_days(db, keys, count, today - USAGE_DAYS + 1, arena, &days);
    for (size_t i = 0; !err && i < count; i++) {
        for (size_t n = 0; n < list.count; n++)
            if (list.items[n].token_key == keys[i])
                add_row(&out[i], &list.items[n]);
        for (size_t n = 0; n < days.count; n++)
            if (days.items[n].owner == keys[i])
                add_to_day(out[i].by_day, USAGE_DAYS, today, days.items[n].day,
                           days.items[n].requests);
    }
    return err;
}

static enum error read_once(struct worker *w, const int64_t *keys, size_t count,
                            enum usage_depth depth, usec now, struct arena *arena,
                            struct token_usage *out)
{
    enum error err = OK;
    int64_t today = usage_day(now);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct token_usage){
            .row = {.token_key = keys[i], .address = STR(""), .user_agent = STR("")}};
    add_memory(w->shared->usage, count, today, arena, out);
    for (size_t at = 0; !err && at < count; at += USAGE_ASKED) {
        size_t some = count - at < USAGE_ASKED ? count - at : USAGE_ASKED;
        err = add_stored(w->db, keys + at, some, depth, today, arena, out + at);
    }
    return err;
}

enum error usage_of_tokens(struct worker *w, const int64_t *token_keys, size_t count,
                           enum usage_depth depth, usec now, struct arena *arena,
                           struct token_usage *out)
{
    const struct usage *usage = w->shared->usage;
    enum error err = OK;
    for (int i = 0; i < TRIES; i++) {
        uint64_t epoch = epoch_begin(usage);
        err = read_once(w, token_keys, count, depth, now, arena, out);
        if (err || epoch_held(usage, epoch))
            break;
    }
    return err;
}

static void add_organization(struct uses *uses, int64_t organization_id, size_t days, int64_t today,
                             int64_t *out)
{
    for (size_t i = 0; uses && i < uses_count(uses); i++) {
        const struct used *used = uses_at(uses, i);
        if (used->key.organization_id == organization_id)
            add_to_day(out, days, today, used->day, used->count);
    }
}

static enum error read_organization_once(struct worker *w, int64_t organization_id, size_t days,
                                         int64_t today, struct arena *arena, int64_t *out)
{
    struct usage *usage = w->shared->usage;
    struct usage_day_list list = {0};
    memset(out, 0, days * sizeof(out[0]));
    for (size_t i = 0; usage && i < USAGE_SHARDS; i++) {
        struct usage_shard *shard = &usage->shards[i];
        pthread_mutex_lock(&shard->lock);
        add_organization(shard->counting, organization_id, days, today, out);
        add_organization(shard->writing, organization_id, days, today, out);
        pthread_mutex_unlock(&shard->lock);
    }
    enum error err = usage_find_organization_days(w->db, organization_id, today - (int64_t)days + 1,
                                                  arena, &list);
    for (size_t n = 0; n < list.count; n++)
        add_to_day(out, days, today, list.items[n].day, list.items[n].requests);
    return err;
}

enum error usage_of_organization(struct worker *w, int64_t organization_id, size_t days, usec now,
                                 struct arena *arena, int64_t *out)
{
    const struct usage *usage = w->shared->usage;
    enum error err = OK;
    for (int i = 0; i < TRIES; i++) {
        uint64_t epoch = epoch_begin(usage);
        err = read_organization_once(w, organization_id, days, usage_day(now), arena, out);
        if (err || epoch_held(usage, epoch))
            break;
    }
    return err;
}

/* --- Housekeeping ----------------------------------------------------------------------------- */

#define ROWS_AT_ONCE 2000
#define UNUSED_KEPT DAYS(365) /* of a token that has ended */

enum error usage_housekeeping(struct worker *w, usec now)
{
    struct usage *usage = w->shared->usage;
    CLEANUP(txn_rollback) struct txn txn = {0};
    int64_t after = usage ? usage->purged : INT64_MIN;
    int64_t before = usage_day(now) - USAGE_DAYS + 1;
    enum error err = txn_begin(w->db, &txn);
    if (!err)
        err = usage_purge(txn.db, now, before, now - UNUSED_KEPT, ROWS_AT_ONCE, &after);
    if (!err)
        err = usage_purge_organization_days(txn.db, before, ROWS_AT_ONCE);
    if (!err)
        err = txn_commit(&txn);
    if (!err && usage)
        usage->purged = after;
    return err;
}
