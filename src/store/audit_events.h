/*
 * The audit log's rows: only ever added, one after the other. What the MACs are over, and what an
 * entry says, is service/audit.h's.
 */
#ifndef LATCHKEY_STORE_AUDIT_EVENTS_H
#define LATCHKEY_STORE_AUDIT_EVENTS_H

#include "db/db.h"

struct audit_row {
    int64_t number; /* from 1, without gaps */
    usec at;
    str event;
    int64_t organization_id; /* 0: of none */
    str actor_kind;
    int64_t actor_id; /* 0: none */
    str actor_name;
    str credential;
    str credential_id;
    str address;
    str user_agent;
    str subject_kind;
    str subject_id;
    str subject_name;
    int64_t subject_user_id; /* 0: nobody's */
    str details;             /* a JSON object */
    str mac;
};

/* What the log ends with. */
struct audit_head {
    int64_t number; /* 0: nothing was noted yet */
    str mac;        /* of the last entry; empty: none */
    str seal;       /* over both; empty: nothing was noted yet */
};

/* What a new entry needs to know. */
struct audit_turn {
    int64_t number; /* the new one's */
    str mac;        /* of the one before; empty: none */
    str email;      /* of the user who acts; empty: there is no such user */
    bool is_service;
    bool has_webhooks; /* somebody of the organization may want to hear of it */
};

/* The next number. Holds off all other writers of the log until the transaction ends. */
enum error audit_head_take(struct db *db, int64_t actor_id, int64_t organization_id,
                           struct arena *arena, struct audit_turn *out) MUST_CHECK;
enum error audit_events_insert(struct db *db, const struct audit_row *row) MUST_CHECK;
/* After the insert. */
enum error audit_head_set(struct db *db, int64_t number, str mac, str seal) MUST_CHECK;
enum error audit_head_find(struct db *db, struct arena *arena, struct audit_head *out) MUST_CHECK;

struct audit_list {
    struct audit_row *items; /* in the arena */
    size_t count;
};

/* In order of number, those above `after`: for the walk along the chain. */
enum error audit_events_walk(struct db *db, int64_t after, int64_t limit, struct arena *arena,
                             struct audit_list *out) MUST_CHECK;

/* What is looked for. An empty text and a zero: whatever it is. */
struct audit_filter {
    int64_t organization_id; /* 0: of all and of none */
    str event;               /* a pattern of LIKE, '!' before what is no wildcard */
    int64_t actor_id;
    int64_t subject_user_id;
    int64_t user_id; /* the one or the other */
    str subject_id;
    str text;          /* such a pattern; within names and addresses, letter case apart */
    usec since, until; /* since <= at < until; until 0: no end */
};
/* Above (below) `place` in order of number, upwards (downwards), at most `limit`. */
enum error audit_events_up(struct db *db, const struct audit_filter *filter, int64_t place,
                           int64_t limit, struct arena *arena, struct audit_list *out) MUST_CHECK;
enum error audit_events_down(struct db *db, const struct audit_filter *filter, int64_t place,
                             int64_t limit, struct arena *arena, struct audit_list *out) MUST_CHECK;

#endif
