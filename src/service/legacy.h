/*
 * Legacy tokens: one a user from birth, readable by its owner, replaced at once on reset.
 * Reading and resetting work also while the kind is switched off.
 */
#ifndef LATCHKEY_SERVICE_LEGACY_H
#define LATCHKEY_SERVICE_LEGACY_H

#include "service/context.h"

/* The user's own, or by the operator. Made when it is missing. The text is a secret.
 * ERR_FORBIDDEN: a service account has none. */
enum error legacy_token_read(struct worker *w, const struct principal *who, int64_t user_id,
                             usec now, struct arena *arena, str *out) MUST_CHECK;
enum error legacy_token_reset(struct worker *w, const struct principal *who, int64_t user_id,
                              usec now, struct arena *arena, str *out) MUST_CHECK;

/* Inside a transaction: gives a user the token `text`, or a new one if it is empty. */
enum error legacy_token_put(const struct shared *shared, struct db *txn_db, int64_t user_id,
                            str text, usec now, struct arena *arena, str *out) MUST_CHECK;

#endif
