/*
 * Signing keys, sealed. The state says what a key is still good for.
 */
#ifndef LATCHKEY_STORE_SIGNING_KEYS_H
#define LATCHKEY_STORE_SIGNING_KEYS_H

#include "db/db.h"

enum key_state {
    KEY_NEXT = 1,     /* published, not yet signing */
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
};

struct signing_key_list {
    struct signing_key_row items[16];
    size_t count;
};

enum error signing_keys_insert(struct db *db, const struct signing_key_row *row) MUST_CHECK;
enum error signing_keys_set_state(struct db *db, str kid, enum key_state state) MUST_CHECK;
/* All but the retired ones, oldest first; ERR_LIMIT when there are more than the list holds. */
enum error signing_keys_list(struct db *db, struct arena *arena,
                             struct signing_key_list *out) MUST_CHECK;

#endif
