/*
 * Signing keys, sealed. The state says what a key is still good for.
 */
#ifndef LATCHKEY_STORE_SIGNING_KEYS_H
#define LATCHKEY_STORE_SIGNING_KEYS_H

#include "db/db.h"

enum key_state {
    KEY_NEXT = 1,     /* published, verifies, not yet signing */
    KEY_CURRENT = 2,  /* signs and verifies */
    KEY_RETIRING = 3, /* verifies */
    KEY_RETIRED = 4,  /* neither; kept for the record */
};

struct signing_key_row {
    str kid;       /* "" for Label Studio's SECRET_KEY */
    str algorithm; /* "HS256", … */
    enum key_state state;
    str sealed;
    usec created_at;
    usec changed_at; /* when it came into its state; of a key that was always in it, created_at */
};

#define SIGNING_KEYS_MAX 16 /* that are not retired */

struct signing_key_list {
    struct signing_key_row *items; /* in the arena */
    size_t count;
};

/* Inside a transaction: no other one changes the keys until it ends. There must be a key. */
enum error signing_keys_lock(struct db *db) MUST_CHECK;
enum error signing_keys_insert(struct db *db, const struct signing_key_row *row) MUST_CHECK;
enum error signing_keys_set_state(struct db *db, str kid, enum key_state state,
                                  usec now) MUST_CHECK;
enum error signing_keys_find(struct db *db, str kid, struct arena *arena,
                             struct signing_key_row *out) MUST_CHECK;
/* All but the retired ones, oldest first; ERR_LIMIT when there are more than SIGNING_KEYS_MAX. */
enum error signing_keys_list(struct db *db, struct arena *arena,
                             struct signing_key_list *out) MUST_CHECK;
/* Of all states, oldest first; the newest `limit` of them. */
enum error signing_keys_list_all(struct db *db, int64_t limit, struct arena *arena,
                                 struct signing_key_list *out) MUST_CHECK;
/* PATs that live and were signed with the key. Reads every living one. */
enum error signing_keys_count_living_pats(struct db *db, str kid, usec now,
                                          int64_t *out) MUST_CHECK;

#endif
