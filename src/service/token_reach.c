#include "service/token_reach.h"

#include "auth/scope.h"
#include "store/subjects.h"

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
    struct subject subject;
    struct member_row member;
    enum error err = members_find(db, user_id, who->organization_id, &member);
    if (!err)
        err = subjects_find(db, user_id, &subject);
    if (err)
        return err;
    /* somebody who was removed may belong to another organization by now, and tokens act where
     * their user does: a guest's are not this organization's to end */
    bool acts_elsewhere =
        subject.organization_id != 0 && subject.organization_id != who->organization_id;
    return member.removed_at == 0 && member.role <= who->role && !acts_elsewhere ? OK
                                                                                 : ERR_NOT_FOUND;
}
