#include "db/internal.h"

static struct statement **bucket_of(struct statements *statements, const char *sql)
{
    uint64_t hash = (uint64_t)(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15);
    return &statements->buckets[(hash >> 32) % STATEMENT_BUCKETS];
}

struct statement *statements_find(struct statements *statements, const char *sql)
{
    struct statement *statement = *bucket_of(statements, sql);
    while (statement && (statement->sql != sql || statement->is_in_use))
        statement = statement->next_in_bucket;
    if (statement)
        statement->last_used = ++statements->clock;
    return statement;
}

static struct statement *take_out(struct statements *statements, struct statement *statement)
{
    struct statement **link = bucket_of(statements, statement->sql);
    while (*link != statement)
        link = &(*link)->next_in_bucket;
    *link = statement->next_in_bucket;
    statements->count--;
    return statement;
}

/* NULL when all are in use. */
static struct statement *least_recently_used(struct statements *statements)
{
    struct statement *oldest = NULL;
    for (size_t i = 0; i < STATEMENT_BUCKETS; i++)
        for (struct statement *s = statements->buckets[i]; s; s = s->next_in_bucket)
            if (!s->is_in_use && (!oldest || s->last_used < oldest->last_used))
                oldest = s;
    return oldest;
}

struct statement *statements_add(struct statements *statements, struct statement *statement)
{
    struct statement *victim = NULL;
    if (statements->count >= STATEMENTS_KEPT)
        victim = least_recently_used(statements);
    if (victim)
        take_out(statements, victim);

    struct statement **bucket = bucket_of(statements, statement->sql);
    statement->next_in_bucket = *bucket;
    statement->last_used = ++statements->clock;
    *bucket = statement;
    statements->count++;
    return victim;
}

struct statement *statements_pop(struct statements *statements)
{
    for (size_t i = 0; i < STATEMENT_BUCKETS; i++)
        if (statements->buckets[i])
            return take_out(statements, statements->buckets[i]);
    return NULL;
}
