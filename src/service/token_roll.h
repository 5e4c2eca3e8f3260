/*
 * Everybody's tokens in an organization, for its administrators: lists in any order, one by id,
 * and how many there are.
 *
 * With ten million tokens a page costs what it costs with ten thousand: what a filter hardly ever
 * fits is looked for in a bounded part of the index, and the page may then be short, or empty, and
 * have a next one all the same.
 */
#ifndef LATCHKEY_SERVICE_TOKEN_ROLL_H
#define LATCHKEY_SERVICE_TOKEN_ROLL_H

#include "service/context.h"
#include "store/token_figures.h"
#include "store/token_roll.h"

struct roll_cursor {
    bool is_start;
    bool is_unused; /* in an order by use: among those that were never used */
    struct roll_place place;
};

struct token_roll {
    struct roll_entry *entries; /* in the arena */
    struct token_row *rows;     /* side by side with them */
    size_t count;
    bool has_more;
    struct roll_cursor next; /* if it has */
    int64_t total;           /* DB_NULL_I64: too dear to count */
};

/* `filter->like` is what was typed. ERR_FORBIDDEN; ERR_MALFORMED: the cursor is of another list. */
enum error token_roll_read(struct worker *w, const struct principal *who, enum roll_order order,
                           const struct roll_filter *filter, const struct roll_cursor *after,
                           int64_t limit, struct arena *arena, struct token_roll *out) MUST_CHECK;
/* ERR_FORBIDDEN; ERR_NOT_FOUND: none such, or not of one of its members. `out` has one entry. */
enum error token_roll_show(struct worker *w, const struct principal *who, int64_t organization_id,
                           str id, struct arena *arena, struct token_roll *out) MUST_CHECK;

/*
 * Counted, or in an organization of more than FEW_MEMBERS estimated from as many of them, for a
 * page must not wait until ten million tokens were read. Kept for twenty times as long as it took.
 */
struct token_summary {
    struct token_figures figures;
    usec as_of;
    bool is_estimate;
};
/* ERR_FORBIDDEN */
enum error token_summary_read(struct worker *w, const struct principal *who,
                              int64_t organization_id, usec now,
                              struct token_summary *out) MUST_CHECK;

#endif
