/*
 * One change to a user or an organization: announced to every cache, inside one transaction, with
 * the row held that stands for it, so that two changes of the same thing follow one another.
 *
 *     CLEANUP(edit_end) struct edit edit = {0};
 *     err = edit_user(&edit, w, user_id, now);     -- announces, begins, holds the user's row
 *     ... statements on edit.txn.db, notes ...
 *     if (!err)
 *         err = edit_commit(&edit);
 *
 * Whoever holds both rows takes the user's first and the organization's after it
 * (organizations_lock), or two changes could wait for each other.
 */
#ifndef LATCHKEY_SERVICE_EDIT_H
#define LATCHKEY_SERVICE_EDIT_H

#include "cluster/change.h"
#include "service/context.h"

struct edit {
    struct change change;
    struct txn txn;
};

/* ERR_NOT_FOUND: there is no such user (organization); and those of txn_begin. */
enum error edit_user(struct edit *edit, struct worker *w, int64_t user_id, usec now) MUST_CHECK;
enum error edit_organization(struct edit *edit, struct worker *w, int64_t organization_id,
                             usec now) MUST_CHECK;
enum error edit_commit(struct edit *edit) MUST_CHECK;
/* Rolls back unless it was committed, then ends the announcement. An all-zero one too. */
void edit_end(struct edit *edit);

#endif
