#include "cluster/change.h"

#include "store/changes.h"

/* The kind in the table that stands for every owner. */
#define KIND_EVERYTHING 0

void change_init(struct change *change, struct generation_page *page, usec now)
{
    *change = (struct change){.page = page, .now = now};
}

void change_of_everything(struct change *change)
{
    if (!change->everything)
        generation_announce_all(change->page);
    change->everything = true;
}

void change_of(struct change *change, enum owner_kind kind, uint64_t key)
{
    if (change->count == CHANGE_OWNERS) {
        change_of_everything(change);
        return;
    }
    uint32_t slot = generation_slot(kind, key);
    generation_announce(change->page, slot);
    change->owners[change->count].kind = kind;
    change->owners[change->count].key = key;
    change->owners[change->count].slot = slot;
    change->count++;
}

/* SQLite's file is of one host, and its processes share the page: nobody would read the rows. */
static enum error write_feed(const struct change *change, struct txn *txn)
{
    if (!txn_is_shared(txn))
        return OK;
    enum error err = OK;
    if (change->everything)
        err = changes_add(txn->db, KIND_EVERYTHING, 0, change->now);
    for (size_t i = 0; !err && i < change->count; i++)
        err = changes_add(txn->db, (int64_t)change->owners[i].kind + 1,
                          (int64_t)change->owners[i].key, change->now);
    return err;
}

enum error change_commit(struct change *change, struct txn *txn)
{
    enum error err = write_feed(change, txn);
    return err ? err : txn_commit(txn);
}

void change_end(struct change *change)
{
    usec now = time_now();
    if (now < change->now)
        now = change->now;
    for (size_t i = 0; i < change->count; i++)
        generation_end(change->page, change->owners[i].slot, now);
    if (change->everything)
        generation_end_all(change->page, now);
    change->count = 0;
    change->everything = false;
}
