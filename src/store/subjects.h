/*
 * What a user may be taken for at this moment: account, membership and the organization's switches
 * in one read.
 */
#ifndef LATCHKEY_STORE_SUBJECTS_H
#define LATCHKEY_STORE_SUBJECTS_H

#include "db/db.h"
#include "store/members.h"
#include "store/token_settings.h"

struct subject {
    int64_t user_id;
    bool is_active;
    int64_t active_organization_id; /* as the user's row says; 0: none */
    int64_t organization_id;        /* the same if the user is an unremoved member of it, else 0 */
    enum role role;                 /* there */
    struct token_settings settings; /* its; the defaults without an organization */
};

/* ERR_NOT_FOUND  no such user */
enum error subjects_find(struct db *db, int64_t user_id, struct subject *out) MUST_CHECK;

/* A user, and what must be known of one of the PATs: whose it is, and whether it lives. */
struct subject_and_token {
    struct subject subject;
    bool token_is_there;
    int64_t token_user_id;   /* 0: its user was deleted */
    usec token_revoked_at;   /* 0: it was not */
    usec token_ends_at;      /* see token_row_end; 0: it was revoked */
    bool token_was_replaced; /* by a successor: past its end, it was rotated away */
    bool token_end_is_noted; /* somebody has shown it after its end before */
    str token_scopes;        /* a list, in the arena; empty: it is not there */
    bool token_has_allowed_ips;
};
/* In one read, for that is what an exchange costs. Errors as above; the PAT need not be there. */
enum error subjects_find_with_token(struct db *db, int64_t user_id, str token_id,
                                    struct arena *arena, struct subject_and_token *out) MUST_CHECK;

#endif
