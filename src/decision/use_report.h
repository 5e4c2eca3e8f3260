/*
 * How uses travel from an nginx worker to the daemon: one datagram, several entries.
 *
 * Both are on one machine; bytes are in its order. Whoever may write to the socket may claim any
 * counts, and nothing else: what is read is bounded and has no meaning beyond numbers and texts.
 */
#ifndef LATCHKEY_DECISION_USE_REPORT_H
#define LATCHKEY_DECISION_USE_REPORT_H

#include "base/error.h"
#include "decision/uses.h"

#define USE_REPORT_MAX 32768 /* bytes of a datagram */

/* Begins a report in `to`, which has USE_REPORT_MAX; gives its length. */
size_t use_report_begin(char *to);
/* False: the entry does not fit any more, and the report is as it was. */
bool use_report_add(char *to, size_t *len, const struct used *entry);

/* ERR_MALFORMED: no report of this version. `rest` are its entries. */
enum error use_report_open(str report, str *rest) MUST_CHECK;
/*
 * The next entry; its texts point into the report.
 * ERR_NOT_FOUND: no more; ERR_MALFORMED: cut short, or numbers that cannot be
 */
enum error use_report_next(str *rest, struct use *out) MUST_CHECK;

#endif
