/* latchkey service-account add, list, show, deactivate, activate */
#include "api/people.h"
#include "cli/admin.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/text_table.h"
#include "service/organizations.h"
#include "service/service_accounts.h"

#define PAGE 200

struct account_options {
    ADMIN_FIELDS;
    int64_t organization;
};

static const struct option account_options[] = {
    ORGANIZATION_ROW(struct account_options),
    ADMIN_ROWS(struct account_options),
};

static enum exit_status open_organization(const struct invocation *invocation, str data,
                                          str database, int64_t id, struct admin *admin,
                                          struct organization_row *out)
{
    enum exit_status status = admin_open(invocation, data, database, admin);
    return status ? status : admin_organization(admin, id, out);
}

/* By name, e-mail or id, of that organization. */
static enum exit_status find(struct admin *admin, int64_t organization_id, str given,
                             struct service_account *out)
{
    struct user_row user;
    enum error err =
        service_accounts_find_by_name(admin->worker->db, organization_id, given, &user.id);
    if (err == ERR_NOT_FOUND)
        err = admin_find_user(admin, given, &user);
    if (!err)
        err = service_account_show(admin->worker, &admin->operator, organization_id, user.id,
                                   admin->now, admin->arena, out);
    if (err == ERR_NOT_FOUND || err == ERR_CONFLICT /* in others */)
        return failed("'%.*s' is no service account of the organization; 'latchkey service-account "
                      "list' shows them",
                      STR_ARG(given));
    return err ? failed_to("find the service account", err, STR("")) : EXIT_DONE;
}

static str show_owner(const struct service_account *account)
{
    return account->owner_id ? account->owner_email : STR("nobody");
}

static void show_account(const struct service_account *account, struct arena *arena)
{
    show_field("id", arena, show_number(arena, account->id));
    show_field("name", arena, account->name);
    show_field("e-mail", arena, account->email);
    show_field("description", arena, account->description);
    show_field("owner", arena, show_owner(account));
    if (!account->owner_can_act)
        show_field("needs an owner", arena, show_yes(true));
    show_field("role", arena, role_name(account->role));
    show_field("active", arena, show_yes(account->is_active));
    show_field("created", arena, show_time(arena, account->created_at));
    show_field("live tokens", arena, show_number(arena, account->live_tokens));
    show_field("last used", arena, show_time(arena, account->used_at));
}

/* service-account add */

struct add_options {
    ADMIN_FIELDS;
    int64_t organization;
    unsigned role;
    str description;
    str owner;
};

// clang-format off
static const struct option add_options[] = {
    ORGANIZATION_ROW(struct add_options),
    OPTION_ROW(struct add_options, role,        CHOICE, "member|administrator", "member", ANY, "what it may do there"),
    OPTION_ROW(struct add_options, description, TEXT,   "TEXT",  "", ANY, "what it is for"),
    OPTION_ROW(struct add_options, owner,       TEXT,   "EMAIL", "", ANY, "who answers for it"),
    ADMIN_ROWS(struct add_options),
};
// clang-format on

static enum exit_status say_why_not(enum error err, const struct complaints *complaints,
                                    const struct service_account_order *order)
{
    if (err == ERR_INVALID && complaints->count > 0)
        return failed("%.*s: %.*s", STR_ARG(complaints->items[0].field),
                      STR_ARG(complaints->items[0].text));
    if (err == ERR_CONFLICT)
        return failed("there is a service account '%.*s' already; 'latchkey service-account show' "
                      "shows it",
                      STR_ARG(order->name));
    return failed_to("add the service account", err, STR(""));
}

static enum exit_status add(const struct invocation *invocation)
{
    static const enum role roles[] = {ROLE_MEMBER, ROLE_ADMINISTRATOR};
    const struct add_options *given = invocation->options;
    struct service_account_order order = {.name = invocation->operands.items[0],
                                          .description = given->description,
                                          .role = roles[given->role]};
    CLEANUP(admin_close) struct admin admin = {0};
    struct organization_row organization;
    struct user_row owner;
    enum exit_status status = open_organization(invocation, given->data, given->database,
                                                given->organization, &admin, &organization);
    if (!status && !str_is_empty(given->owner)) {
        status = admin_user(&admin, given->owner, &owner);
        order.owner_id = status ? 0 : owner.id;
    }
    if (status)
        return status;
    order.organization_id = organization.id;
    struct service_account account;
    struct complaints complaints = {0};
    enum error err = service_account_create(admin.worker, &admin.operator, & order, admin.now,
                                            admin.arena, &complaints, &account);
    if (err)
        return say_why_not(err, &complaints, &order);
    if (given->json)
        show_json(service_account_json(&account, admin.arena), admin.arena);
    else
        say("added service account %lld\n", (long long)account.id);
    return EXIT_DONE;
}

const struct command command_service_account_add = {
    .name = "service-account add",
    .operands = "NAME",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "adds an account for a program",
    .description =
        "A service account has no password and no session. Its tokens are made with 'latchkey "
        "token create\n--user NAME' or by an administrator, and work wherever a person's do.",
    .example = "$ latchkey service-account add nightly-export --owner ann@example.com\n"
               "$ latchkey token create --user nightly-export --name cron --kind api_key",
    COMMAND_OPTIONS(add_options, struct add_options),
    .run = add,
};

/* service-account list */

static void add_row(struct text_table *table, const struct service_account *account,
                    struct arena *arena)
{
    TABLE_ADD(table, show_number(arena, account->id), account->name, show_owner(account),
              role_name(account->role), show_yes(account->is_active),
              show_number(arena, account->live_tokens), show_time(arena, account->used_at));
}

static enum exit_status list(const struct invocation *invocation)
{
    static const char *const headings[] = {"ID",     "NAME",   "OWNER",    "ROLE",
                                           "ACTIVE", "TOKENS", "LAST USED"};
    const struct account_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct organization_row organization;
    enum exit_status status = open_organization(invocation, given->data, given->database,
                                                given->organization, &admin, &organization);
    if (status)
        return status;
    struct text_table table;
    struct json_listing listing;
    struct service_account_page page;
    table_begin(&table, admin.arena, headings, COUNT_OF(headings));
    if (given->json)
        json_listing_begin(&listing);
    int64_t after = 0;
    do {
        enum error err = service_account_list(admin.worker, &admin.operator, organization.id,
                                              STR(""), after, PAGE, admin.now, admin.arena, &page);
        if (err)
            return failed_to("list the service accounts", err, STR(""));
        for (size_t i = 0; i < page.list.count; i++) {
            const struct service_account *account = &page.list.items[i];
            after = account->id;
            if (given->json)
                json_listing_add(&listing, service_account_json(account, admin.arena), admin.arena);
            else
                add_row(&table, account, admin.arena);
        }
    } while (page.list.count == PAGE);
    if (given->json)
        json_listing_end(&listing);
    else
        table_print(&table);
    return EXIT_DONE;
}

const struct command command_service_account_list = {
    .name = "service-account list",
    .operands = "",
    .summary = "lists the accounts of programs",
    .description = "",
    .example = "$ latchkey service-account list --json | jq -r '.items[] | "
               "select(.needs_owner).name'",
    COMMAND_OPTIONS(account_options, struct account_options),
    .run = list,
};

/* service-account show */

static enum exit_status show(const struct invocation *invocation)
{
    const struct account_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct organization_row organization;
    struct service_account account;
    enum exit_status status = open_organization(invocation, given->data, given->database,
                                                given->organization, &admin, &organization);
    if (!status)
        status = find(&admin, organization.id, invocation->operands.items[0], &account);
    if (status)
        return status;
    if (given->json)
        show_json(service_account_json(&account, admin.arena), admin.arena);
    else
        show_account(&account, admin.arena);
    return EXIT_DONE;
}

const struct command command_service_account_show = {
    .name = "service-account show",
    .operands = "NAME-or-ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "shows one account of a program",
    .description = "",
    .example = "$ latchkey service-account show nightly-export",
    COMMAND_OPTIONS(account_options, struct account_options),
    .run = show,
};

/* service-account deactivate, service-account activate */

static enum exit_status set_active(const struct invocation *invocation, bool is_active)
{
    const struct account_options *given = invocation->options;
    const struct service_account_patch patch = {.has_active = true, .is_active = is_active};
    CLEANUP(admin_close) struct admin admin = {0};
    struct organization_row organization;
    struct service_account account;
    struct complaints complaints = {0};
    enum exit_status status = open_organization(invocation, given->data, given->database,
                                                given->organization, &admin, &organization);
    if (!status)
        status = find(&admin, organization.id, invocation->operands.items[0], &account);
    if (status)
        return status;
    enum error err =
        service_account_change(admin.worker, &admin.operator, organization.id, account.id, &patch,
                               admin.now, admin.arena, &complaints, &account);
    if (err)
        return failed_to("change the service account", err, STR(""));
    if (given->json)
        show_json(service_account_json(&account, admin.arena), admin.arena);
    else
        say("service account %lld is %s\n", (long long)account.id,
            is_active ? "active" : "not active any more");
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

const struct command command_service_account_deactivate = {
    .name = "service-account deactivate",
    .operands = "NAME-or-ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "stops a program's tokens from counting",
    .description = "It takes effect with the next request. 'latchkey service-account activate' "
                   "brings the tokens back;\n'latchkey token revoke' ends them for good.",
    .example = "$ latchkey service-account deactivate nightly-export",
    COMMAND_OPTIONS(account_options, struct account_options),
    .run = deactivate,
};

const struct command command_service_account_activate = {
    .name = "service-account activate",
    .operands = "NAME-or-ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "lets a program's tokens count again",
    .description = "",
    .example = "$ latchkey service-account activate nightly-export",
    COMMAND_OPTIONS(account_options, struct account_options),
    .run = activate,
};
