/*
 * A user as Label Studio's answers show one, and the pieces that its resources share.
 */
#ifndef LATCHKEY_API_LS_USER_H
#define LATCHKEY_API_LS_USER_H

#include "api/json.h"
#include "service/directory.h"

struct ls_user {
    const struct user_row *row;
    bool is_removed; /* shown as "Deleted User" */
    int64_t active_organization_id;
    struct organization_card card; /* of that organization */
};

/* id, first_name, … date_joined; a new reference. */
json_t *ls_user_json(const struct ls_user *user, struct arena *arena);
/* The card of the user's active organization; `known` is filled, and asked first. */
enum error ls_user_of_row(struct worker *w, const struct user_row *row, bool is_removed,
                          struct organization_card *known, struct arena *arena,
                          struct ls_user *out) MUST_CHECK;

/* An address that a browser can ask for, or null. */
json_t *ls_avatar_json(str avatar, struct arena *arena);
/* First letters of the names; without names the first two characters of the e-mail. */
str ls_initials(const struct user_row *row, bool is_removed, struct arena *arena);

/* Drops members that the query does not ask for: `?<only>=id,email` and `?omit=email`. */
void ls_pick(struct request *rq, const char *only, json_t *object);

/* The path parameter as an id; 0, which nobody has, when the number is too large.
 * ERR_NOT_FOUND  not a number */
enum error ls_id(const struct request *rq, str param, int64_t *out) MUST_CHECK;

#endif
