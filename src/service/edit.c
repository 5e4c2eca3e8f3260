#include "service/edit.h"

#include "store/organizations.h"
#include "store/users.h"

static enum error begin(struct edit *edit, struct worker *w, enum owner_kind kind, int64_t id,
                        usec now)
{
    change_init(&edit->change, w->shared->page, now);
    change_of(&edit->change, kind, (uint64_t)id);
    return txn_begin(w->db, &edit->txn);
}

enum error edit_user(struct edit *edit, struct worker *w, int64_t user_id, usec now)
{
    enum error err = begin(edit, w, OWNER_USER, user_id, now);
    return err ? err : users_lock(edit->txn.db, user_id);
}

enum error edit_organization(struct edit *edit, struct worker *w, int64_t organization_id, usec now)
{
    enum error err = begin(edit, w, OWNER_ORGANIZATION, organization_id, now);
    return err ? err : organizations_lock(edit->txn.db, organization_id);
}

enum error edit_commit(struct edit *edit)
{
    return change_commit(&edit->change, &edit->txn);
}

void edit_end(struct edit *edit)
{
    txn_rollback(&edit->txn);
    change_end(&edit->change);
}
