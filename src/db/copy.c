#include "db/copy.h"

#include "base/buf.h"
#include "base/log.h"

#define COLUMNS_MAX 64
#define PAGE_ROWS 2000
#define SQL_MAX ((size_t)16 * 1024)

struct column {
    str name;
    enum { COLUMN_NUMBER, COLUMN_TEXT, COLUMN_BYTES } type;
    int64_t key_place; /* from 1, in the primary key; 0: not part of it */
};

struct table {
    str name;
    struct column columns[COLUMNS_MAX];
    size_t column_count;
    size_t keys[COLUMNS_MAX]; /* the columns of the primary key, in its order */
    size_t key_count;
    const char *first_page, *next_page, *insert, *empty; /* SQL */
};

struct tables {
    struct table *items;
    size_t count;
};

/* Made before the one that refers to it: the order of their making. */
static enum error list_tables(struct db *schema, struct arena *arena, str *names, size_t *count)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(schema, &q,
                                 "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT "
                                 "LIKE 'sqlite_%' AND name <> 'schema_migration' ORDER BY rowid");
    while (!err && !(err = query_row(&q))) {
        if (*count == COLUMNS_MAX)
            return ERR_TOO_LARGE;
        names[(*count)++] = row_str(&q, 0, arena);
    }
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum error read_columns(struct db *schema, struct arena *arena, struct table *table)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err =
        query_start(schema, &q, "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid");
    if (!err)
        err = query_bind(&q, "s", table->name);
    while (!err && !(err = query_row(&q))) {
        if (table->column_count == COLUMNS_MAX)
            return ERR_TOO_LARGE;
        struct column *column = &table->columns[table->column_count++];
        str type = row_str(&q, 1, arena);
        column->name = row_str(&q, 0, arena);
        column->key_place = row_i64(&q, 2);
        column->type = str_equal(type, STR("TEXT"))    ? COLUMN_TEXT
                       : str_equal(type, STR("BYTEA")) ? COLUMN_BYTES
                                                       : COLUMN_NUMBER;
    }
    if (err != ERR_NOT_FOUND)
        return err;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].key_place > 0) {
            table->keys[table->columns[i].key_place - 1] = i;
            table->key_count++;
        }
    if (table->key_count > 0)
        return OK;
    log_error("the table %.*s has no primary key to page by", STR_ARG(table->name));
    return ERR_INTERNAL;
}

static void add_names(struct buf *sql, const struct table *table, bool keys_only)
{
    size_t count = keys_only ? table->key_count : table->column_count;
    for (size_t i = 0; i < count; i++) {
        const struct column *column = &table->columns[keys_only ? table->keys[i] : i];
        buf_addf(sql, "%s%.*s", i ? ", " : "", STR_ARG(column->name));
    }
}

static void add_places(struct buf *sql, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_addf(sql, "%s$%zu", i ? ", " : "", i + 1);
}

static void add_page(struct buf *sql, const struct table *table, bool is_first)
{
    buf_add(sql, STR("SELECT "));
    add_names(sql, table, false);
    buf_addf(sql, " FROM %.*s", STR_ARG(table->name));
    if (!is_first) {
        buf_add(sql, STR(" WHERE ("));
        add_names(sql, table, true);
        buf_add(sql, STR(") > ("));
        add_places(sql, table->key_count);
        buf_add(sql, STR(")"));
    }
    buf_add(sql, STR(" ORDER BY "));
    add_names(sql, table, true);
    buf_addf(sql, " LIMIT %d", PAGE_ROWS);
}

static enum error take_sql(struct buf *sql, struct arena *arena, const char **out)
{
    *out = arena_cstr(arena, buf_str(sql));
    bool overflown = sql->overflown;
    buf_clear(sql);
    return overflown ? ERR_TOO_LARGE : OK;
}

static enum error write_sql(struct table *table, struct arena *arena)
{
    CLEANUP(buf_release) struct buf sql;
    buf_init(&sql, SQL_MAX);
    add_page(&sql, table, true);
    enum error err = take_sql(&sql, arena, &table->first_page);
    add_page(&sql, table, false);
    if (!err)
        err = take_sql(&sql, arena, &table->next_page);
    buf_addf(&sql, "INSERT INTO %.*s (", STR_ARG(table->name));
    add_names(&sql, table, false);
    buf_add(&sql, STR(") VALUES ("));
    add_places(&sql, table->column_count);
    buf_add(&sql, STR(")"));
    if (!err)
        err = take_sql(&sql, arena, &table->insert);
    buf_addf(&sql, "DELETE FROM %.*s", STR_ARG(table->name));
    return err ? err : take_sql(&sql, arena, &table->empty);
}

static enum error read_tables(struct db *schema, struct arena *arena, struct tables *out)
{
    str names[COLUMNS_MAX];
    size_t count = 0;
    enum error err = list_tables(schema, arena, names, &count);
    out->items = ARENA_ARRAY(arena, struct table, count ? count : 1);
    out->count = count;
    for (size_t i = 0; !err && i < count; i++) {
        out->items[i].name = names[i];
        err = read_columns(schema, arena, &out->items[i]);
        if (!err)
            err = write_sql(&out->items[i], arena);
    }
    return err;
}

/* A value of a row, on its way. Texts lie in the page's arena. */
struct value_read {
    bool is_null;
    int64_t number;
    str bytes;
};

static struct value_read read_value(struct query *q, int column, int type, struct arena *arena)
{
    struct value_read value = {.is_null = row_is_null(q, column), .bytes = STR("")};
    if (value.is_null)
        return value;
    if (type == COLUMN_NUMBER)
        value.number = row_i64(q, column);
    else
        value.bytes = type == COLUMN_TEXT ? row_str(q, column, arena) : row_bytes(q, column, arena);
    return value;
}

static enum error bind_value(struct query *q, int parameter, int type,
                             const struct value_read *value)
{
    if (value->is_null)
        return query_null(q, parameter);
    if (type == COLUMN_NUMBER)
        return query_i64(q, parameter, value->number);
    return type == COLUMN_TEXT ? query_str(q, parameter, value->bytes)
                               : query_bytes(q, parameter, value->bytes);
}

static enum error insert_row(struct db *to, const struct table *table,
                             const struct value_read *values)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(to, &q, table->insert);
    for (size_t i = 0; !err && i < table->column_count; i++)
        err = bind_value(&q, (int)i + 1, (int)table->columns[i].type, &values[i]);
    return err ? err : query_run(&q);
}

/* One page: `last` holds the key that it comes after, and is given its own last. */
static enum error copy_page(struct copy *copy, const struct table *table, bool is_first,
                            struct value_read *last, struct arena *arena, size_t *count)
{
    CLEANUP(query_end) struct query q = {0};
    struct value_read values[COLUMNS_MAX] = {0};
    enum error err = query_start(copy->from, &q, is_first ? table->first_page : table->next_page);
    for (size_t i = 0; !err && !is_first && i < table->key_count; i++)
        err = bind_value(&q, (int)i + 1, (int)table->columns[table->keys[i]].type, &last[i]);
    while (!err && !(err = query_row(&q))) {
        for (size_t i = 0; i < table->column_count; i++)
            values[i] = read_value(&q, (int)i, (int)table->columns[i].type, arena);
        err = insert_row(copy->to->db, table, values);
        if (err)
            return err;
        (*count)++;
    }
    for (size_t i = 0; i < table->key_count; i++)
        last[i] = values[table->keys[i]];
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum error copy_table(struct copy *copy, const struct table *table)
{
    CLEANUP(arena_release) struct arena even = {0};
    CLEANUP(arena_release) struct arena odd = {0};
    struct value_read last[COLUMNS_MAX];
    size_t count = PAGE_ROWS;
    enum error err = OK;
    arena_mark_secret(&even);
    arena_mark_secret(&odd);
    /* the page before holds the key that the next one comes after */
    for (unsigned page = 0; !err && count == PAGE_ROWS; page++) {
        struct arena *arena = page % 2 ? &odd : &even;
        count = 0;
        arena_reset(arena);
        err = copy_page(copy, table, page == 0, last, arena, &count);
        copy->rows += (int64_t)count;
        if (copy->progress)
            copy->progress(copy->context, table->name, copy->rows);
    }
    return err;
}

enum error database_copy_rows(struct copy *copy)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct tables tables = {0};
    enum error err = OK;
    copy->rows = 0;
    if (db_is_shared(copy->from))
        err = db_run(copy->from, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "");
    if (!err)
        err = read_tables(copy->schema, &arena, &tables);
    for (size_t i = tables.count; !err && i > 0; i--)
        err = db_run(copy->to->db, tables.items[i - 1].empty, "");
    for (size_t i = 0; !err && i < tables.count; i++)
        err = copy_table(copy, &tables.items[i]);
    return err;
}

enum error database_check(struct db *db, struct arena *arena, str *problem)
{
    CLEANUP(query_end) struct query q = {0};
    enum error err = query_start(db, &q, "SELECT integrity_check FROM pragma_integrity_check(1)");
    if (!err)
        err = query_row(&q);
    if (err)
        return err;
    str verdict = row_str(&q, 0, arena);
    if (str_equal(verdict, STR("ok")))
        return OK;
    *problem = verdict;
    return ERR_MALFORMED;
}
