/*
 * Reading the audit log: pages for people, all of it for machines.
 */
#ifndef LATCHKEY_SERVICE_AUDIT_READ_H
#define LATCHKEY_SERVICE_AUDIT_READ_H

#include "base/buf.h"
#include "service/context.h"
#include "store/audit_events.h"

struct audit_query {
    struct audit_filter filter;
    bool is_upwards; /* oldest first */
    int64_t place;   /* only above it, or, downwards, below it; 0: from the end */
};

/*
 * Owners and administrators of filter.organization_id see that one's entries; the operator sees
 * all, with 0 also those of none.
 * ERR_FORBIDDEN
 */
enum error audit_page(struct worker *w, const struct principal *who,
                      const struct audit_query *query, int64_t limit, struct arena *arena,
                      struct audit_list *out) MUST_CHECK;

enum audit_form { AUDIT_NDJSON, AUDIT_CSV };
/*
 * Everything that fits, up to what was the last entry when this began, in a memory that does not
 * grow with it. `write` is given whole entries at a time; its error ends the export.
 */
struct audit_export {
    struct audit_query query;
    enum audit_form form;
    enum error (*write)(void *context, str chunk);
    void *context;
};
enum error audit_export(struct worker *w, const struct principal *who,
                        const struct audit_export *order) MUST_CHECK;

/*
 * A filter's pattern from a kind's name or "token.*".
 * ERR_NOT_FOUND  nothing is called so
 */
enum error audit_event_pattern(str name, struct arena *arena, str *out) MUST_CHECK;
/* … from a text that is looked for. */
str audit_text_pattern(str text, struct arena *arena);

/* As the API shows an entry: one JSON object on one line. */
void audit_write_json(struct buf *to, const struct audit_row *row);
/*
 * As a row of RFC 4180. A text that a spreadsheet would take for a formula has a ' before it.
 */
void audit_write_csv(struct buf *to, const struct audit_row *row);
str audit_csv_header(void);

#endif
