#include "service/token_reach.h"

#include "auth/scope.h"

enum error token_reach(struct db *db, const struct principal *who, int64_t user_id)
{
    if (!principal_is_somebody(who))
        return ERR_NOT_FOUND;
    if (who->kind == CREDENTIAL_OPERATOR)
        return OK;
    if (user_id == 0) /* of a deleted user */
        return ERR_NOT_FOUND;
    if (who->user_id == user_id)
        return OK;
    if (!principal_may_administer(who))
        return ERR_NOT_FOUND;
    /* the scope that manages tokens is for one's own; others' are administration */
    if ((who->guards & GUARD_SCOPES) && scope_list_has(who->scopes, STR(SCOPE_TOKENS)))
        return ERR_NOT_FOUND;
    struct member_row member;
    enum error err = members_find(db, user_id, who->organization_id, &member);
    if (err)
        return err;
    /* somebody who was removed may belong to another organization by now */
    return member.removed_at == 0 && member.role <= who->role ? OK : ERR_NOT_FOUND;
}
