/*
 * Does the Label Studio behind the proxy accept what the proxy hands it?
 */
#include "cli/doctor.h"
#include "gateway/upstream.h"
#include "gateway/upstream_token.h"
#include "store/organizations.h"

static const char subject[] = "upstream";

/* As the owner: a refusal of anybody else may mean that he was switched off there. */
static enum error ask_as_owner(struct doctor *doctor, struct shared *shared, struct db *db,
                               struct upstream *upstream)
{
    struct organization_row first;
    struct upstream_token token;
    struct upstream_user user;
    enum error err = organizations_first(db, doctor->arena, &first);
    if (!err && first.created_by == 0)
        err = ERR_NOT_FOUND;
    if (!err)
        err = upstream_token_make(shared, first.created_by, 0, STR(""), doctor->now, doctor->arena,
                                  &token);
    if (!err)
        err = upstream_whoami(upstream, UPSTREAM_BEARER, token.token, doctor->arena, &user);
    if (!err && user.id != first.created_by)
        err = ERR_CONFLICT;
    return err;
}

static void tell(struct doctor *doctor, enum error err)
{
    if (!err)
        doctor_finds(doctor, GRADE_OK, subject, STR("takes our access tokens"), STR(""));
    else if (err == ERR_UNAUTHENTICATED)
        doctor_finds(doctor, GRADE_PROBLEM, subject,
                     STR("refuses an access token of its owner, made here"),
                     STR("switch personal access tokens on in Label Studio's own settings, and "
                         "see that both use the same SECRET_KEY"));
    else if (err == ERR_CONFLICT)
        doctor_finds(doctor, GRADE_PROBLEM, subject, STR("its owner is another user than here"),
                     STR("import its accounts into an empty data folder"));
    else if (err == ERR_NOT_FOUND)
        doctor_finds(doctor, GRADE_WARNING, subject, STR("there is no owner to ask as"),
                     STR("import Label Studio's accounts first"));
    else
        doctor_finds(doctor, GRADE_PROBLEM, subject, STR("does not answer as Label Studio does"),
                     STR("is it running, and is the address right? The line above says more"));
}

void doctor_examine_upstream(struct doctor *doctor, struct shared *shared)
{
    struct upstream *upstream = NULL;
    struct db *db = NULL;
    if (str_is_empty(doctor->config->upstream_url))
        return;
    enum error err = upstream_new(doctor->config->upstream_url, 1, &upstream);
    if (!err)
        err = db_connect(shared->database, &db);
    if (!err)
        err = ask_as_owner(doctor, shared, db, upstream);
    tell(doctor, err);
    db_close(db);
    upstream_free(upstream);
}
