/*
 * What tokens did: when first and last, from where, and how many requests on which day.
 *
 * Several nodes write the same rows: everything is added to what is there, and the latest use wins.
 * Rows exist only for tokens that are stored and have a user, and for legacy tokens.
 */
#ifndef LATCHKEY_STORE_USAGE_H
#define LATCHKEY_STORE_USAGE_H

#include "db/db.h"

/*
 * For statements on the table `tokens` that show, sort by, or ask for its use. Literals, to be put
 * between others:
 *
 *     "SELECT …, COALESCE(usage.last_at, 0) FROM tokens" USAGE_JOIN "WHERE … AND " USAGE_NEVER
 *     "… AND " USAGE_UNUSED_SINCE " < $4"      -- not used since; never used: made before that
 *
 * What was counted in the last seconds is not there yet: usage_flush_now (service/usage.h) first,
 * where a token that was used just now must not be taken for an unused one.
 */
#define USAGE_JOIN " LEFT JOIN usage ON usage.token_key = tokens.token_key "
#define USAGE_NEVER "usage.token_key IS NULL"
#define USAGE_UNUSED_SINCE "COALESCE(usage.last_at, tokens.created_at)"
/* The last use of any token of a user; NULL: none. For statements on the table `users`. */
#define USAGE_LAST_OF_USER "(SELECT MAX(usage.last_at) FROM usage WHERE usage.user_id = users.id)"

#define USAGE_ADDRESS_MAX 45     /* bytes */
#define USAGE_USER_AGENT_MAX 200 /* bytes */

struct usage_row {
    int64_t token_key;
    int64_t user_id;
    bool is_legacy;
    usec first_at, last_at;
    str address, user_agent; /* of the last use; may be empty */
    int64_t requests;
};
struct usage_list {
    struct usage_row *items; /* in the arena */
    size_t count;
};

struct usage_day_row {
    int64_t owner; /* token_key, or an organization's id */
    int64_t day;   /* since 1970, UTC */
    int64_t requests;
};
struct usage_day_list {
    struct usage_day_row *items; /* in the arena */
    size_t count;
};

/*
 * Add to what is there. Rows are sorted by key (and day), each once: nodes that lock the same rows
 * in the same order never wait for each other in a circle. Of tokens that are not stored, or belong
 * to nobody, nothing is kept; of a stored one's row the user is the token's, whatever `user_id`
 * says.
 */
enum error usage_add(struct db *db, const struct usage_row *rows, size_t count) MUST_CHECK;
enum error usage_add_days(struct db *db, const struct usage_day_row *rows, size_t count) MUST_CHECK;
enum error usage_add_organization_days(struct db *db, const struct usage_day_row *rows,
                                       size_t count) MUST_CHECK;

/* Those of the keys that were ever used, in no order. One statement for up to USAGE_ASKED. */
#define USAGE_ASKED 200
enum error usage_find(struct db *db, const int64_t *token_keys, size_t count, struct arena *arena,
                      struct usage_list *out) MUST_CHECK;
/* Their days with from_day <= day, in no order; up to USAGE_ASKED keys. */
enum error usage_find_days(struct db *db, const int64_t *token_keys, size_t count, int64_t from_day,
                           struct arena *arena, struct usage_day_list *out) MUST_CHECK;
enum error usage_find_organization_days(struct db *db, int64_t organization_id, int64_t from_day,
                                        struct arena *arena, struct usage_day_list *out) MUST_CHECK;

/*
 * Looks at the next `limit` rows after the key `*after`, in the order of keys: deletes days before
 * `before_day`, and all of tokens that are no more: their user is deleted, or they have ended and
 * were last used before `unused_since`. `*after` is moved; INT64_MIN once the last row was seen.
 */
enum error usage_purge(struct db *db, usec now, int64_t before_day, usec unused_since,
                       int64_t limit, int64_t *after) MUST_CHECK;
/* Days of organizations before `before_day`, at most `limit` of them. */
enum error usage_purge_organization_days(struct db *db, int64_t before_day,
                                         int64_t limit) MUST_CHECK;

#endif
