#include "service/authority.h"

#include "service/token_reach.h"
#include "store/organizations.h"
#include "store/subjects.h"

enum error authority_hold(struct txn *txn, const struct principal *who, int64_t organization_id)
{
    struct subject actor;
    if (!principal_may_administer(who))
        return ERR_FORBIDDEN;
    if (who->kind == CREDENTIAL_OPERATOR)
        return OK;
    if (who->organization_id != organization_id)
        return ERR_FORBIDDEN;
    enum error err = txn_is_shared(txn) ? organizations_hold(txn->db, organization_id) : OK;
    if (!err)
        err = subjects_find(txn->db, who->user_id, &actor);
    if (err == ERR_NOT_FOUND)
        return ERR_FORBIDDEN;
    if (!err &&
        (!actor.is_active || actor.organization_id != organization_id || actor.role < who->role))
        err = ERR_FORBIDDEN;
    return err;
}

enum error authority_over_tokens(struct txn *txn, const struct principal *who, int64_t user_id)
{
    if (principal_is_somebody(who) &&
        (who->kind == CREDENTIAL_OPERATOR || (user_id != 0 && who->user_id == user_id)))
        return OK;
    enum error err =
        authority_hold(txn, who, principal_is_somebody(who) ? who->organization_id : 0);
    return err ? err : token_reach(txn->db, who, user_id);
}

static bool stands_above(enum role mine, enum role his)
{
    return mine == ROLE_OWNER || (mine == ROLE_ADMINISTRATOR && his < mine);
}

/* ERR_FORBIDDEN: `who` does not stand above the user in that organization. */
static enum error check_one(struct db *db, const struct principal *who, int64_t user_id,
                            int64_t organization_id)
{
    struct member_row his, mine;
    enum error err = members_find(db, user_id, organization_id, &his);
    if (!err)
        err = members_find(db, who->user_id, organization_id, &mine);
    if (err == ERR_NOT_FOUND)
        return ERR_FORBIDDEN;
    if (err)
        return err;
    return mine.removed_at == 0 && stands_above(mine.role, his.role) ? OK : ERR_FORBIDDEN;
}

enum error authority_over_account(struct txn *txn, const struct principal *who, int64_t user_id,
                                  struct arena *arena)
{
    struct organization_list list;
    bool is_mine = false;
    if (principal_is_somebody(who) && who->kind == CREDENTIAL_OPERATOR)
        return OK;
    enum error err =
        authority_hold(txn, who, principal_is_somebody(who) ? who->organization_id : 0);
    if (!err)
        err = organizations_list_of_user(txn->db, user_id, arena, &list);
    for (size_t i = 0; !err && i < list.count; i++) {
        bool is_here = list.items[i].id == who->organization_id;
        is_mine = is_mine || is_here;
        err = check_one(txn->db, who, user_id, list.items[i].id);
        if (err == ERR_FORBIDDEN && !is_here)
            err = ERR_ELSEWHERE;
    }
    return err == ERR_ELSEWHERE || is_mine || err ? err : ERR_NOT_FOUND;
}
