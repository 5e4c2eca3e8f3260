/*
 * Results as JSON and as words: what --json prints, and the cells of the tables for people.
 */
#ifndef LATCHKEY_CLI_SHOW_H
#define LATCHKEY_CLI_SHOW_H

#include "api/json.h"
#include "base/arena.h"
#include "store/members.h"
#include "store/organizations.h"
#include "store/tokens.h"
#include "store/users.h"

/* New references. Times are RFC 3339, and null where there is none. */
json_t *user_json(const struct user_row *user, struct arena *arena);
json_t *organization_json(const struct organization_row *organization, struct arena *arena);

/* Prints the value on a line of its own and takes the reference. */
void show_json(json_t *value, struct arena *arena);

/* A list in the API's form, {"items": […], "next_cursor": null}, written as it comes. */
struct json_listing {
    size_t count;
};
void json_listing_begin(struct json_listing *listing);
void json_listing_add(struct json_listing *listing, json_t *value, struct arena *arena);
void json_listing_end(struct json_listing *listing);

/* Cells. */
str show_time(struct arena *arena, usec t); /* whole seconds; "never" for 0 and USEC_NEVER */
str show_number(struct arena *arena, int64_t n);
str show_yes(bool yes);
str show_on(bool on);
/* "Ann Bell", or the user name, or nothing. */
str show_name(struct arena *arena, const struct user_row *user);

/* All of them as one sentence after another, with the options that they are about: for failed_to().
 */
str show_complaints(const struct complaints *complaints, struct arena *arena);

/* "name:   value" lines that line up, for one thing. */
void show_field(const char *name, struct arena *arena, str value);

#endif
