/*
 * How many tokens an organization has, of which kind and age. Every token of the members that are
 * asked for is read: of a large organization the service asks for some of them.
 */
#ifndef LATCHKEY_STORE_TOKEN_FIGURES_H
#define LATCHKEY_STORE_TOKEN_FIGURES_H

#include "db/db.h"

/* Days since it was made: up to 7, 30, 90, 365, and more. */
#define TOKEN_AGES 5

/* Living tokens of members who can act, one kind. */
struct kind_figures {
    int64_t tokens, people;
    int64_t by_age[TOKEN_AGES];
};

/* Plain numbers: it is kept as its bytes. */
struct token_figures {
    struct kind_figures pat, api_key;
    int64_t legacy; /* members with a legacy token */
    int64_t never_used, unused_90d, expiring_14d;
};

/* Adds those of the members with from <= user id <= up_to. */
enum error token_figures_add(struct db *db, int64_t organization_id, int64_t from, int64_t up_to,
                             usec now, struct token_figures *figures) MUST_CHECK;

/* Memberships, removed ones too. */
struct member_range {
    int64_t first, last; /* user ids */
    int64_t count;
};
/* Of all. ERR_NOT_FOUND: none */
enum error member_range_all(struct db *db, int64_t organization_id,
                            struct member_range *out) MUST_CHECK;
/* Of the next `count` from that user id on. ERR_NOT_FOUND: none */
enum error member_range_from(struct db *db, int64_t organization_id, int64_t user_id, int64_t count,
                             struct member_range *out) MUST_CHECK;

#endif
