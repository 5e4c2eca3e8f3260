#include "service/audit_verify.h"

#include "service/audit.h"
#include "service/audit_chain.h"

#define PAGE_ENTRIES 500

/* The walk so far. */
struct walk {
    struct worker *w;
    const struct audit_verification *order;
    struct audit_report *report;
    unsigned char mac[MAC_BYTES]; /* of the last right entry; report->last 0: there is none */
};

static str mac_so_far(const struct walk *walk)
{
    return walk->report->last == 0 ? STR("") : str_of((const char *)walk->mac, MAC_BYTES);
}

static bool wrong(struct walk *walk, enum audit_fault fault, int64_t number)
{
    walk->report->fault = fault;
    walk->report->number = number;
    return false;
}

/* False, and the report says why, when the entry is not the one that comes next. */
static bool step(struct walk *walk, const struct audit_row *row)
{
    struct audit_report *report = walk->report;
    unsigned char mac[MAC_BYTES];
    if (row->number != report->last + 1)
        return wrong(walk, AUDIT_MISSING, report->last + 1);
    audit_mac(&walk->w->shared->audit_mac, mac_so_far(walk), row, mac);
    if (!equal_secret(row->mac, str_of((const char *)mac, MAC_BYTES)))
        return wrong(walk, AUDIT_CHANGED, row->number);
    if (row->number == 1 && !str_equal(row->event, audit_kind_name(AUDIT_KEY_ADDED)))
        return wrong(walk, AUDIT_NO_BEGINNING, 1);
    memcpy(walk->mac, mac, MAC_BYTES);
    report->last = row->number;
    report->checked++;
    return true;
}

/* Walks to the last entry that is there; stops at the first wrong one. */
static enum error walk_rows(struct walk *walk, int64_t total)
{
    struct arena page;
    struct audit_list list = {0};
    enum error err = OK;
    arena_init(&page);
    do {
        arena_reset(&page);
        err = audit_events_walk(walk->w->db, walk->report->last, PAGE_ENTRIES, &page, &list);
        for (size_t i = 0; !err && i < list.count && walk->report->fault == AUDIT_HOLDS; i++)
            (void)step(walk, &list.items[i]); /* the report says what came of it */
        if (!err && walk->order->progress)
            walk->order->progress(walk->order->context, walk->report->checked,
                                  total > walk->report->checked ? total : walk->report->checked);
    } while (!err && list.count == PAGE_ENTRIES && walk->report->fault == AUDIT_HOLDS);
    arena_release(&page);
    return err;
}

static bool head_is_ours(struct walk *walk, const struct audit_head *head)
{
    unsigned char seal[MAC_BYTES];
    audit_seal(&walk->w->shared->audit_mac, head->number, head->mac, seal);
    return equal_secret(head->seal, str_of((const char *)seal, sizeof(seal)));
}

/* The head was read after the last row: rows that are missing then were taken. */
static void compare_head(struct walk *walk, const struct audit_head *head)
{
    struct audit_report *report = walk->report;
    if (head->number == 0 && report->last == 0) /* the first start has begun the log */
        (void)wrong(walk, AUDIT_CUT, 1);
    else if (!head_is_ours(walk, head))
        (void)wrong(walk, AUDIT_HEAD_CHANGED, 0);
    else if (head->number > report->last)
        (void)wrong(walk, AUDIT_CUT, report->last + 1);
    else if (head->number < report->last)
        (void)wrong(walk, AUDIT_BEYOND_HEAD, head->number + 1);
    else if (!equal_secret(head->mac, mac_so_far(walk)))
        (void)wrong(walk, AUDIT_HEAD_CHANGED, 0);
}

static enum error walk_to_head(struct walk *walk, struct arena *arena)
{
    struct audit_head head;
    int64_t before;
    enum error err = audit_head_find(walk->w->db, arena, &head);
    int64_t total = err ? 0 : head.number - walk->report->last;
    do { /* again, for entries that came while we walked */
        before = walk->report->last;
        if (!err)
            err = walk_rows(walk, total);
        if (!err)
            err = audit_head_find(walk->w->db, arena, &head);
    } while (!err && walk->report->fault == AUDIT_HOLDS && head.number > walk->report->last &&
             walk->report->last > before);
    if (!err && walk->report->fault == AUDIT_HOLDS)
        compare_head(walk, &head);
    return err;
}

/* The entry before the walk is taken as it is at the checkpoint; nothing before it is looked at. */
static enum error begin_at_checkpoint(struct walk *walk, struct arena *arena)
{
    const struct audit_verification *order = walk->order;
    struct audit_list list;
    enum error err = audit_events_walk(walk->w->db, order->from - 1, 1, arena, &list);
    if (err)
        return err;
    bool is_there = list.count == 1 && list.items[0].number == order->from;
    if (!is_there) {
        (void)wrong(walk, list.count == 0 ? AUDIT_CUT : AUDIT_MISSING, order->from);
        return OK;
    }
    if (order->mac.len != MAC_BYTES || !equal_secret(list.items[0].mac, order->mac)) {
        (void)wrong(walk, AUDIT_NOT_THE_CHECKPOINT, order->from);
        return OK;
    }
    memcpy(walk->mac, order->mac.ptr, MAC_BYTES);
    walk->report->last = order->from;
    return OK;
}

enum error audit_verify(struct worker *w, const struct audit_verification *order,
                        struct arena *arena, struct audit_report *out)
{
    struct walk walk = {.w = w, .order = order, .report = out};
    *out = (struct audit_report){.fault = AUDIT_HOLDS, .last_mac = STR("")};
    enum error err = order->from > 0 ? begin_at_checkpoint(&walk, arena) : OK;
    if (!err && out->fault == AUDIT_HOLDS)
        err = walk_to_head(&walk, arena);
    if (!err)
        out->last_mac = arena_copy(arena, mac_so_far(&walk));
    return err;
}

str audit_fault_text(const struct audit_report *report, struct arena *arena)
{
    long long number = (long long)report->number;
    switch (report->fault) {
    case AUDIT_HOLDS:
        break;
    case AUDIT_MISSING:
        return arena_printf(arena, "entry %lld is missing", number);
    case AUDIT_CHANGED:
        return arena_printf(arena, "entry %lld is not as it was written, or not in its place",
                            number);
    case AUDIT_CUT:
        return arena_printf(arena, "entry %lld and what came after it were cut off", number);
    case AUDIT_BEYOND_HEAD:
        return arena_printf(arena, "entry %lld was not added by latchkey, or the head was put back",
                            number);
    case AUDIT_NO_BEGINNING:
        return STR("entry 1 is not the one that the first start wrote: the log was emptied before "
                   "it");
    case AUDIT_HEAD_CHANGED:
        return STR("the head of the log is not as it was written");
    case AUDIT_NOT_THE_CHECKPOINT:
        return arena_printf(arena, "entry %lld is not the one of the checkpoint", number);
    }
    return STR("the log is whole");
}
