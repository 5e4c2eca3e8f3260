/*
 * What the files of `apply` share.
 *
 *   apply_read.c      the file, as wishes
 *   apply.c           organizations, their settings and members
 *   apply_accounts.c  service accounts, and the limits of their tokens
 */
#ifndef LATCHKEY_CLI_APPLY_PASS_H
#define LATCHKEY_CLI_APPLY_PASS_H

#include "cli/apply.h"
#include "cli/apply_read.h"
#include "store/organizations.h"

#define PENDING_MAX 16 /* more than the fields of any one thing */

/* One pass over the wishes: the first one only looks. */
struct pass {
    struct worker *w;
    const struct principal *who;
    const struct apply_order *order;
    struct arena *arena;
    struct complaints complaints;
    bool looks_only;
    usec now;
    int64_t changes;
    str problem;
    /* what was found to differ, and is said once it is changed */
    struct apply_change pending[PENDING_MAX];
    size_t pending_count;
};

/* Something differs. It is said when it is done: by the next apply_stop without an error. */
void apply_differs(struct pass *p, char sign, str what, const char *field, str before, str after);
/* Gives the error back, with where it was met. Without one, what is pending is done. */
enum error apply_stop(struct pass *p, enum error err, str what) MUST_CHECK;
enum error apply_refuse(struct pass *p, str what, const char *why) MUST_CHECK;
/* Keeps of `has` what differs, and says it. */
void apply_compare(struct pass *p, str what, bool *has, const char *field, str before, str after);
void apply_compare_flag(struct pass *p, str what, bool *has, const char *field, bool before,
                        bool after);
/* By its number; one that is still to be made, by its title. */
str apply_organization_words(struct pass *p, const struct organization_row *row);

/* Of an organization whose id is 0 as long as it is still to be made. */
enum error apply_account(struct pass *p, const struct organization_row *row,
                         const struct wished_account *wished) MUST_CHECK;
enum error apply_prune_accounts(struct pass *p, const struct organization_row *row,
                                const struct wished_organization *wished) MUST_CHECK;

#endif
