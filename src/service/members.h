/*
 * Who belongs to an organization, and as what: owner over administrator over member.
 * Administrators change those below them; an organization keeps an owner who can act, whoever
 * races whom.
 */
#ifndef LATCHKEY_SERVICE_MEMBERS_H
#define LATCHKEY_SERVICE_MEMBERS_H

#include "service/complaint.h"
#include "service/context.h"
#include "service/organizations.h"
#include "store/roster.h"

/*
 * The member keeps the row, loses the organization. By owners (administrators: members only).
 * ERR_FORBIDDEN, ERR_NOT_FOUND (never was one), ERR_REVOKED (was removed before),
 * ERR_CONFLICT (oneself, or the last owner)
 */
enum error member_remove(struct worker *w, const struct principal *who, int64_t organization_id,
                         int64_t user_id, usec now, struct arena *arena) MUST_CHECK;
/* member_change of the role alone. */
enum error member_set_role(struct worker *w, const struct principal *who, int64_t organization_id,
                           int64_t user_id, enum role role, usec now,
                           struct arena *arena) MUST_CHECK;

/* What to change; what is not named stays. */
struct member_patch {
    bool has_role, has_active;
    enum role role;
    bool is_active; /* of the account: off, nothing of his counts anywhere */
};
/*
 * All of it or nothing. By administrators: those below them, and to no role above member and
 * administrator; by owners and the operator: everybody.
 * ERR_NOT_FOUND  no member
 * ERR_FORBIDDEN  not an administrator, or not of one above him
 * ERR_CONFLICT   the last owner, or one's own account
 * ERR_ELSEWHERE  the account is a member of an organization that the caller does not administer:
 *                it can be removed from this one, and deactivated by the operator
 */
enum error member_change(struct worker *w, const struct principal *who, int64_t organization_id,
                         int64_t user_id, const struct member_patch *patch, usec now,
                         struct arena *arena) MUST_CHECK;

/* `like`: any part of e-mail or name, as typed. By administrators. ERR_FORBIDDEN. */
struct member_page {
    struct roster_page page;
    int64_t total; /* DB_NULL_I64: too dear to count */
};
enum error member_list(struct worker *w, const struct principal *who, enum roster_order order,
                       const struct roster_filter *filter, const struct roster_place *after,
                       int64_t limit, struct arena *arena, struct member_page *out) MUST_CHECK;
enum error member_show(struct worker *w, const struct principal *who, int64_t organization_id,
                       int64_t user_id, usec now, struct arena *arena,
                       struct roster_entry *out) MUST_CHECK;

/* The organizations that the caller belongs to, with his role in each, side by side. */
struct own_organizations {
    struct organization_list list;
    enum role *roles;
};
enum error member_organizations(struct worker *w, const struct principal *who, struct arena *arena,
                                struct own_organizations *out) MUST_CHECK;
/* People, and programs. */
struct member_counts {
    int64_t people, service_accounts;
};
enum error member_counts(struct worker *w, int64_t organization_id,
                         struct member_counts *out) MUST_CHECK;

/* Up to so many memberships, lists of an organization are gathered, sorted and counted. */
#define FEW_MEMBERS 5000

#endif
