/*
 * From memory to the database: sorted, so that all nodes lock rows in one order; a transaction for
 * each ENTRIES_AT_ONCE, which is usually one, so that other writers never wait for long.
 */
#include "service/usage_table.h"

#define ENTRIES_AT_ONCE 1000

/* An entry, and in whose writing table it lies. */
struct item {
    struct used *entry;
    struct usage_shard *shard;
};

/* What lies in the writing tables. */
struct sheaf {
    struct item *items; /* in the arena */
    size_t count;
};

/* A shard whose writing table is empty hands over what it counted. */
static bool hand_over(struct usage_shard *shard)
{
    bool was_empty;
    pthread_mutex_lock(&shard->lock);
    was_empty = uses_count(shard->writing) == 0;
    if (was_empty) {
        struct uses *empty = shard->writing;
        shard->writing = shard->counting;
        shard->counting = empty;
    }
    pthread_mutex_unlock(&shard->lock);
    return was_empty;
}

static struct sheaf gather(struct usage *usage, struct arena *arena, bool *is_all)
{
    struct sheaf sheaf = {0};
    size_t most = 0;
    *is_all = true;
    for (size_t i = 0; i < USAGE_SHARDS; i++) {
        *is_all = hand_over(&usage->shards[i]) && *is_all;
        most += uses_count(usage->shards[i].writing);
    }
    if (most == 0)
        return sheaf;
    sheaf.items = arena_alloc(arena, most * sizeof(sheaf.items[0]));
    for (size_t i = 0; i < USAGE_SHARDS; i++) {
        struct uses *writing = usage->shards[i].writing; /* only read by others */
        for (size_t n = 0; n < uses_count(writing); n++) {
            struct used *entry = uses_at(writing, n);
            if (entry->count > 0)
                sheaf.items[sheaf.count++] = (struct item){entry, &usage->shards[i]};
        }
    }
    return sheaf;
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_token_and_day(const void *left, const void *right)
{
    const struct used *a = ((const struct item *)left)->entry;
    const struct used *b = ((const struct item *)right)->entry;
    int order = compare(a->key.token_key, b->key.token_key);
    return order ? order : compare(a->day, b->day);
}

static int by_owner_and_day(const void *left, const void *right)
{
    const struct usage_day_row *a = left, *b = right;
    int order = compare(a->owner, b->owner);
    return order ? order : compare(a->day, b->day);
}

str usage_text(const char *bytes, size_t len, struct arena *arena)
{
    str text = str_of(bytes, len);
    for (int i = 0; i < 3 && len == USES_USER_AGENT_MAX && !str_is_utf8(text); i++)
        text.len--; /* it was cut, perhaps inside a character */
    bool is_utf8 = str_is_utf8(text);
    char *copy = arena_alloc(arena, len + 1);
    if (!is_utf8)
        text.len = len;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_bad = c < 0x20 || c == 0x7F || (c > 0x7F && !is_utf8);
        copy[i] = is_bad ? '?' : bytes[i];
    }
    return str_of(copy, text.len);
}

static void use_row(const struct used *entry, struct arena *arena, struct usage_row *row)
{
    row->last_at = entry->last_at;
    row->address = usage_text(entry->address, entry->address_len, arena);
    row->user_agent = usage_text(entry->user_agent, entry->user_agent_len, arena);
}

/* Entries of a token, from several shards or days, become one row. */
static size_t make_rows(const struct item *items, size_t count, struct arena *arena,
                        struct usage_row *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct used *entry = items[i].entry;
        struct usage_row *row = n > 0 ? &rows[n - 1] : NULL;
        if (!row || row->token_key != entry->key.token_key) {
            row = &rows[n++];
            *row = (struct usage_row){.token_key = entry->key.token_key,
                                      .user_id = entry->key.user_id,
                                      .is_legacy = entry->key.is_legacy,
                                      .first_at = entry->first_at};
            use_row(entry, arena, row);
        }
        row->requests += entry->count;
        if (entry->first_at < row->first_at)
            row->first_at = entry->first_at;
        if (entry->last_at > row->last_at)
            use_row(entry, arena, row);
    }
    return n;
}

/* Sorted rows of one owner and day become one. */
static size_t merge_days(struct usage_day_row *rows, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (n > 0 && by_owner_and_day(&rows[n - 1], &rows[i]) == 0)
            rows[n - 1].requests += rows[i].requests;
        else
            rows[n++] = rows[i];
    }
    return n;
}

static size_t make_days(const struct item *items, size_t count, struct usage_day_row *rows)
{
    for (size_t i = 0; i < count; i++) {
        const struct used *entry = items[i].entry;
        rows[i] = (struct usage_day_row){entry->key.token_key, entry->day, entry->count};
    }
    return merge_days(rows, count);
}

static size_t make_organization_days(const struct item *items, size_t count,
                                     struct usage_day_row *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct used *entry = items[i].entry;
        if (entry->key.organization_id != 0)
            rows[n++] =
                (struct usage_day_row){entry->key.organization_id, entry->day, entry->count};
    }
    if (n > 0)
        qsort(rows, n, sizeof(rows[0]), by_owner_and_day);
    return merge_days(rows, n);
}

/* They are in the database. Their places stay taken until the table is cleared. */
static void forget(struct usage *usage, const struct item *items, size_t count)
{
    for (size_t i = 0; i < USAGE_SHARDS; i++) {
        struct usage_shard *shard = &usage->shards[i];
        pthread_mutex_lock(&shard->lock);
        for (size_t n = 0; n < count; n++)
            if (items[n].shard == shard)
                items[n].entry->count = 0;
        pthread_mutex_unlock(&shard->lock);
    }
}

/* Nobody sees the table, and nobody waits, while it is cleared. */
static void clear(struct usage_shard *shard)
{
    struct uses *written = shard->writing;
    pthread_mutex_lock(&shard->lock);
    shard->writing = NULL;
    pthread_mutex_unlock(&shard->lock);
    uses_clear(written);
    pthread_mutex_lock(&shard->lock);
    shard->writing = written;
    pthread_mutex_unlock(&shard->lock);
}

static enum error write_some(struct usage *usage, const struct item *items, size_t count,
                             struct arena *arena)
{
    struct usage_row *rows = arena_alloc(arena, count * sizeof(rows[0]));
    struct usage_day_row *days = arena_alloc(arena, count * sizeof(days[0]));
    struct usage_day_row *of_organizations = arena_alloc(arena, count * sizeof(days[0]));
    size_t row_count = make_rows(items, count, arena, rows);
    size_t day_count = make_days(items, count, days);
    size_t organization_count = make_organization_days(items, count, of_organizations);

    CLEANUP(txn_rollback) struct txn txn = {0};
    enum error err = txn_begin(usage->db, &txn);
    if (!err)
        err = usage_add(txn.db, rows, row_count);
    if (!err)
        err = usage_add_days(txn.db, days, day_count);
    if (!err)
        err = usage_add_organization_days(txn.db, of_organizations, organization_count);
    if (err)
        return err;
    atomic_fetch_add(&usage->epoch, 1);
    err = txn_commit(&txn);
    if (!err)
        forget(usage, items, count);
    atomic_fetch_add(&usage->epoch, 1);
    return err;
}

enum error usage_write(struct usage *usage, struct arena *arena, bool *is_done)
{
    struct sheaf sheaf = gather(usage, arena, is_done);
    enum error err = OK;
    if (sheaf.count > 0)
        qsort(sheaf.items, sheaf.count, sizeof(sheaf.items[0]), by_token_and_day);
    for (size_t at = 0; !err && at < sheaf.count;) {
        size_t left = sheaf.count - at;
        size_t count = left < ENTRIES_AT_ONCE ? left : ENTRIES_AT_ONCE;
        err = write_some(usage, sheaf.items + at, count, arena);
        at += count;
    }
    if (err) {
        *is_done = false;
        return err;
    }
    for (size_t i = 0; i < USAGE_SHARDS; i++)
        clear(&usage->shards[i]);
    return OK;
}
