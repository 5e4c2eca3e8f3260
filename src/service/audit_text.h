/*
 * Texts for the audit log: what it keeps can be stored and shown, whatever a client sent.
 */
#ifndef LATCHKEY_SERVICE_AUDIT_TEXT_H
#define LATCHKEY_SERVICE_AUDIT_TEXT_H

#include "base/buf.h"
#include "service/audit.h"

/* At most `bytes_max` bytes, cut between characters; what is no UTF-8, and control characters,
 * are '?'. The text itself where there is nothing to mend, else in the arena. */
str audit_clean(struct arena *arena, str text, size_t bytes_max);
/* {"role":{"before":"member","after":"owner"}}; null for a side that is empty. */
str audit_details(struct arena *arena, const struct audit_fact *facts, size_t count);
/* A JSON text with its quotes (RFC 8259 7); `text` is UTF-8. */
void json_quote(struct buf *to, str text);

#endif
