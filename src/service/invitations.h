/*
 * Invitations for one person each: a link with a role, for a while, for one e-mail if so wished,
 * good for one sign-up. They stand beside Label Studio's one link for everybody
 * (service/organizations.h), which leads to the same page.
 */
#ifndef LATCHKEY_SERVICE_INVITATIONS_H
#define LATCHKEY_SERVICE_INVITATIONS_H

#include "service/complaint.h"
#include "service/context.h"
#include "store/invitations.h"
#include "store/users.h"

#define INVITATION_PREFIX "inv_" /* tells the secret from an organization's link */
#define INVITATION_DAYS 7
#define INVITATION_DAYS_MAX 365

struct invitation_order {
    int64_t organization_id;
    str email; /* empty: whoever has the link */
    enum role role;
    int64_t ttl_days;
};

struct new_invitation {
    struct invitation_row row;
    str secret; /* shown once, in the link */
};

/*
 * By administrators; nobody is invited above the one who invites.
 * ERR_FORBIDDEN;  ERR_INVALID  with complaints
 */
enum error invitation_create(struct worker *w, const struct principal *who,
                             const struct invitation_order *order, usec now, struct arena *arena,
                             struct complaints *complaints, struct new_invitation *out) MUST_CHECK;
/* Newest first; `before` INT64_MAX and an id that no other follows: the first page. */
struct invitation_page {
    struct invitation_list list;
    int64_t total;
};
enum error invitation_list(struct worker *w, const struct principal *who, int64_t organization_id,
                           usec before, str before_id, int64_t limit, struct arena *arena,
                           struct invitation_page *out) MUST_CHECK;
/* Revoked or over before: as was asked for. ERR_NOT_FOUND; ERR_CONFLICT: it was used. */
enum error invitation_revoke(struct worker *w, const struct principal *who, int64_t organization_id,
                             str id, usec now, struct arena *arena) MUST_CHECK;

/*
 * "open", "used", "expired", "revoked". One whose maker may no longer give that role (he was
 * lowered, removed, switched off) is as good as revoked for as long as that is so.
 */
str invitation_state(const struct invitation_row *row, usec now);
/*
 * Inside a transaction: it was open until now, and is used by the user from now on. ERR_REVOKED: it
 * is not open, or somebody was quicker.
 */
enum error invitation_use_within(struct txn *txn, int64_t organization_id, str id, int64_t user_id,
                                 usec now, struct arena *arena) MUST_CHECK;
/* The note of that, among the last statements. */
enum error invitation_note_used(struct worker *w, struct txn *txn, const struct principal *who,
                                int64_t organization_id, str id, const struct user_row *user,
                                usec now) MUST_CHECK;

/* What a text in a link to sign-up stands for: an invitation, or an organization's own link. */
struct admission {
    int64_t organization_id;
    enum role role;
    str invitation_id; /* empty: the organization's link */
    str email;         /* only for this one; empty: for any */
    str title;         /* of the organization */
};
/* ERR_NOT_FOUND: neither, or no longer good */
enum error admission_find(struct worker *w, str text, usec now, struct arena *arena,
                          struct admission *out) MUST_CHECK;
/*
 * Somebody who has an account joins by it. One who was removed comes back, but not by the
 * organization's link, which he may have kept. Who acts in another organization goes on acting
 * there. ERR_CONFLICT   he is a member ERR_FORBIDDEN  it is for another e-mail address; he was
 * removed; or he is no person ERR_REVOKED    somebody was quicker
 */
enum error admission_take(struct worker *w, const struct principal *who,
                          const struct admission *admission, usec now,
                          struct arena *arena) MUST_CHECK;

#endif
