/*
 * Legacy tokens: found by their MAC, shown again from a sealed copy. One a user.
 */
#ifndef LATCHKEY_STORE_LEGACY_TOKENS_H
#define LATCHKEY_STORE_LEGACY_TOKENS_H

#include "db/db.h"

struct legacy_token_row {
    int64_t user_id;
    str mac;    /* 32 bytes, keyed: the text can't be guessed from it */
    str sealed; /* the text, sealed for its user */
    usec created_at;
};

/* Replaces the user's. ERR_CONFLICT if another user has the same. */
enum error legacy_tokens_save(struct db *db, const struct legacy_token_row *row) MUST_CHECK;
enum error legacy_tokens_find(struct db *db, int64_t user_id, struct arena *arena,
                              struct legacy_token_row *out) MUST_CHECK;
enum error legacy_tokens_find_by_mac(struct db *db, str mac, struct arena *arena,
                                     struct legacy_token_row *out) MUST_CHECK;
struct legacy_token_list {
    struct legacy_token_row *items; /* in the arena */
    size_t count;
};
/* Those of users with after < id <= up_to, by user. */
enum error legacy_tokens_list_between(struct db *db, int64_t after, int64_t up_to,
                                      struct arena *arena,
                                      struct legacy_token_list *out) MUST_CHECK;
enum error legacy_tokens_delete(struct db *db, int64_t user_id) MUST_CHECK;

#endif
