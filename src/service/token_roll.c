#include "service/token_roll.h"

#include "service/members.h"
#include "store/like.h"

/* An index is looked through in windows of growing size, for so long for one page. */
#define WINDOW_FIRST 2000
#define WINDOW_GROWTH 2
#define SEARCH_TIME (SECONDS(1) / 4)

/* One walk along an index, in an order that may be half of the one that was asked for. */
struct walk {
    struct worker *w;
    enum roll_order order;
    struct roll_filter filter;
    struct arena *arena;
    int64_t limit; /* entries still wanted */
    usec until;    /* of the monotonic clock: no window begins after it, but for the first */
    struct roll_place place;
    bool is_start;
    bool is_done; /* nothing more behind */
};

static enum error walk_on(struct walk *walk, int64_t window, struct roll_page *out)
{
    struct roll_place last;
    bool is_full;
    const struct roll_place *after = walk->is_start ? NULL : &walk->place;
    *out = (struct roll_page){0};
    enum error err =
        roll_window(walk->w->db, walk->order, after, window, walk->arena, &last, &is_full);
    if (err == ERR_NOT_FOUND) {
        walk->is_done = true;
        return OK;
    }
    if (!err)
        err = roll_scan(walk->w->db, walk->order, &walk->filter, after, &last, walk->limit,
                        walk->arena, out);
    if (err)
        return err;
    bool is_cut = out->count == (size_t)walk->limit;
    walk->place = is_cut ? out->items[out->count - 1].place : last;
    walk->is_start = false;
    walk->is_done = !is_full && !is_cut;
    walk->limit -= (int64_t)out->count;
    return OK;
}

static void append(struct token_roll *roll, const struct roll_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        roll->entries[roll->count++] = page->items[i];
}

/* Fills the page, until enough was looked at; what comes next begins at the walk's place. */
static enum error walk_through(struct walk *walk, struct token_roll *out)
{
    enum error err = OK;
    int64_t window = WINDOW_FIRST;
    do {
        struct roll_page page;
        err = walk_on(walk, window, &page);
        if (!err)
            append(out, &page);
        window *= WINDOW_GROWTH;
    } while (!err && !walk->is_done && walk->limit > 0 && time_monotonic() < walk->until);
    return err;
}

static bool is_by_use(enum roll_order order)
{
    return order == BY_USE || order == BY_USE_DOWN;
}

/* Those that were used have an index of their own; the others come by age, before or after them. */
static void begin_half(struct walk *walk, enum roll_order order, bool is_unused,
                       const struct roll_filter *filter)
{
    walk->order = order;
    walk->filter = *filter;
    walk->is_start = true;
    walk->is_done = false;
    if (!is_unused)
        return;
    walk->order = order == BY_USE ? BY_CREATED : BY_CREATED_DOWN;
    walk->filter.never_used = true;
}

static enum error read_many(struct worker *w, enum roll_order order,
                            const struct roll_filter *filter, const struct roll_cursor *after,
                            int64_t limit, struct arena *arena, struct token_roll *out)
{
    struct walk walk = {
        .w = w, .arena = arena, .limit = limit, .until = time_monotonic() + SEARCH_TIME};
    if (filter->never_used && is_by_use(order)) /* one half of it */
        order = order == BY_USE ? BY_CREATED : BY_CREATED_DOWN;
    bool unused_first = order == BY_USE;
    bool is_unused = is_by_use(order) && (after->is_start ? unused_first : after->is_unused);
    begin_half(&walk, order, is_unused, filter);
    walk.is_start = after->is_start;
    walk.place = after->place;
    enum error err = walk_through(&walk, out);
    if (!err && walk.is_done && is_by_use(order) && is_unused == unused_first) {
        is_unused = !unused_first;
        begin_half(&walk, order, is_unused, filter);
        if (walk.limit > 0)
            err = walk_through(&walk, out);
    }
    out->has_more = !walk.is_done;
    out->next = (struct roll_cursor){walk.is_start, is_unused, walk.place};
    out->total = DB_NULL_I64;
    return err;
}

static enum error read_few(struct worker *w, enum roll_order order,
                           const struct roll_filter *filter, const struct roll_cursor *after,
                           int64_t limit, struct arena *arena, struct token_roll *out)
{
    struct roll_page page;
    enum error err = roll_gather(w->db, order, filter, after->is_start ? NULL : &after->place,
                                 limit + 1, arena, &page);
    if (err)
        return err;
    out->has_more = page.count > (size_t)limit;
    if (out->has_more)
        page.count = (size_t)limit;
    append(out, &page);
    if (out->has_more)
        out->next = (struct roll_cursor){.place = page.items[page.count - 1].place};
    return roll_count(w->db, filter, &out->total);
}

static enum error read_rows(struct worker *w, struct arena *arena, struct token_roll *out)
{
    enum error err = OK;
    size_t kept = 0;
    out->rows = ARENA_ARRAY(arena, struct token_row, out->count);
    for (size_t i = 0; !err && i < out->count; i++) {
        err = tokens_find(w->db, out->entries[i].id, arena, &out->rows[kept]);
        if (err == ERR_NOT_FOUND) { /* gone since the page was read */
            err = OK;
            continue;
        }
        out->entries[kept++] = out->entries[i];
    }
    out->count = kept;
    return err;
}

/* Whose whole e-mail was typed: his tokens are gathered, where a search would take its time. */
static enum error name_user(struct worker *w, struct roll_filter *filter, struct arena *arena)
{
    struct user_row user;
    if (!str_has(filter->like, '@'))
        return OK;
    enum error err = users_find_by_email(w->db, filter->like, arena, &user);
    if (err)
        return err == ERR_NOT_FOUND ? OK : err;
    filter->user_id = user.id;
    filter->like = STR("");
    return OK;
}

enum error token_roll_read(struct worker *w, const struct principal *who, enum roll_order order,
                           const struct roll_filter *filter, const struct roll_cursor *after,
                           int64_t limit, struct arena *arena, struct token_roll *out)
{
    if (!may_administer(who, filter->organization_id))
        return ERR_FORBIDDEN;
    bool is_large = false;
    struct roll_filter escaped = *filter;
    *out = (struct token_roll){.entries = ARENA_ARRAY(arena, struct roll_entry, (size_t)limit)};
    enum error err = OK;
    if (filter->user_id == 0)
        err = name_user(w, &escaped, arena);
    escaped.like = like_containing(arena, escaped.like);
    if (!err && escaped.user_id == 0)
        err = members_are_more_than(w->db, filter->organization_id, FEW_MEMBERS, &is_large);
    if (!err)
        err = (is_large ? read_many : read_few)(w, order, &escaped, after, limit, arena, out);
    return err ? err : read_rows(w, arena, out);
}

enum error token_roll_show(struct worker *w, const struct principal *who, int64_t organization_id,
                           str id, struct arena *arena, struct token_roll *out)
{
    if (!may_administer(who, organization_id))
        return ERR_FORBIDDEN;
    struct token_row row;
    struct member_row member;
    struct user_row user;
    enum error err = tokens_find(w->db, id, arena, &row);
    if (!err && row.user_id == 0)
        err = ERR_NOT_FOUND;
    if (!err)
        err = members_find(w->db, row.user_id, organization_id, &member);
    if (!err && member.removed_at != 0)
        err = ERR_NOT_FOUND;
    if (!err)
        err = users_find(w->db, row.user_id, arena, &user);
    if (err)
        return err;
    *out = (struct token_roll){.entries = ARENA_NEW(arena, struct roll_entry),
                               .rows = ARENA_NEW(arena, struct token_row),
                               .count = 1};
    out->rows[0] = row;
    out->entries[0] = (struct roll_entry){.id = row.id,
                                          .email = user.email,
                                          .first_name = user.first_name,
                                          .last_name = user.last_name,
                                          .is_service = user.is_service,
                                          .role = member.role};
    return OK;
}
