/*
 * What the commands of administration have in common: they work on the database directly, the
 * daemon running or not, as the operator, whom the file's permissions have let in. They open the
 * generation page too, so that a running daemon sees a change with its next request.
 */
#ifndef LATCHKEY_CLI_ADMIN_H
#define LATCHKEY_CLI_ADMIN_H

#include "auth/principal.h"
#include "cli/command.h"
#include "service/context.h"
#include "store/organizations.h"
#include "store/users.h"

/* The first fields of such a command's options, and their rows. */
#define ADMIN_FIELDS                                                                               \
    str data;                                                                                      \
    str database;                                                                                  \
    bool json
#define ADMIN_ROWS(type)                                                                           \
    OPTION_ROW(type, data, PATH, "DIR", "./data", ANY, "the daemon's data folder"),                \
        OPTION_ROW(type, database, TEXT, "URL", "", ANY,                                           \
                   "the daemon's database, where it has one elsewhere"),                           \
        OPTION_ROW(type, json, FLAG, "", "", ANY, "results as JSON")

/* The row for commands that act within one organization. */
#define ORGANIZATION_ROW(type)                                                                     \
    OPTION_ROW(type, organization, INTEGER, "ID", "", ANY,                                         \
               "which organization; need not be said where there is only one")

/* The row for commands that name scopes; field scopes_file, for admin_scopes. */
#define SCOPES_ROW(type)                                                                           \
    OPTION_ROW(type, scopes_file, PATH, "FILE", "", ANY,                                           \
               "the daemon's file of named scopes, where it has one")

struct admin {
    struct config config;
    struct shared *shared;
    struct worker *worker;
    struct principal operator;
    usec now;            /* when the command began */
    struct arena *arena; /* the invocation's */
};

/*
 * Opens everything; a failure is said on standard error. What is not EXIT_DONE is to be returned.
 * `out` stays where it is until admin_close, which takes a half-opened or an all-zero one too.
 */
enum exit_status admin_open(const struct invocation *invocation, str data, str database,
                            struct admin *out) MUST_CHECK;
/* The same for a command that may be the first of all: what is missing is made. */
enum exit_status admin_prepare(const struct invocation *invocation, str data, str database,
                               struct admin *out) MUST_CHECK;
void admin_close(struct admin *admin);
/* Knows the scopes of a file from then on; empty: none. A failure is said. */
enum exit_status admin_scopes(struct admin *admin, str path) MUST_CHECK;

/*
 * A user by e-mail or id; a service account by its name too.
 * ERR_CONFLICT  several organizations have a service account of that name
 * ERR_NOT_FOUND, and the store's
 */
enum error admin_find_user(struct admin *admin, str email_or_id, struct user_row *out) MUST_CHECK;
/* The same. A failure is said. */
enum exit_status admin_user(struct admin *admin, str email_or_id, struct user_row *out) MUST_CHECK;
/* An organization by id; 0: the only one. A failure is said. */
enum exit_status admin_organization(struct admin *admin, int64_t id,
                                    struct organization_row *out) MUST_CHECK;

#endif
