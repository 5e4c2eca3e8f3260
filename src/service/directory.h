/*
 * Who and what is in an organization, as far as the caller may see it. Reading only.
 */
#ifndef LATCHKEY_SERVICE_DIRECTORY_H
#define LATCHKEY_SERVICE_DIRECTORY_H

#include "service/context.h"
#include "store/members.h"
#include "store/organizations.h"
#include "store/tokens.h"

/* Everybody who is or was a member of the caller's organization, in order of id. */
struct people {
    struct user_list users;
    bool *is_removed; /* side by side with the users */
};
/* ERR_FORBIDDEN: the caller has no organization. */
enum error directory_people(struct worker *w, const struct principal *who, struct arena *arena,
                            struct people *out) MUST_CHECK;

/* Those that the caller belongs to; none for a caller who has no organization to act in. */
enum error directory_organizations(struct worker *w, const struct principal *who,
                                   struct arena *arena, struct organization_list *out) MUST_CHECK;

/* Unremoved members by user name; limit < 0: all. ERR_NOT_FOUND: no such organization, or not the
 * caller's. */
enum error directory_members(struct worker *w, const struct principal *who, int64_t organization_id,
                             int64_t limit, int64_t offset, struct arena *arena,
                             struct member_list *out) MUST_CHECK;
enum error directory_count(struct worker *w, const struct principal *who, int64_t organization_id,
                           int64_t *out) MUST_CHECK;
/* Removed ones too. ERR_NOT_FOUND also where the organization is not the caller's. */
enum error directory_member(struct worker *w, const struct principal *who, int64_t organization_id,
                            int64_t user_id, struct member_row *out) MUST_CHECK;

/* Tokens that live, of everybody: for the metrics. Reads every row. */
enum error directory_count_live_tokens(struct worker *w, usec now,
                                       struct living_tokens *out) MUST_CHECK;

/* What is shown of an organization beside each user: empty texts for 0 and for one that is gone. */
struct organization_card {
    int64_t id;
    str title;
    str owner_email; /* of its founder; empty when he was deleted */
};
enum error directory_card(struct worker *w, int64_t organization_id, struct arena *arena,
                          struct organization_card *out) MUST_CHECK;

#endif
