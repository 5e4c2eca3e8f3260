/*
 * What a credential may do, and whether its address matters: from its row, its claims, its
 * organization.
 */
#include "auth/internal.h"

#include "auth/scope.h"

void restrict_by_organization(const struct subject *subject, struct principal *out)
{
    if (subject->organization_id != 0 && subject->settings.has_allowed_ips)
        out->guards |= GUARD_ORGANIZATION_ADDRESSES;
}

static void set_scopes(str list, struct principal *out)
{
    out->scopes = STR("");
    if (scope_list_is_all(list))
        return;
    out->scopes = list;
    out->guards |= GUARD_SCOPES;
}

void restrict_by_row(const struct token_row *row, struct principal *out)
{
    set_scopes(row->scopes, out);
    if (!str_is_empty(row->allowed_ips))
        out->guards |= GUARD_TOKEN_ADDRESSES;
}

enum error restrict_by_claim(const struct access *access, const struct parent *parent,
                             struct arena *arena, struct principal *out)
{
    str list = STR("");
    /* one without names gives nothing, and one that is no list is none of ours */
    if (access->has_scope && scope_list_read(access->scope, arena, &list))
        return ERR_REVOKED;
    /* it was narrowed after it had made this token: what is left is what both give */
    if (parent->is_known && !scope_list_both(list, parent->scopes, arena, &list))
        return ERR_REVOKED;
    set_scopes(list, out);
    /* only a parent that is bound in some way makes the claim; it says not in which */
    if (parent->is_known ? parent->has_addresses : access->has_scope)
        out->guards |= GUARD_TOKEN_ADDRESSES;
    return OK;
}
