/*
 * Service accounts: users who are programs. No password and no session; tokens are made for them
 * by administrators, and work everywhere that a person's do. Somebody answers for each.
 *
 * Its e-mail, which proxies pass on, is "<name>.<id>@service.invalid": the name as letters, digits
 * and hyphens when it was made, and its id. It never changes, and nobody gets mail there.
 */
#ifndef LATCHKEY_SERVICE_SERVICE_ACCOUNTS_H
#define LATCHKEY_SERVICE_SERVICE_ACCOUNTS_H

#include "service/complaint.h"
#include "service/context.h"
#include "store/service_accounts.h"

#define SERVICE_NAME_MAX 100        /* characters */
#define SERVICE_DESCRIPTION_MAX 500 /* characters */

struct service_account_order {
    int64_t organization_id;
    str name;
    str description;
    int64_t owner_id; /* 0: who makes it; for the operator: nobody */
    enum role role;   /* member or administrator */
};

/*
 * By administrators; a role above one's own is refused.
 * ERR_FORBIDDEN;  ERR_INVALID  with complaints;  ERR_CONFLICT  one has that name there
 */
enum error service_account_create(struct worker *w, const struct principal *who,
                                  const struct service_account_order *order, usec now,
                                  struct arena *arena, struct complaints *complaints,
                                  struct service_account *out) MUST_CHECK;

struct service_account_page {
    struct service_account_list list;
    int64_t total;
};
/* By administrators; in order of ids; with `part` in the name or address. ERR_FORBIDDEN. */
enum error service_account_list(struct worker *w, const struct principal *who,
                                int64_t organization_id, str part, int64_t after, int64_t limit,
                                usec now, struct arena *arena,
                                struct service_account_page *out) MUST_CHECK;
/* ERR_FORBIDDEN, ERR_NOT_FOUND. */
enum error service_account_show(struct worker *w, const struct principal *who,
                                int64_t organization_id, int64_t id, usec now, struct arena *arena,
                                struct service_account *out) MUST_CHECK;

/* What to change; what is not named stays. */
struct service_account_patch {
    bool has_name, has_description, has_owner, has_role, has_active;
    str name, description;
    int64_t owner_id; /* 0: nobody */
    enum role role;
    bool is_active; /* off: none of its tokens counts, with the next request */
};
/* As above; ERR_FORBIDDEN also where it stands above the caller. */
enum error service_account_change(struct worker *w, const struct principal *who,
                                  int64_t organization_id, int64_t id,
                                  const struct service_account_patch *patch, usec now,
                                  struct arena *arena, struct complaints *complaints,
                                  struct service_account *out) MUST_CHECK;
/* Switches it off and revokes its tokens for good. */
enum error service_account_end(struct worker *w, const struct principal *who,
                               int64_t organization_id, int64_t id, usec now,
                               struct arena *arena) MUST_CHECK;

#endif
