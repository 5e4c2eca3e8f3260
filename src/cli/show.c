#include "cli/show.h"

#include "cli/say.h"

json_t *user_json(const struct user_row *user, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "id", json_integer(user->id));
    json_add(object, "email", json_from_str(user->email));
    json_add(object, "username", json_from_str(user->username));
    json_add(object, "first_name", json_from_str(user->first_name));
    json_add(object, "last_name", json_from_str(user->last_name));
    json_add(object, "is_active", json_boolean(user->is_active));
    json_add(object, "organization_id",
             user->active_organization_id ? json_integer(user->active_organization_id)
                                          : json_null());
    json_add(object, "date_joined", json_from_time(arena, user->date_joined));
    json_add(object, "last_activity", json_from_time(arena, user->last_activity));
    return object;
}

json_t *organization_json(const struct organization_row *organization, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "id", json_integer(organization->id));
    json_add(object, "title", json_from_str(organization->title));
    json_add(object, "created_by",
             organization->created_by ? json_integer(organization->created_by) : json_null());
    json_add(object, "created_at", json_from_time(arena, organization->created_at));
    return object;
}

void show_json(json_t *value, struct arena *arena)
{
    say_str(json_write(arena, value));
    say("\n");
}

void json_listing_begin(struct json_listing *listing)
{
    *listing = (struct json_listing){0};
    say("{\"items\":[");
}

void json_listing_add(struct json_listing *listing, json_t *value, struct arena *arena)
{
    say("%s", listing->count++ > 0 ? "," : "");
    say_str(json_write(arena, value));
}

void json_listing_end(struct json_listing *listing)
{
    (void)listing;
    say("],\"next_cursor\":null}\n");
}

str show_time(struct arena *arena, usec t)
{
    if (t == 0 || t == USEC_NEVER)
        return STR("never");
    return time_format(arena, SECONDS(usec_to_seconds(t)));
}

str show_number(struct arena *arena, int64_t n)
{
    return arena_printf(arena, "%lld", (long long)n);
}

str show_yes(bool yes)
{
    return yes ? STR("yes") : STR("no");
}

str show_on(bool on)
{
    return on ? STR("on") : STR("off");
}

str show_name(struct arena *arena, const struct user_row *user)
{
    if (str_is_empty(user->first_name) && str_is_empty(user->last_name))
        return user->username;
    return str_trim(ARENA_JOIN(arena, user->first_name, STR(" "), user->last_name));
}

/* The API's field by the option that fills it: "ttl_days" is --ttl-days. */
static str option_of(str field, struct arena *arena)
{
    static const struct {
        str field, option;
    } others[] = {{STR_INIT("scopes"), STR_INIT("--scope")},
                  {STR_INIT("allowed_ips"), STR_INIT("--allow-ip")},
                  {STR_INIT("events"), STR_INIT("--event")},
                  {STR_INIT("user_id"), STR_INIT("--user")},
                  {STR_INIT("url"), STR_INIT("URL")}};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (str_equal(field, others[i].field))
            return others[i].option;
    str option = STR("-"), word, rest = field;
    bool more;
    do {
        more = str_cut(rest, '_', &word, &rest);
        option = ARENA_JOIN(arena, option, STR("-"), word);
    } while (more);
    return option;
}

str show_complaints(const struct complaints *complaints, struct arena *arena)
{
    str text = STR("");
    for (size_t i = 0; i < complaints->count; i++) {
        const struct complaint *one = &complaints->items[i];
        const struct complaint *next = i + 1 < complaints->count ? one + 1 : NULL;
        str name = str_is_empty(one->field) ? STR("") : option_of(one->field, arena);
        text = ARENA_JOIN(arena, text, str_is_empty(text) ? STR("") : STR(" "), name);
        if (next && str_equal(next->text, one->text) && !str_is_empty(name))
            text = ARENA_JOIN(arena, text, STR(","));
        else
            text = ARENA_JOIN(arena, text, str_is_empty(name) ? STR("") : STR(": "), one->text);
    }
    return text;
}

void show_field(const char *name, struct arena *arena, str value)
{
    say("%-14s ", name);
    say_str(say_safely(arena, value));
    say("\n");
}
