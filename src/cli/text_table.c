#include "cli/text_table.h"

#include <assert.h>

#include "cli/say.h"

#define GAP 2
#define NARROWEST 6 /* columns that give way keep as many */

struct table_line {
    struct table_line *next;
    str *cells;
};

/* A code point is taken for one column, broken UTF-8 for one a byte. */
static size_t width_of(str s)
{
    return str_is_utf8(s) ? str_utf8_length(s) : s.len;
}

void table_begin(struct text_table *table, struct arena *arena, const char *const *headings,
                 size_t columns)
{
    assert(columns <= TABLE_COLUMNS_MAX);
    *table = (struct text_table){.arena = arena, .columns = columns};
    str cells[TABLE_COLUMNS_MAX] = {STR("")};
    for (size_t i = 0; i < columns; i++)
        cells[i] = str_from(headings[i]);
    table_add(table, cells);
}

void table_add(struct text_table *table, const str *cells)
{
    struct table_line *line = ARENA_NEW(table->arena, struct table_line);
    line->cells = ARENA_ARRAY(table->arena, str, table->columns);
    for (size_t i = 0; i < table->columns; i++) {
        line->cells[i] = say_safely(table->arena, cells[i]);
        size_t width = width_of(line->cells[i]);
        if (width > table->widths[i])
            table->widths[i] = width;
    }
    if (table->last)
        table->last->next = line;
    else
        table->first = line;
    table->last = line;
}

/* Takes from the widest column, one place at a time, until the line fits or nothing gives way. */
static void fit(size_t *widths, size_t columns, size_t width)
{
    size_t total = (columns - 1) * GAP;
    for (size_t i = 0; i < columns; i++)
        total += widths[i];
    while (total > width) {
        size_t widest = 0;
        for (size_t i = 1; i < columns; i++)
            if (widths[i] > widths[widest])
                widest = i;
        if (widths[widest] <= NARROWEST)
            return;
        widths[widest]--;
        total--;
    }
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The first `count` code points. */
static str first_points(str s, size_t count)
{
    size_t at = 0;
    bool utf8 = str_is_utf8(s);
    for (; at < s.len && count > 0; count--) {
        at++;
        while (utf8 && at < s.len && is_continuation(s.ptr[at]))
            at++;
    }
    return str_slice(s, 0, at);
}

static void add_cell(struct buf *out, str cell, size_t width, bool is_last)
{
    size_t used = width_of(cell);
    if (used > width) {
        (void)buf_add(out, first_points(cell, width - 1));
        (void)buf_add(out, STR("…"));
        used = width;
    } else {
        (void)buf_add(out, cell);
    }
    for (; !is_last && used < width + GAP; used++)
        (void)buf_add_byte(out, ' ');
}

void table_write(const struct text_table *table, size_t width, struct buf *out)
{
    size_t widths[TABLE_COLUMNS_MAX];
    memcpy(widths, table->widths, sizeof(widths));
    if (width > 0)
        fit(widths, table->columns, width);
    for (const struct table_line *line = table->first; line; line = line->next) {
        for (size_t i = 0; i < table->columns; i++)
            add_cell(out, line->cells[i], widths[i], i + 1 == table->columns);
        (void)buf_add_byte(out, '\n');
    }
}

void table_print(const struct text_table *table)
{
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    table_write(table, terminal_width(), &out);
    say_str(buf_str(&out));
    buf_release(&out);
}
