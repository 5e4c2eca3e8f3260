/*
 * Everybody's tokens in an organization, page by page, in any order that an administrator may want.
 *
 * Where the organization has few members its tokens are gathered and sorted. Where it has many, an
 * index gives all tokens in the wanted order, and those of others are left out; a filter that fits
 * hardly any token would then read them all, so only a window of the index is looked through.
 */
#ifndef LATCHKEY_STORE_TOKEN_ROLL_H
#define LATCHKEY_STORE_TOKEN_ROLL_H

#include "store/members.h"
#include "store/tokens.h"

enum roll_order {
    BY_CREATED,
    BY_CREATED_DOWN,
    BY_END,
    BY_END_DOWN,
    BY_USE,      /* never used ones first, */
    BY_USE_DOWN, /* … or last */
    BY_NAME,
    ROLL_ORDER_COUNT
};

enum roll_state { ROLL_LIVING = 1, ROLL_ENDED = 2 };

struct roll_filter {
    int64_t organization_id;
    int64_t user_id; /* 0: of everybody */
    int64_t kind;    /* DB_NULL_I64: any */
    int64_t state;   /* enum roll_state; DB_NULL_I64: any. One in its grace lives. */
    bool never_used;
    usec unused_since; /* neither used nor made after it; DB_NULL_I64: any */
    usec ends_before;  /* DB_NULL_I64: any */
    str like;          /* LIKE pattern ('!' escapes) for name, hint, or user's e-mail; empty: any */
    usec now;
};

/* A place in an order: the value that it goes by, and what tells equals apart. */
struct roll_place {
    usec time;
    str name; /* BY_NAME: in place of the time */
    str id;   /* by use, where it is indexed: the token's key, in decimal */
};

/* What is shown beside a token. */
struct roll_entry {
    str id;
    struct roll_place place;
    str email, first_name, last_name;
    bool is_service;
    enum role role; /* in the organization */
};

struct roll_page {
    struct roll_entry *items; /* in the arena */
    size_t count;
};

/* Up to `limit` after the place, which is NULL for the first. For few members, or one user. */
enum error roll_gather(struct db *db, enum roll_order order, const struct roll_filter *filter,
                       const struct roll_place *after, int64_t limit, struct arena *arena,
                       struct roll_page *out) MUST_CHECK;
/* The same by the index, up to and with `last`. By use: only those that were used. */
enum error roll_scan(struct db *db, enum roll_order order, const struct roll_filter *filter,
                     const struct roll_place *after, const struct roll_place *last, int64_t limit,
                     struct arena *arena, struct roll_page *out) MUST_CHECK;
/*
 * The place `count` index entries after `after`, or the last one; *is_full: there were as many.
 * ERR_NOT_FOUND  there is none after it
 */
enum error roll_window(struct db *db, enum roll_order order, const struct roll_place *after,
                       int64_t count, struct arena *arena, struct roll_place *out,
                       bool *is_full) MUST_CHECK;

/* How many fit, of few members or one user. */
enum error roll_count(struct db *db, const struct roll_filter *filter, int64_t *out) MUST_CHECK;

#endif
