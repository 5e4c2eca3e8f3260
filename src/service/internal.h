/*
 * What the files about tokens share.
 *
 *   tokens.c        by name and id: create, list, show, rename, revoke, rotate
 *   token_draft.c   a token that is not yet stored, and the rules that it must keep to
 *   token_shown.c   by a text that was shown: revoke, rotate
 *   exchange.c      a PAT for an access token
 */
#ifndef LATCHKEY_SERVICE_INTERNAL_H
#define LATCHKEY_SERVICE_INTERNAL_H

#include "service/tokens.h"
#include "store/subjects.h"

/* JWTs carry whole seconds: so do the ends of all kinds. Rounded down. */
usec whole_second(usec t);

void check_token_name(str name, struct complaints *complaints);
/* The end of a new token: as asked, at most as far away as the organization allows. */
usec check_token_end(const struct token_order *order, int64_t limit_days, usec now,
                     struct arena *arena, struct complaints *complaints);
/* The longest life of a new token in the subject's organization. */
int64_t token_limit_days(const struct shared *shared, const struct subject *subject);
bool token_kind_is_off(const struct shared *shared, const struct subject *subject,
                       enum token_kind kind);

/* What a new token is made from. */
struct token_draft {
    enum token_kind kind;
    int64_t user_id;
    str name;
    usec expires_at; /* whole seconds */
};
/* Its row, not yet stored, and its secret: the arena is marked. */
enum error token_draft_make(const struct shared *shared, const struct token_draft *draft, usec now,
                            struct arena *arena, struct new_token *out) MUST_CHECK;

/* The row is known and in reach. ERR_REVOKED: it was ended before. */
enum error token_end(struct worker *w, const struct token_row *row, usec now) MUST_CHECK;
/* The row is a living token; its successor has the same kind and name and, within the limit, length
 * of life. ERR_REVOKED: it was ended meanwhile; ERR_KIND_OFF. */
enum error token_succeed(struct worker *w, const struct token_row *old, usec now,
                         struct arena *arena, struct new_token *out) MUST_CHECK;

#endif
