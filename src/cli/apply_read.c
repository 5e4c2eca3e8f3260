#include "cli/apply_read.h"

#include "api/json.h"
#include "cli/yaml.h"
#include "service/organizations.h"

/* Where in the file one is, and what is wrong there. */
struct place {
    struct arena *arena;
    struct complaints *complaints;
    const char *at; /* "organizations[0].settings" */
};

static void wrong(const struct place *place, const char *name, const char *text)
{
    complain(place->complaints, arena_printf(place->arena, "%s.%s", place->at, name),
             str_from(text));
}

static struct place inside(const struct place *place, const char *name)
{
    struct place inner = *place;
    inner.at = arena_cstr(place->arena, arena_printf(place->arena, "%s.%s", place->at, name));
    return inner;
}

static struct place item_of(const struct place *place, const char *name, size_t index)
{
    struct place item = *place;
    item.at = arena_cstr(place->arena, arena_printf(place->arena, "%s%s%s[%zu]", place->at,
                                                    place->at[0] ? "." : "", name, index));
    return item;
}

static bool is_known(const char *name, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    return false;
}

/* False, complained about, unless it is an object; unknown members are complained about. */
static bool check_object(const struct place *place, json_t *value, const char *const *known,
                         size_t count)
{
    if (!json_is_object(value)) {
        complain(place->complaints, str_from(place->at), STR("Must be names with values."));
        return false;
    }
    const char *name;
    json_t *member;
    json_object_foreach(value, name, member) if (!is_known(name, known, count))
        wrong(place, name, "There is nothing of that name here.");
    return true;
}

static bool read_text(const struct place *place, const json_t *object, const char *name, str *out)
{
    const json_t *value = json_object_get(object, name);
    *out = arena_copy(place->arena, json_text(value));
    if (!value || json_is_string(value))
        return value != NULL;
    wrong(place, name, "Must be a text; put it in quotation marks.");
    return false;
}

static bool read_flag(const struct place *place, const json_t *object, const char *name, bool *out)
{
    const json_t *value = json_object_get(object, name);
    *out = json_is_true(value);
    if (!value || json_is_boolean(value))
        return value != NULL;
    wrong(place, name, "Must be true or false.");
    return false;
}

static bool read_number(const struct place *place, const json_t *object, const char *name,
                        int64_t *out)
{
    const json_t *value = json_object_get(object, name);
    *out = json_integer_value(value);
    if (!value || json_is_integer(value))
        return value != NULL;
    wrong(place, name, "Must be a whole number.");
    return false;
}

static bool read_role(const struct place *place, const json_t *object, enum role *out)
{
    str text;
    *out = ROLE_MEMBER;
    if (!read_text(place, object, "role", &text))
        return false;
    if (role_of_name(text, out) == OK && *out != ROLE_NONE)
        return true;
    wrong(place, "role", "Must be member, administrator or owner.");
    return false;
}

static bool read_texts(const struct place *place, const json_t *object, const char *name,
                       const str **out, size_t *count)
{
    json_t *value = json_object_get(object, name);
    *count = 0;
    *out = NULL;
    if (!value)
        return false;
    str *texts = ARENA_ARRAY(place->arena, str, json_array_size(value) + 1);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        if (!json_is_string(item)) {
            wrong(place, name, "Must be a list of texts.");
            return false;
        }
        texts[(*count)++] = arena_copy(place->arena, json_text(item));
    }
    *out = texts;
    if (!json_is_array(value))
        wrong(place, name, "Must be a list of texts.");
    return json_is_array(value);
}

/* Calls `read` for each item of the list `name`; returns room for them. */
typedef void read_item(const struct place *place, json_t *value, void *out);

static void *read_list(const struct place *place, const json_t *object, const char *name,
                       size_t item_bytes, read_item *read, size_t *count)
{
    json_t *value = json_object_get(object, name);
    *count = json_array_size(value);
    if (value && !json_is_array(value))
        wrong(place, name, "Must be a list.");
    char *items = arena_alloc(place->arena, item_bytes * (*count + 1));
    for (size_t i = 0; i < *count; i++) {
        struct place item = item_of(place, name, i);
        read(&item, json_array_get(value, i), items + i * item_bytes);
    }
    return items;
}

static void read_member(const struct place *place, json_t *value, void *out)
{
    static const char *const known[] = {"email", "role", "is_active"};
    struct wished_member *member = out;
    member->email = STR("");
    if (!check_object(place, value, known, COUNT_OF(known)))
        return;
    if (!read_text(place, value, "email", &member->email) || !str_contains(member->email, STR("@")))
        wrong(place, "email", "Must be an e-mail address.");
    member->has_role = read_role(place, value, &member->role);
    member->has_active = read_flag(place, value, "is_active", &member->is_active);
}

static void read_token(const struct place *place, json_t *value, void *out)
{
    static const char *const known[] = {"name", "scopes", "allowed_ips", "expires_at"};
    struct wished_token *token = out;
    struct token_patch *patch = &token->patch;
    str end;
    token->name = STR("");
    if (!check_object(place, value, known, COUNT_OF(known)))
        return;
    if (!read_text(place, value, "name", &token->name))
        wrong(place, "name", "Must name a token of this account.");
    patch->has_scopes = read_texts(place, value, "scopes", &patch->scopes, &patch->scope_count);
    patch->has_allowed_ips =
        read_texts(place, value, "allowed_ips", &patch->allowed_ips, &patch->allowed_ip_count);
    patch->has_end = read_text(place, value, "expires_at", &end);
    if (patch->has_end && time_parse(end, &patch->expires_at))
        wrong(place, "expires_at", "Must be a time such as 2027-01-31T00:00:00Z.");
}

static void read_account(const struct place *place, json_t *value, void *out)
{
    static const char *const known[] = {"name", "description", "owner",
                                        "role", "is_active",   "tokens"};
    struct wished_account *account = out;
    account->name = account->owner = account->description = STR("");
    if (!check_object(place, value, known, COUNT_OF(known)))
        return;
    if (!read_text(place, value, "name", &account->name) || str_is_empty(account->name))
        wrong(place, "name", "Must be the account's name.");
    account->has_description = read_text(place, value, "description", &account->description);
    account->has_owner = read_text(place, value, "owner", &account->owner);
    account->has_role = read_role(place, value, &account->role);
    account->has_active = read_flag(place, value, "is_active", &account->is_active);
    account->tokens = read_list(place, value, "tokens", sizeof(struct wished_token), read_token,
                                &account->token_count);
}

static void read_settings(const struct place *place, json_t *value, struct settings_patch *patch)
{
    static const char *const known[] = {
        "api_tokens_enabled", "legacy_api_tokens_enabled", "api_keys_enabled", "direct_pat_enabled",
        "api_token_ttl_days", "max_tokens_per_user",       "require_expiry",   "allowed_ips",
    };
    if (!check_object(place, value, known, COUNT_OF(known)))
        return;
    patch->has_api_tokens = read_flag(place, value, known[0], &patch->api_tokens);
    patch->has_legacy_tokens = read_flag(place, value, known[1], &patch->legacy_tokens);
    patch->has_api_keys = read_flag(place, value, known[2], &patch->api_keys);
    patch->has_direct_pat = read_flag(place, value, known[3], &patch->direct_pat);
    patch->has_ttl_days = read_number(place, value, known[4], &patch->ttl_days);
    patch->has_max_tokens = read_number(place, value, known[5], &patch->max_tokens);
    patch->has_require_expiry = read_flag(place, value, known[6], &patch->require_expiry);
    patch->has_allowed_ips =
        read_texts(place, value, known[7], &patch->allowed_ips, &patch->allowed_ip_count);
}

static void read_organization(const struct place *place, json_t *value, void *out)
{
    static const char *const known[] = {"id",   "title", "settings", "members", "service_accounts",
                                        "prune"};
    struct wished_organization *organization = out;
    organization->at = place->at;
    organization->title = STR("");
    if (!check_object(place, value, known, COUNT_OF(known)))
        return;
    if (read_number(place, value, "id", &organization->id) && organization->id < 1)
        wrong(place, "id", "Must be an organization's number, as 'latchkey org list' shows it.");
    if (read_text(place, value, "title", &organization->title) &&
        !organization_title_is_good(organization->title))
        wrong(place, "title", "Must have 1 to 1000 characters, without control characters.");
    (void)read_flag(place, value, "prune", &organization->prune); /* false unless said */
    struct place settings = inside(place, "settings");
    json_t *given = json_object_get(value, "settings");
    if (given)
        read_settings(&settings, given, &organization->settings);
    organization->members = read_list(place, value, "members", sizeof(struct wished_member),
                                      read_member, &organization->member_count);
    organization->accounts =
        read_list(place, value, "service_accounts", sizeof(struct wished_account), read_account,
                  &organization->account_count);
}

/* Two items about the same thing would undo one another. */
static void refuse_doubles(const struct wished_organization *o, struct place *place)
{
    for (size_t i = 0; i < o->member_count; i++)
        for (size_t j = 0; j < i; j++)
            if (str_equal_nocase(o->members[i].email, o->members[j].email))
                complain(place->complaints, arena_printf(place->arena, "%s.members[%zu]", o->at, i),
                         STR("This e-mail comes a second time."));
    for (size_t i = 0; i < o->account_count; i++)
        for (size_t j = 0; j < i; j++)
            if (str_equal(o->accounts[i].name, o->accounts[j].name))
                complain(place->complaints,
                         arena_printf(place->arena, "%s.service_accounts[%zu]", o->at, i),
                         STR("This name comes a second time."));
}

static void read_file(struct place *place, json_t *value, struct wishes *out)
{
    static const char *const known[] = {"organizations"};
    if (json_is_null(value))
        return; /* an empty file wishes nothing */
    if (!json_is_object(value)) {
        complain(place->complaints, STR("the file"), STR("Must begin with 'organizations:'."));
        return;
    }
    const char *name;
    json_t *member;
    json_object_foreach(value, name, member) if (!is_known(name, known, COUNT_OF(known)))
        complain(place->complaints, arena_printf(place->arena, "%s", name),
                 STR("There is nothing of that name here; 'organizations' is."));
    if (json_object_get(value, "organizations") &&
        !json_is_array(json_object_get(value, "organizations"))) {
        complain(place->complaints, STR("organizations"), STR("Must be a list."));
        return;
    }
    out->items = read_list(place, value, "organizations", sizeof(struct wished_organization),
                           read_organization, &out->count);
    for (size_t i = 0; i < out->count; i++)
        refuse_doubles(&out->items[i], place);
}

enum error apply_read(str text, struct arena *arena, struct complaints *complaints, str *problem,
                      struct wishes *out)
{
    json_t *value = NULL;
    *out = (struct wishes){0};
    enum error err = yaml_read(text, arena, problem, &value);
    if (err)
        return err;
    struct place place = {.arena = arena, .complaints = complaints, .at = ""};
    read_file(&place, value, out);
    json_decref(value);
    for (size_t i = 0; i < complaints->count; i++) {
        str *where = &complaints->items[i].field;
        *where = arena_printf(arena, "line %zu, %.*s", yaml_line_of(text, *where), STR_ARG(*where));
    }
    return complaints->count > 0 ? ERR_INVALID : OK;
}
