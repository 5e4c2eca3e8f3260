/*
 * Organizations: who belongs to them and who may come in.
 */
#ifndef LATCHKEY_SERVICE_ORGANIZATIONS_H
#define LATCHKEY_SERVICE_ORGANIZATIONS_H

#include "service/complaint.h"
#include "service/context.h"
#include "store/members.h"
#include "store/organizations.h"

#define ORGANIZATION_TITLE_MAX 1000 /* characters */
/* Something to be seen, not too long, without control characters. */
bool organization_title_is_good(str title);

/* With token settings of its own and an invitation. By the operator or the first start.
 * ERR_INVALID  the title is none */
enum error organization_create(struct worker *w, str title, usec now, struct arena *arena,
                               struct organization_row *out) MUST_CHECK;
/* The same inside a transaction. */
enum error organization_put(struct db *txn_db, str title, usec now, struct arena *arena,
                            struct organization_row *out) MUST_CHECK;
/* The same with an id that was brought along. */
enum error organization_put_as(struct db *txn_db, int64_t id, str title, usec now,
                               struct arena *arena, struct organization_row *out) MUST_CHECK;
/* ERR_NOT_FOUND: none such; ERR_FORBIDDEN: not a member. */
enum error organization_show(struct worker *w, const struct principal *who, int64_t id,
                             struct arena *arena, struct organization_row *out) MUST_CHECK;
/* Title and contact; by administrators. */
enum error organization_update(struct worker *w, const struct principal *who,
                               const struct organization_row *changed, usec now,
                               struct arena *arena, struct organization_row *out) MUST_CHECK;
/* The title alone. ERR_INVALID: empty, too long, or with control characters. */
enum error organization_rename(struct worker *w, const struct principal *who, int64_t id, str title,
                               usec now, struct arena *arena,
                               struct organization_row *out) MUST_CHECK;
/* A new invitation; the old one is dead. By administrators. */
enum error invitation_reset(struct worker *w, const struct principal *who, int64_t organization_id,
                            usec now, struct arena *arena, str *out) MUST_CHECK;
/* Which organization an invitation leads to. ERR_NOT_FOUND. */
enum error invitation_find(struct worker *w, str invitation, struct arena *arena,
                           struct organization_row *out) MUST_CHECK;

str role_name(enum role role); /* "owner", "administrator", "member", "none" */
enum error role_of_name(str name, enum role *out) MUST_CHECK; /* ERR_MALFORMED */

/* A text that nobody guesses, in the arena. */
str invitation_new(struct arena *arena);

/* True if `who` is an unremoved member of it, or the operator. */
bool is_member_of(const struct principal *who, int64_t organization_id);
/* True if `who` may administer that very organization. */
bool may_administer(const struct principal *who, int64_t organization_id);

#endif
