/*
 * Tokens whose end is near, in order of their ends: for those who want to be told in time.
 */
#ifndef LATCHKEY_STORE_EXPIRING_TOKENS_H
#define LATCHKEY_STORE_EXPIRING_TOKENS_H

#include "db/db.h"
#include "store/tokens.h"

struct expiring_token {
    str id;
    str name;
    enum token_kind kind;
    usec expires_at;
    int64_t user_id;
    str email;
    int64_t organization_id; /* that the user acts in; 0: none */
};

struct expiring_list {
    struct expiring_token *items; /* in the arena */
    size_t count;
};

/*
 * Neither revoked nor replaced, with (after, after_id) < (end, id) and end <= up_to, of which
 * nobody was told `days` before or later, and which were made to live for longer than that.
 */
enum error expiring_tokens_list(struct db *db, usec after, str after_id, usec up_to, int64_t days,
                                int64_t limit, struct arena *arena,
                                struct expiring_list *out) MUST_CHECK;
/* True for one caller alone, of all nodes. */
enum error expiring_tokens_mark(struct db *db, str id, int64_t days, bool *is_first) MUST_CHECK;

#endif
