/* latchkey org add, list, members, set-role, settings */
#include "api/token_settings.h"
#include "cli/admin.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/text_table.h"
#include "service/members.h"
#include "service/settings.h"

struct plain_options {
    ADMIN_FIELDS;
};
static const struct option plain_options[] = {ADMIN_ROWS(struct plain_options)};

struct member_options {
    ADMIN_FIELDS;
    int64_t organization;
};
static const struct option member_options[] = {
    ORGANIZATION_ROW(struct member_options),
    ADMIN_ROWS(struct member_options),
};

/* org add */

static enum exit_status add(const struct invocation *invocation)
{
    const struct plain_options *given = invocation->options;
    str title = str_trim(invocation->operands.items[0]);
    if (!organization_title_is_good(title))
        return used_wrongly("a title has 1 to %d characters, none of them a control character; "
                            "give another",
                            ORGANIZATION_TITLE_MAX);
    CLEANUP(admin_close) struct admin admin = {0};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    struct organization_row organization;
    enum error err =
        organization_create(admin.worker, title, admin.now, admin.arena, &organization);
    if (err)
        return failed_to("add the organization", err, STR(""));
    if (given->json)
        show_json(organization_json(&organization, admin.arena), admin.arena);
    else
        say("added organization %lld\n", (long long)organization.id);
    return EXIT_DONE;
}

const struct command command_org_add = {
    .name = "org add",
    .operands = "TITLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "adds an organization without members",
    .description = "'latchkey user add --organization ID --role owner' gives it an owner.",
    .example = "$ latchkey org add \"Image labelling\"",
    COMMAND_OPTIONS(plain_options, struct plain_options),
    .run = add,
};

/* org list */

static enum exit_status list(const struct invocation *invocation)
{
    static const char *const headings[] = {"ID", "TITLE", "MEMBERS", "CREATED"};
    const struct plain_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    struct organization_list organizations;
    enum error err = organizations_list(admin.worker->db, admin.arena, &organizations);
    if (err)
        return failed_to("list the organizations", err, STR(""));

    struct json_listing listing;
    struct text_table table;
    table_begin(&table, admin.arena, headings, COUNT_OF(headings));
    if (given->json)
        json_listing_begin(&listing);
    for (size_t i = 0; i < organizations.count; i++) {
        const struct organization_row *row = &organizations.items[i];
        int64_t members = 0;
        err = members_count(admin.worker->db, row->id, &members);
        if (err)
            return failed_to("count the members", err, STR(""));
        if (given->json)
            json_listing_add(&listing, organization_json(row, admin.arena), admin.arena);
        else
            TABLE_ADD(&table, show_number(admin.arena, row->id), row->title,
                      show_number(admin.arena, members), show_time(admin.arena, row->created_at));
    }
    if (given->json)
        json_listing_end(&listing);
    else
        table_print(&table);
    return EXIT_DONE;
}

const struct command command_org_list = {
    .name = "org list",
    .operands = "",
    .summary = "lists the organizations",
    .description = "",
    .example = "$ latchkey org list",
    COMMAND_OPTIONS(plain_options, struct plain_options),
    .run = list,
};

/* org members */

static json_t *member_json(const struct member_row *member, const struct user_row *user,
                           struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "user_id", json_integer(user->id));
    json_add(object, "email", json_from_str(user->email));
    json_add(object, "role", json_from_str(role_name(member->role)));
    json_add(object, "is_active", json_boolean(user->is_active));
    json_add(object, "created_at", json_from_time(arena, member->created_at));
    return object;
}

static enum exit_status list_members(const struct invocation *invocation)
{
    static const char *const headings[] = {"USER", "E-MAIL", "NAME", "ROLE", "ACTIVE", "SINCE"};
    const struct member_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct organization_row organization;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_organization(&admin, given->organization, &organization);
    if (status)
        return status;
    struct member_list all;
    enum error err = members_list(admin.worker->db, organization.id, -1, 0, admin.arena, &all);
    if (err)
        return failed_to("list the members", err, STR(""));

    struct json_listing listing;
    struct text_table table;
    table_begin(&table, admin.arena, headings, COUNT_OF(headings));
    if (given->json)
        json_listing_begin(&listing);
    for (size_t i = 0; i < all.count; i++) {
        const struct member_row *member = &all.items[i];
        const struct user_row *user = &all.users[i];
        if (given->json)
            json_listing_add(&listing, member_json(member, user, admin.arena), admin.arena);
        else
            TABLE_ADD(&table, show_number(admin.arena, user->id), user->email,
                      show_name(admin.arena, user), role_name(member->role),
                      show_yes(user->is_active), show_time(admin.arena, member->created_at));
    }
    if (given->json)
        json_listing_end(&listing);
    else
        table_print(&table);
    return EXIT_DONE;
}

const struct command command_org_members = {
    .name = "org members",
    .operands = "",
    .summary = "lists the members of an organization with their roles",
    .description = "",
    .example = "$ latchkey org members --organization 2",
    COMMAND_OPTIONS(member_options, struct member_options),
    .run = list_members,
};

/* org set-role */

static enum exit_status set_role(const struct invocation *invocation)
{
    const struct member_options *given = invocation->options;
    str role_text = invocation->operands.items[1];
    enum role role;
    if (role_of_name(role_text, &role))
        return used_wrongly("a role is member, administrator or owner, not '%.*s'",
                            STR_ARG(role_text));
    CLEANUP(admin_close) struct admin admin = {0};
    struct organization_row organization;
    struct user_row user;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_organization(&admin, given->organization, &organization);
    if (!status)
        status = admin_user(&admin, invocation->operands.items[0], &user);
    if (status)
        return status;

    enum error err = member_set_role(admin.worker, &admin.operator, organization.id, user.id, role,
                                     admin.now, admin.arena);
    if (err == ERR_NOT_FOUND || err == ERR_REVOKED)
        return failed("'%.*s' is no member of organization %lld; 'latchkey org members' lists them",
                      STR_ARG(user.email), (long long)organization.id);
    if (err == ERR_CONFLICT)
        return failed("'%.*s' is the last owner of organization %lld; make another owner first",
                      STR_ARG(user.email), (long long)organization.id);
    if (err)
        return failed_to("set the role", err, STR(""));
    if (given->json) {
        json_t *object = json_object();
        json_add(object, "organization_id", json_integer(organization.id));
        json_add(object, "user_id", json_integer(user.id));
        json_add(object, "role", json_from_str(role_name(role)));
        show_json(object, admin.arena);
    } else {
        say("user %lld is %.*s of organization %lld\n", (long long)user.id,
            STR_ARG(role_name(role)), (long long)organization.id);
    }
    return EXIT_DONE;
}

const struct command command_org_set_role = {
    .name = "org set-role",
    .operands = "EMAIL-or-ID ROLE",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "makes a member an owner, an administrator or a plain member",
    .description = "ROLE is member, administrator or owner. An organization always keeps an owner.",
    .example = "$ latchkey org set-role ann@example.com owner",
    COMMAND_OPTIONS(member_options, struct member_options),
    .run = set_role,
};

/* org settings */

enum setting { SETTING_KEEP, SETTING_ON, SETTING_OFF };

struct settings_options {
    ADMIN_FIELDS;
    int64_t organization;
    unsigned personal_access_tokens, legacy_tokens, api_keys, direct_pat;
    int64_t api_token_ttl_days;
    int64_t max_tokens_per_user;
    unsigned require_expiry;
    struct option_list allow_ip;
};

// clang-format off
static const struct option settings_options[] = {
    ORGANIZATION_ROW(struct settings_options),
    OPTION_ROW(struct settings_options, personal_access_tokens, CHOICE,  "keep|on|off", "keep", ANY,               "whether personal access tokens count, and what was exchanged for them"),
    OPTION_ROW(struct settings_options, legacy_tokens,          CHOICE,  "keep|on|off", "keep", ANY,               "whether legacy tokens count"),
    OPTION_ROW(struct settings_options, api_keys,               CHOICE,  "keep|on|off", "keep", ANY,               "whether API keys count"),
    OPTION_ROW(struct settings_options, direct_pat,             CHOICE,  "keep|on|off", "keep", ANY,               "whether a personal access token counts where an access token is wanted"),
    OPTION_ROW(struct settings_options, api_token_ttl_days,     INTEGER, "DAYS",        "",     BETWEEN(1, API_TOKEN_TTL_DAYS_MAX), "longest life of tokens; lowered, it shortens those that exist"),
    OPTION_ROW(struct settings_options, max_tokens_per_user,    INTEGER, "N",           "",     BETWEEN(0, 100000), "how many living tokens a user may have; 0 is no limit"),
    OPTION_ROW(struct settings_options, require_expiry,         CHOICE,  "keep|on|off", "keep", ANY,               "whether a new token must say when it ends"),
    OPTION_ROW(struct settings_options, allow_ip,               LIST,    "NET",         "",     SOME,              "the network that tokens count from, as 10.0.0.0/8; 'any' for anywhere"),
    ADMIN_ROWS(struct settings_options),
};
// clang-format on

static bool is_given(const struct invocation *invocation, const char *field)
{
    return options_source(invocation->reader, field) != FROM_DEFAULT;
}

static struct settings_patch patch_from(const struct invocation *invocation)
{
    const struct settings_options *given = invocation->options;
    bool from_anywhere =
        given->allow_ip.count == 1 && str_equal(given->allow_ip.items[0], STR("any"));
    return (struct settings_patch){
        .has_api_tokens = given->personal_access_tokens != SETTING_KEEP,
        .api_tokens = given->personal_access_tokens == SETTING_ON,
        .has_legacy_tokens = given->legacy_tokens != SETTING_KEEP,
        .legacy_tokens = given->legacy_tokens == SETTING_ON,
        .has_api_keys = given->api_keys != SETTING_KEEP,
        .api_keys = given->api_keys == SETTING_ON,
        .has_direct_pat = given->direct_pat != SETTING_KEEP,
        .direct_pat = given->direct_pat == SETTING_ON,
        .has_ttl_days = is_given(invocation, "api_token_ttl_days"),
        .ttl_days = given->api_token_ttl_days,
        .has_max_tokens = is_given(invocation, "max_tokens_per_user"),
        .max_tokens = given->max_tokens_per_user,
        .has_require_expiry = given->require_expiry != SETTING_KEEP,
        .require_expiry = given->require_expiry == SETTING_ON,
        .has_allowed_ips = given->allow_ip.count > 0,
        .allowed_ips = given->allow_ip.items,
        .allowed_ip_count = from_anywhere ? 0 : given->allow_ip.count,
    };
}

static bool changes_something(const struct settings_patch *patch)
{
    return patch->has_api_tokens || patch->has_legacy_tokens || patch->has_api_keys ||
           patch->has_direct_pat || patch->has_ttl_days || patch->has_max_tokens ||
           patch->has_require_expiry || patch->has_allowed_ips;
}

static void print_settings(const struct shown_settings *shown, struct arena *arena)
{
    const struct token_settings *settings = &shown->settings;
    say("personal-access-tokens  %s\n", settings->api_tokens_enabled ? "on" : "off");
    say("legacy-tokens           %s\n", settings->legacy_api_tokens_enabled ? "on" : "off");
    say("api-keys                %s\n", settings->api_keys_enabled ? "on" : "off");
    say("direct-pat              %s\n", settings->direct_pat_enabled ? "on" : "off");
    say("api-token-ttl-days      %lld\n", (long long)settings->api_token_ttl_days);
    str limit = settings->max_tokens_per_user ? show_number(arena, settings->max_tokens_per_user)
                                              : STR("no limit");
    say("max-tokens-per-user     %.*s\n", STR_ARG(limit));
    say("require-expiry          %s\n", settings->require_expiry ? "on" : "off");
    say("allow-ip                %.*s\n",
        STR_ARG(str_is_empty(shown->allowed_ips) ? STR("any") : shown->allowed_ips));
    if (shown->shortened > 0)
        say("%lld tokens end earlier now\n", (long long)shown->shortened);
}

static enum exit_status settings(const struct invocation *invocation)
{
    const struct settings_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct organization_row organization;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_organization(&admin, given->organization, &organization);
    if (status)
        return status;

    struct settings_patch patch = patch_from(invocation);
    struct complaints complaints = {0};
    struct shown_settings now_set;
    enum error err =
        changes_something(&patch)
            ? settings_change(admin.worker, &admin.operator, organization.id, &patch, admin.now,
                              admin.arena, &complaints, &now_set)
            : settings_show(admin.worker, &admin.operator, organization.id, admin.arena, &now_set);
    if (err)
        return failed_to("change the settings", err, show_complaints(&complaints, admin.arena));
    if (given->json)
        show_json(token_settings_json(&now_set), admin.arena);
    else
        print_settings(&now_set, admin.arena);
    return EXIT_DONE;
}

const struct command command_org_settings = {
    .name = "org settings",
    .operands = "",
    .summary = "shows or changes the token settings of an organization",
    .description = "Without options that change something the settings are shown. A kind that is "
                   "switched off counts\nnowhere from the next request on; switched on again, its "
                   "living tokens are back.",
    .example = "$ latchkey org settings\n"
               "$ latchkey org settings --legacy-tokens off --api-token-ttl-days 90",
    COMMAND_OPTIONS(settings_options, struct settings_options),
    .run = settings,
};
