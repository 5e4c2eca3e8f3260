/*
 * Whether who administers still does.
 *
 * Who a caller is was found out before the transaction, often from memory; he may have been
 * demoted, removed or deactivated since. So each administrative change asks again inside its
 * transaction, with the organization's row held: whoever takes the right away holds that row too,
 * and comes before or after, never between. One's own account and tokens need no right, and cost no
 * look.
 *
 * A transaction that changes the organization's row, or a user's, takes it before it asks here: to
 * hold it for others to read, and want more later, is how two wait for each other.
 */
#ifndef LATCHKEY_SERVICE_AUTHORITY_H
#define LATCHKEY_SERVICE_AUTHORITY_H

#include "auth/principal.h"
#include "db/db.h"

/*
 * `who` was found to administer the organization, and still is an active member of it with at least
 * the role that was found. The operator always.
 * ERR_FORBIDDEN  no more, or not by any means
 */
enum error authority_hold(struct txn *txn, const struct principal *who,
                          int64_t organization_id) MUST_CHECK;
/* The same over a user's tokens, which must still be in reach (token_reach.h). OK: they are one's
 * own, or `who` is the operator. ERR_FORBIDDEN, ERR_NOT_FOUND */
enum error authority_over_tokens(struct txn *txn, const struct principal *who,
                                 int64_t user_id) MUST_CHECK;
/*
 * Over an account as such, which is one in all organizations it belongs to: `who` must administer
 * each of them, and stand above the user there (owners: or beside). After the statements that lock
 * organizations.
 * ERR_NOT_FOUND  no member of the organization that `who` acts in; ERR_FORBIDDEN  not above him
 * there ERR_ELSEWHERE  not so in another one
 */
enum error authority_over_account(struct txn *txn, const struct principal *who, int64_t user_id,
                                  struct arena *arena) MUST_CHECK;

#endif
