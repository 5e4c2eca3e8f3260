/* latchkey user add, list, show, set-password, deactivate, activate */
#include "cli/admin.h"
#include "cli/say.h"
#include "cli/secret_input.h"
#include "cli/show.h"
#include "cli/text_table.h"
#include "service/accounts.h"
#include "service/organizations.h"

#define PAGE 1000

struct user_options {
    ADMIN_FIELDS;
};

static const struct option user_options[] = {ADMIN_ROWS(struct user_options)};

/* user add */

struct add_options {
    ADMIN_FIELDS;
    int64_t organization;
    unsigned role;
    str first_name, last_name, username;
    str password_file;
    bool no_password;
};

// clang-format off
static const struct option add_options[] = {
    ORGANIZATION_ROW(struct add_options),
    OPTION_ROW(struct add_options, role,          CHOICE, "member|administrator|owner", "member", ANY, "what the user may do there"),
    OPTION_ROW(struct add_options, first_name,    TEXT,   "TEXT", "", ANY, "the user's first name"),
    OPTION_ROW(struct add_options, last_name,     TEXT,   "TEXT", "", ANY, "the user's last name"),
    OPTION_ROW(struct add_options, username,      TEXT,   "TEXT", "", ANY, "the user's short name, else what stands before the @"),
    OPTION_ROW(struct add_options, password_file, PATH,   "FILE", "", ANY, "file with the password, - for standard input; else it is asked for"),
    OPTION_ROW(struct add_options, no_password,   FLAG,   "",     "", ANY, "nobody can sign in with a password, only with tokens"),
    ADMIN_ROWS(struct add_options),
};
// clang-format on

static enum exit_status check_password(str password)
{
    size_t length = str_is_utf8(password) ? str_utf8_length(password) : 0;
    if (length < PASSWORD_MIN || length > PASSWORD_MAX)
        return failed("a password has %d to %d characters, in UTF-8; choose another", PASSWORD_MIN,
                      PASSWORD_MAX);
    return EXIT_DONE;
}

static enum exit_status get_password(str file, struct arena *arena, str *out)
{
    str problem = STR("");
    enum error err = password_get(file, ASK_TWICE, arena, &problem, out);
    return err ? failed_to("read the password", err, problem) : check_password(*out);
}

static enum exit_status add(const struct invocation *invocation)
{
    static const enum role roles[] = {ROLE_MEMBER, ROLE_ADMINISTRATOR, ROLE_OWNER};
    const struct add_options *given = invocation->options;
    struct account_order order = {.email = invocation->operands.items[0],
                                  .username = given->username,
                                  .first_name = given->first_name,
                                  .last_name = given->last_name,
                                  .phone = STR(""),
                                  .password = STR(""),
                                  .allow_newsletters = DB_NULL_I64,
                                  .role = roles[given->role],
                                  .legacy_token = STR("")};
    if (!email_is_valid(order.email))
        return used_wrongly("'%.*s' is not an e-mail address", STR_ARG(order.email));
    if (!account_name_is_good(order.first_name) || !account_name_is_good(order.last_name) ||
        !account_name_is_good(order.username))
        return used_wrongly("a name has up to %d characters, none of them a control character",
                            ACCOUNT_NAME_MAX);
    if (given->no_password && !str_is_empty(given->password_file))
        return used_wrongly("--no-password and --password-file contradict each other; give one");

    CLEANUP(admin_close) struct admin admin = {0};
    struct organization_row organization;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_organization(&admin, given->organization, &organization);
    if (!status && !given->no_password)
        status = get_password(given->password_file, admin.arena, &order.password);
    if (status)
        return status;

    order.organization_id = organization.id;
    order.made_by = &admin.operator;
    struct user_row user;
    enum error err = account_create(admin.worker, &order, admin.now, admin.arena, &user);
    if (err == ERR_CONFLICT)
        return failed("there is a user '%.*s' already; 'latchkey user show' shows whom",
                      STR_ARG(order.email));
    if (err)
        return failed_to("add the user", err, STR(""));
    if (given->json)
        show_json(user_json(&user, admin.arena), admin.arena);
    else
        say("added user %lld\n", (long long)user.id);
    return EXIT_DONE;
}

const struct command command_user_add = {
    .name = "user add",
    .operands = "EMAIL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "adds a user to an organization",
    .description =
        "The password is asked for on the terminal, or read from a file. Every user has a "
        "legacy token\nfrom birth; it counts once the organization switches that kind on.",
    .example = "$ latchkey user add ann@example.com --role administrator\n"
               "$ pass show latchkey/ann | latchkey user add ann@example.com --password-file -",
    COMMAND_OPTIONS(add_options, struct add_options),
    .run = add,
};

/* user list */

struct user_printer {
    bool json;
    struct json_listing listing;
    struct text_table table;
};

static void print_user(struct user_printer *printer, const struct user_row *user,
                       struct arena *scratch)
{
    if (printer->json)
        json_listing_add(&printer->listing, user_json(user, scratch), scratch);
    else
        TABLE_ADD(&printer->table, show_number(scratch, user->id), user->email,
                  show_name(scratch, user),
                  user->active_organization_id ? show_number(scratch, user->active_organization_id)
                                               : STR("-"),
                  show_yes(user->is_active), show_time(scratch, user->last_activity));
}

static enum exit_status list(const struct invocation *invocation)
{
    static const char *const headings[] = {"ID",           "E-MAIL", "NAME",
                                           "ORGANIZATION", "ACTIVE", "LAST ACTIVITY"};
    const struct user_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;

    struct user_printer printer = {.json = given->json};
    table_begin(&printer.table, admin.arena, headings, COUNT_OF(headings));
    if (printer.json)
        json_listing_begin(&printer.listing);
    CLEANUP(arena_release) struct arena scratch = {0};
    int64_t after = 0;
    for (;;) {
        struct user_list page;
        enum error err = users_list(admin.worker->db, after, PAGE, &scratch, &page);
        if (err)
            return failed_to("list the users", err, STR(""));
        for (size_t i = 0; i < page.count; i++)
            print_user(&printer, &page.items[i], &scratch);
        if (page.count < PAGE)
            break;
        after = page.items[page.count - 1].id;
        arena_reset(&scratch);
    }
    if (printer.json)
        json_listing_end(&printer.listing);
    else
        table_print(&printer.table);
    return EXIT_DONE;
}

const struct command command_user_list = {
    .name = "user list",
    .operands = "",
    .summary = "lists all users",
    .description = "",
    .example = "$ latchkey user list --data /var/lib/latchkey\n"
               "$ latchkey user list --json | jq -r '.items[] | select(.is_active).email'",
    COMMAND_OPTIONS(user_options, struct user_options),
    .run = list,
};

/* user show */

static enum exit_status show(const struct invocation *invocation)
{
    const struct user_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct user_row user;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_user(&admin, invocation->operands.items[0], &user);
    if (status)
        return status;
    if (given->json) {
        show_json(user_json(&user, admin.arena), admin.arena);
        return EXIT_DONE;
    }

    struct member_row member = {.role = ROLE_NONE};
    enum error err = members_first_of_user(admin.worker->db, user.id, &member);
    if (err && err != ERR_NOT_FOUND)
        return failed_to("read the membership", err, STR(""));
    show_field("id", admin.arena, show_number(admin.arena, user.id));
    show_field("e-mail", admin.arena, user.email);
    show_field("name", admin.arena, show_name(admin.arena, &user));
    show_field("active", admin.arena, show_yes(user.is_active));
    show_field("organization", admin.arena,
               err ? STR("none") : show_number(admin.arena, member.organization_id));
    show_field("role", admin.arena, role_name(err ? ROLE_NONE : member.role));
    show_field("joined", admin.arena, show_time(admin.arena, user.date_joined));
    show_field("last activity", admin.arena, show_time(admin.arena, user.last_activity));
    return EXIT_DONE;
}

const struct command command_user_show = {
    .name = "user show",
    .operands = "EMAIL-or-ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "shows one user",
    .description = "",
    .example = "$ latchkey user show ann@example.com",
    COMMAND_OPTIONS(user_options, struct user_options),
    .run = show,
};

/* user set-password */

struct password_options {
    ADMIN_FIELDS;
    str password_file;
};

static const struct option password_options[] = {
    OPTION_ROW(struct password_options, password_file, PATH, "FILE", "", ANY,
               "file with the password, - for standard input; else it is asked for"),
    ADMIN_ROWS(struct password_options),
};

static enum exit_status set_password(const struct invocation *invocation)
{
    const struct password_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct user_row user;
    str password;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_user(&admin, invocation->operands.items[0], &user);
    if (!status)
        status = get_password(given->password_file, admin.arena, &password);
    if (status)
        return status;
    enum error err = account_set_password(admin.worker, &admin.operator, user.id, password,
                                          admin.now, admin.arena);
    if (err)
        return failed_to("set the password", err, STR(""));
    if (given->json)
        show_json(user_json(&user, admin.arena), admin.arena);
    else
        say("set the password of user %lld and ended all sessions\n", (long long)user.id);
    return EXIT_DONE;
}

const struct command command_user_set_password = {
    .name = "user set-password",
    .operands = "EMAIL-or-ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "gives a user another password and ends all sessions",
    .description = "",
    .example = "$ latchkey user set-password ann@example.com",
    COMMAND_OPTIONS(password_options, struct password_options),
    .run = set_password,
};

/* user deactivate, user activate */

static enum exit_status set_active(const struct invocation *invocation, bool is_active)
{
    const struct user_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct user_row user;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_user(&admin, invocation->operands.items[0], &user);
    if (status)
        return status;
    enum error err = account_set_active(admin.worker, &admin.operator, user.id, is_active,
                                        admin.now, admin.arena);
    if (err == ERR_CONFLICT)
        return failed("'%.*s' is the last owner of an organization; 'latchkey org set-role' makes "
                      "another owner first",
                      STR_ARG(user.email));
    if (err)
        return failed_to("change the user", err, STR(""));
    user.is_active = is_active;
    if (given->json)
        show_json(user_json(&user, admin.arena), admin.arena);
    else
        say("user %lld is %s\n", (long long)user.id, is_active ? "active" : "not active any more");
    return EXIT_DONE;
}

static enum exit_status deactivate(const struct invocation *invocation)
{
    return set_active(invocation, false);
}

static enum exit_status activate(const struct invocation *invocation)
{
    return set_active(invocation, true);
}

const struct command command_user_deactivate = {
    .name = "user deactivate",
    .operands = "EMAIL-or-ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "stops a user's password, sessions and tokens from counting",
    .description = "It takes effect with the next request. 'latchkey user activate' brings the "
                   "tokens back; sessions\nhave ended for good.",
    .example = "$ latchkey user deactivate ann@example.com",
    COMMAND_OPTIONS(user_options, struct user_options),
    .run = deactivate,
};

const struct command command_user_activate = {
    .name = "user activate",
    .operands = "EMAIL-or-ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "lets a deactivated user act again",
    .description = "",
    .example = "$ latchkey user activate ann@example.com",
    COMMAND_OPTIONS(user_options, struct user_options),
    .run = activate,
};
