/*
 * What the audit log's MACs are over. Pure functions.
 */
#ifndef LATCHKEY_SERVICE_AUDIT_CHAIN_H
#define LATCHKEY_SERVICE_AUDIT_CHAIN_H

#include "crypto/mac.h"
#include "store/audit_events.h"

/*
 * The MAC of an entry: over the MAC of the one before and every field in the order of the columns,
 * each with its length before it (a number is 8 bytes, the first one the most significant), so that
 * nothing can be moved from one field to the next. `row->mac` is not looked at.
 */
void audit_mac(const struct mac_key *key, str mac_before, const struct audit_row *row,
               unsigned char out[MAC_BYTES]);
/* The head's: other bytes than an entry's, so that no entry's MAC can stand in for it. */
void audit_seal(const struct mac_key *key, int64_t number, str mac, unsigned char out[MAC_BYTES]);

#endif
