/*
 * How many tokens an organization has, of which kind and age. Every row of every member is read:
 * the service keeps what it gets for a while.
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

enum error token_figures_read(struct db *db, int64_t organization_id, usec now,
                              struct token_figures *out) MUST_CHECK;

#endif
