/*
 * Webhooks: which address wants to hear of what, and what is still to be told to it.
 */
#ifndef LATCHKEY_STORE_WEBHOOKS_H
#define LATCHKEY_STORE_WEBHOOKS_H

#include "db/db.h"

struct webhook_row {
    str id;
    int64_t organization_id;
    str url;
    str events; /* names, one space apart; "*": all, "token.*": all of a kind */
    str description;
    str sealed; /* its secret */
    bool is_enabled;
    usec created_at;
    int64_t created_by; /* 0: the operator */
    usec failing_since; /* 0: the last attempt went well, or there was none */
};

struct webhook_list {
    struct webhook_row *items; /* in the arena */
    size_t count;
};

enum error webhooks_insert(struct db *db, const struct webhook_row *row) MUST_CHECK;
enum error webhooks_find(struct db *db, str id, struct arena *arena,
                         struct webhook_row *out) MUST_CHECK;
/* Oldest first; there are few in an organization. */
enum error webhooks_list(struct db *db, int64_t organization_id, struct arena *arena,
                         struct webhook_list *out) MUST_CHECK;
enum error webhooks_count(struct db *db, int64_t organization_id, int64_t *out) MUST_CHECK;
/* URL, events, description, sealed, is_enabled. */
enum error webhooks_update(struct db *db, const struct webhook_row *row) MUST_CHECK;
/* 0: it does not fail (any more). An earlier time stays. */
enum error webhooks_set_failing(struct db *db, str id, usec since) MUST_CHECK;
/* With all that was still to be told. */
enum error webhooks_delete(struct db *db, str id) MUST_CHECK;

struct delivery_row {
    str id; /* the header webhook-id, the same at each attempt */
    str webhook_id;
    int64_t organization_id; /* of what is due; else 0 */
    str event;
    str body;
    usec created_at;
    int64_t attempts;
    usec attempted_at; /* the last one; 0: none yet */
    usec next_at;      /* 0: delivered, or given up */
    usec delivered_at; /* 0: not yet, or never */
    int64_t status;    /* of the last answer; 0: there was none */
    str problem;       /* of the last attempt; empty: none */
};

struct delivery_list {
    struct delivery_row *items; /* in the arena */
    size_t count;
};

enum error deliveries_insert(struct db *db, const struct delivery_row *row) MUST_CHECK;
/* How many of the webhook wait; counts up to `most`. */
enum error deliveries_count_waiting(struct db *db, str webhook_id, int64_t most,
                                    int64_t *out) MUST_CHECK;
/* Newest first, before (created_at, id), without the bodies. */
enum error deliveries_list(struct db *db, str webhook_id, usec before_created_at, str before_id,
                           int64_t limit, struct arena *arena,
                           struct delivery_list *out) MUST_CHECK;
/* The one that was tried last. ERR_NOT_FOUND: nothing was tried yet. */
enum error deliveries_last(struct db *db, str webhook_id, struct arena *arena,
                           struct delivery_row *out) MUST_CHECK;
/*
 * Of each enabled webhook the one that has waited longest, at most `of_each` of an organization and
 * `limit` of all: first the first of every organization, then the second ones, so that none is kept
 * waiting by how many another has. Within one, those that fail come after those that don't.
 */
enum error deliveries_due(struct db *db, usec now, int64_t of_each, int64_t limit,
                          struct arena *arena, struct delivery_list *out) MUST_CHECK;
/*
 * Takes a delivery that waits for `next_at`, until `until`: another node finds it taken, and it
 * comes up again if we die. Counts the attempt, and forgets what came of the one before.
 */
enum error deliveries_claim(struct db *db, str id, usec next_at, usec until, usec now,
                            bool *taken) MUST_CHECK;
/* What came of it: next_at, delivered_at, status, problem. */
enum error deliveries_settle(struct db *db, const struct delivery_row *row) MUST_CHECK;
/* Delivered or given up, and older than that. */
enum error deliveries_purge(struct db *db, usec older_than) MUST_CHECK;

#endif
