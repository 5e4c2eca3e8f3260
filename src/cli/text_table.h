/*
 * Tables for people: columns that line up, cut to the terminal only when there is one.
 */
#ifndef LATCHKEY_CLI_TEXT_TABLE_H
#define LATCHKEY_CLI_TEXT_TABLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#define TABLE_COLUMNS_MAX 12

struct table_line;

struct text_table {
    struct arena *arena; /* the cells' copies live there */
    size_t columns;
    struct table_line *first, *last;
    size_t widths[TABLE_COLUMNS_MAX]; /* of the widest cell, in code points */
};

/* The headings are the first line. */
void table_begin(struct text_table *table, struct arena *arena, const char *const *headings,
                 size_t columns);
/* As many cells as there are columns; control characters are shown as '?'. */
void table_add(struct text_table *table, const str *cells);
#define TABLE_ADD(table, ...) table_add((table), (const str[]){__VA_ARGS__})

/* `width` 0: as wide as it is. Else the widest columns give way, and what is cut ends in '…'. */
void table_write(const struct text_table *table, size_t width, struct buf *out);
/* The same to standard output. */
void table_print(const struct text_table *table);

#endif
