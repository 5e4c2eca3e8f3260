/*
 * Whose tokens are in reach: one's own; for administrators, those of their organization's members
 * who do not stand above them and do not act in another organization; for the operator,
 * everybody's.
 */
#ifndef LATCHKEY_SERVICE_TOKEN_REACH_H
#define LATCHKEY_SERVICE_TOKEN_REACH_H

#include "auth/principal.h"
#include "db/db.h"

/* ERR_NOT_FOUND  out of reach, as if there were none */
enum error token_reach(struct db *db, const struct principal *who, int64_t user_id) MUST_CHECK;

#endif
