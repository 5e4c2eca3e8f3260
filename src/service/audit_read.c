#include "service/audit_read.h"

#include "service/audit.h"
#include "service/organizations.h"

#define PAGE_ENTRIES 500
#define CHUNK_BYTES_MAX ((size_t)64 * 1048576) /* a page of the longest entries is below */

static bool may_read(const struct principal *who, int64_t organization_id)
{
    if (principal_is_somebody(who) && who->kind == CREDENTIAL_OPERATOR)
        return true;
    return may_administer(who, organization_id);
}

enum error audit_page(struct worker *w, const struct principal *who,
                      const struct audit_query *query, int64_t limit, struct arena *arena,
                      struct audit_list *out)
{
    if (!may_read(who, query->filter.organization_id))
        return ERR_FORBIDDEN;
    if (query->is_upwards)
        return audit_events_up(w->db, &query->filter, query->place, limit, arena, out);
    return audit_events_down(w->db, &query->filter, query->place ? query->place : INT64_MAX, limit,
                             arena, out);
}

/* Those that came after the beginning are left for the next export. */
static void write_entries(struct buf *chunk, const struct audit_export *order,
                          const struct audit_list *list, int64_t last)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].number > last)
            continue;
        if (order->form == AUDIT_CSV) {
            audit_write_csv(chunk, &list->items[i]);
        } else {
            audit_write_json(chunk, &list->items[i]);
            (void)buf_add_byte(chunk, '\n');
        }
    }
}

static enum error export_pages(struct worker *w, const struct principal *who,
                               const struct audit_export *order, int64_t last, struct arena *arena,
                               struct buf *chunk)
{
    struct audit_query query = order->query;
    struct audit_list list;
    enum error err = OK;
    do {
        arena_reset(arena);
        buf_clear(chunk);
        err = audit_page(w, who, &query, PAGE_ENTRIES, arena, &list);
        if (err || list.count == 0)
            break;
        write_entries(chunk, order, &list, last);
        query.place = list.items[list.count - 1].number;
        if (chunk->overflown)
            err = ERR_TOO_LARGE;
        else if (chunk->len > 0)
            err = order->write(order->context, buf_str(chunk));
    } while (!err && list.count == PAGE_ENTRIES && !(query.is_upwards && query.place >= last));
    return err;
}

enum error audit_export(struct worker *w, const struct principal *who,
                        const struct audit_export *order)
{
    struct arena arena;
    struct buf chunk;
    struct audit_head head;
    arena_init(&arena);
    buf_init(&chunk, CHUNK_BYTES_MAX);
    enum error err = may_read(who, order->query.filter.organization_id) ? OK : ERR_FORBIDDEN;
    if (!err)
        err = audit_head_find(w->db, &arena, &head);
    if (!err && order->form == AUDIT_CSV)
        err = order->write(order->context, audit_csv_header());
    if (!err)
        err = export_pages(w, who, order, head.number, &arena, &chunk);
    buf_release(&chunk);
    arena_release(&arena);
    return err;
}

/* LIKE's wildcards stand for themselves. */
static str escape(str text, struct arena *arena)
{
    char *copy = arena_bytes(arena, text.len * 2 + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (str_has(STR("!%_"), text.ptr[i]))
            copy[len++] = '!';
        copy[len++] = text.ptr[i];
    }
    return (str){copy, len};
}

enum error audit_event_pattern(str name, struct arena *arena, str *out)
{
    enum audit_kind kind = AUDIT_NOTHING;
    if (!str_ends(name, STR(".*"))) {
        enum error err = audit_kind_find(name, &kind);
        if (!err)
            *out = escape(name, arena);
        return err;
    }
    str group = str_slice(name, 0, name.len - 1);
    for (int i = AUDIT_NOTHING + 1; i < AUDIT_KIND_COUNT; i++)
        if (str_starts(audit_kind_name((enum audit_kind)i), group)) {
            *out = ARENA_JOIN(arena, escape(group, arena), STR("%"));
            return OK;
        }
    return ERR_NOT_FOUND;
}

str audit_text_pattern(str text, struct arena *arena)
{
    return ARENA_JOIN(arena, STR("%"), escape(text, arena), STR("%"));
}
