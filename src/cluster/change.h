/*
 * A change that caches must hear of: announced on the generation page before its commit, ended
 * after it, and written to the change table in the same transaction for other hosts.
 *
 *     CLEANUP(change_end) struct change change;
 *     change_init(&change, page, now);
 *     change_of(&change, OWNER_USER, user_id);        -- announces
 *     ... txn_begin, statements ...
 *     err = change_commit(&change, &txn);             -- the rows, and the commit
 *                                                     -- change_end at the end of the scope
 *
 * One thread. It must be ended in every case, a rollback too.
 */
#ifndef LATCHKEY_CLUSTER_CHANGE_H
#define LATCHKEY_CLUSTER_CHANGE_H

#include "db/db.h"
#include "decision/generation.h"

#define CHANGE_OWNERS 8

struct change {
    struct generation_page *page; /* borrowed */
    usec now;
    struct {
        enum owner_kind kind;
        uint64_t key;
        uint32_t slot;
    } owners[CHANGE_OWNERS];
    size_t count;
    bool everything; /* more than fits, or all: every counter */
};

void change_init(struct change *change, struct generation_page *page, usec now);
/* Before the statements that make the change run. More than CHANGE_OWNERS means everything. */
void change_of(struct change *change, enum owner_kind kind, uint64_t key);
void change_of_everything(struct change *change);
/* Writes what other hosts must hear, and commits. */
enum error change_commit(struct change *change, struct txn *txn) MUST_CHECK;
void change_end(struct change *change);

#endif
