/*
 * What the files about tokens share.
 *
 *   tokens.c        by name and id: create, list, show, revoke
 *   token_change.c  a new name, or less power
 *   rotation.c      a successor, and the time in which both work
 *   dead_token.c    shown after its end
 *   bulk_revoke.c   ending many
 *   shortening.c    a limit that was lowered reaches what exists
 *   token_draft.c   a token that is not yet stored
 *   token_rules.c   the rules that a token must keep to
 *   token_shown.c   by a text that was shown: find, revoke, rotate
 *   leaks.c         reported by whoever found it
 *   token_note.c    what the audit log is told of a token
 *   exchange.c      a PAT for an access token
 */
#ifndef LATCHKEY_SERVICE_INTERNAL_H
#define LATCHKEY_SERVICE_INTERNAL_H

#include "cluster/change.h"
#include "service/audit.h"
#include "service/tokens.h"
#include "store/subjects.h"

/* JWTs carry whole seconds: so do the ends of all kinds. Rounded down. */
usec whole_second(usec t);

/*
 * What a credential can hand on: no more than it has itself. Everything, unless it is restricted to
 * scopes or networks; then its end is a bound too.
 */
struct token_power {
    bool is_restricted;
    str scopes; /* a list, see auth/scope.h */
    str allowed_ips;
    usec expires_at;
};
enum error token_power_of(struct worker *w, const struct principal *who, struct arena *arena,
                          struct token_power *out) MUST_CHECK;
/* A token with those guards would give no more than that. */
bool token_power_covers(const struct token_power *power, str scopes, str allowed_ips);

void check_token_name(str name, struct complaints *complaints);
/* The names and networks of an order as lists; what it leaves open is as `power` has it. */
void check_token_guards(struct worker *w, const struct token_order *order,
                        const struct token_power *power, struct arena *arena,
                        struct complaints *complaints, str *scopes, str *allowed_ips);
void check_scopes(struct worker *w, const str *names, size_t count, struct arena *arena,
                  struct complaints *complaints, str *out);
void check_allowed_ips(const str *texts, size_t count, struct arena *arena,
                       struct complaints *complaints, str *out);
/* The end of a new token: as asked, at most as far away as the organization and `power` allow. */
usec check_token_end(const struct token_order *order, const struct token_settings *settings,
                     int64_t limit_days, const struct token_power *power, usec now,
                     struct arena *arena, struct complaints *complaints);
/* The longest life of a new token in the subject's organization. */
int64_t token_limit_days(const struct shared *shared, const struct subject *subject);
bool token_kind_is_off(const struct shared *shared, const struct subject *subject,
                       enum token_kind kind);

/*
 * Holds the user's row and the settings of the organization that he acts in until the transaction
 * ends, and reads them: a limit that is lowered at the same time comes before or after, never
 * between. ERR_NOT_FOUND: no such user.
 */
enum error subject_hold(struct txn *txn, int64_t user_id, struct subject *out) MUST_CHECK;

/* What a new token is made from. */
struct token_draft {
    enum token_kind kind;
    int64_t user_id;
    str name;
    str scopes, allowed_ips; /* lists */
    usec expires_at;         /* whole seconds */
    int64_t made_by;         /* 0: its own user, or the operator */
    str family, rotated_from;
};
/* Its row, not yet stored, and its secret: the arena is marked. */
enum error token_draft_make(const struct shared *shared, const struct token_draft *draft, usec now,
                            struct arena *arena, struct new_token *out) MUST_CHECK;
/* The secret of a PAT again, from its row. ERR_NOT_FOUND: its key is there no more. */
enum error token_sign_again(const struct shared *shared, const struct token_row *row,
                            struct arena *arena, str *out) MUST_CHECK;

/* What `who` is to a token's owner: the reason of an ending. */
enum token_end_reason end_reason(const struct principal *who, int64_t user_id);
/* The user behind `who`; 0: the operator, or nobody. */
int64_t user_behind(const struct principal *who);

/*
 * Ends the row and what hangs on it, those of its family that are in their grace, inside a
 * transaction, and announces that in `change`; the audit log is told by the caller.
 * ERR_REVOKED  it was ended before
 */
enum error token_end_within(struct txn *txn, struct change *change, const struct token_row *row,
                            enum token_end_reason why, int64_t by, usec now,
                            struct arena *arena) MUST_CHECK;
/* The same for all of its family that counts; *ended says how many. */
enum error token_end_family_within(struct txn *txn, struct change *change,
                                   const struct token_row *row, enum token_end_reason why,
                                   int64_t by, usec now, struct arena *arena,
                                   int64_t *ended) MUST_CHECK;
/*
 * The row of a PAT or an API key by its whole text, whose signature or MAC is checked here. It may
 * have ended. ERR_NOT_FOUND: not one of ours, or not whole; ERR_EXPIRED: a PAT that says so itself
 */
enum error token_find_shown(struct worker *w, str text, usec now, struct arena *arena,
                            struct token_row *out) MUST_CHECK;
/* The row is known and in reach. ERR_REVOKED: it was ended before. */
enum error token_end(struct worker *w, const struct principal *who, const struct token_row *row,
                     enum token_end_reason why, usec now, struct arena *arena) MUST_CHECK;
/*
 * The row is a token in reach; its successor has the same kind, name, guards and, within the limit,
 * length of life. In the grace of an earlier rotation: the same successor again.
 * ERR_REVOKED, ERR_EXPIRED: it has ended; ERR_KIND_OFF; ERR_FORBIDDEN: it has more power than `who`
 */
enum error token_succeed(struct worker *w, const struct principal *who, const struct token_row *old,
                         usec grace, usec now, struct arena *arena,
                         struct new_token *out) MUST_CHECK;

/* An entry about a token; the organization is the one that its user acts in. */
struct audit_event token_event(enum audit_kind kind, const struct token_row *row,
                               int64_t organization_id);
/* Where the user acts, for an entry; 0: nowhere, or the user is gone. */
enum error token_organization(struct db *db, int64_t user_id, int64_t *out) MUST_CHECK;

#endif
