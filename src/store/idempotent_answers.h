/*
 * Answers that are given again when the same is asked twice. Sealed, since they hold secrets.
 */
#ifndef LATCHKEY_STORE_IDEMPOTENT_ANSWERS_H
#define LATCHKEY_STORE_IDEMPOTENT_ANSWERS_H

#include "db/db.h"

struct idempotent_answer {
    int64_t user_id; /* who asked, or whose it is; 0: the operator */
    str key;         /* the caller's; of our own ones the first character is a blank */
    str fingerprint; /* of what was asked */
    int64_t status;  /* of the answer; 0: the first one is still at work */
    str sealed;
    usec created_at;
};

/* *added: nobody had that key of that user before. */
enum error idempotent_answers_add(struct db *db, const struct idempotent_answer *answer,
                                  bool *added) MUST_CHECK;
enum error idempotent_answers_find(struct db *db, int64_t user_id, str key, struct arena *arena,
                                   struct idempotent_answer *out) MUST_CHECK;
/* The answer of one that was at work since answer->created_at. */
enum error idempotent_answers_finish(struct db *db,
                                     const struct idempotent_answer *answer) MUST_CHECK;
/* One that was added at that time; *removed: it was there. */
enum error idempotent_answers_remove(struct db *db, int64_t user_id, str key, usec created_at,
                                     bool *removed) MUST_CHECK;
enum error idempotent_answers_purge(struct db *db, usec created_before) MUST_CHECK;

#endif
