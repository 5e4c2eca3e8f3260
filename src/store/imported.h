/*
 * What an import last saw of each row of Label Studio's database, as a fingerprint: so that the
 * next one can tell what was changed there from what was changed here.
 */
#ifndef LATCHKEY_STORE_IMPORTED_H
#define LATCHKEY_STORE_IMPORTED_H

#include "db/db.h"

/* As stored. */
enum imported_kind {
    IMPORTED_DATABASE = 1, /* id: 0; which Label Studio it was */
    IMPORTED_ORGANIZATION = 2,
    IMPORTED_INVITATION = 3, /* id: the organization's */
    IMPORTED_SETTINGS = 4,   /* id: the organization's */
    IMPORTED_USER = 5,
    IMPORTED_MEMBER = 6, /* id: of our row; only for memberships that had ended */
};

struct imported_row {
    int64_t id;
    int64_t fingerprint;
};

struct imported_list {
    struct imported_row *items; /* in the arena, by id */
    size_t count;
};

/* Adds them, or changes the fingerprints of those that are there. */
enum error imported_save(struct db *db, enum imported_kind kind, const struct imported_row *rows,
                         size_t count) MUST_CHECK;
/* Those with after < id <= up_to. */
enum error imported_between(struct db *db, enum imported_kind kind, int64_t after, int64_t up_to,
                            struct arena *arena, struct imported_list *out) MUST_CHECK;
/* ERR_NOT_FOUND  it was never imported */
enum error imported_find(struct db *db, enum imported_kind kind, int64_t id,
                         int64_t *fingerprint) MUST_CHECK;

#endif
