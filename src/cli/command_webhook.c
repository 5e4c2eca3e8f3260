/* latchkey webhook add, list, show, enable, disable, remove, rotate-secret, test, deliveries */
#include "api/webhooks.h"
#include "cli/admin.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/text_table.h"
#include "cli/webhook_outcome.h"
#include "service/webhook_address.h"

struct webhook_options {
    ADMIN_FIELDS;
};
static const struct option webhook_options[] = {ADMIN_ROWS(struct webhook_options)};

/* Opens, and finds the webhook that the first operand names; a failure is said. */
static enum exit_status open_with(const struct invocation *invocation, struct admin *admin,
                                  struct webhook_row *out)
{
    const struct webhook_options *given = invocation->options;
    enum exit_status status = admin_open(invocation, given->data, given->database, admin);
    if (status)
        return status;
    str id = invocation->operands.items[0];
    enum error err = webhook_show(admin->worker, &admin->operator, 0, id, admin->arena, out);
    if (err == ERR_NOT_FOUND)
        return failed("there is no webhook '%.*s'; 'latchkey webhook list' shows them",
                      STR_ARG(id));
    return err ? failed_to("find the webhook", err, STR("")) : EXIT_DONE;
}

/* webhook add */

struct add_options {
    ADMIN_FIELDS;
    int64_t organization;
    struct option_list event;
    str description;
};

// clang-format off
static const struct option add_options[] = {
    OPTION_ROW(struct add_options, event,       LIST, "NAMES", "*", SOME,"what to tell of: token.created, or token.* for all of a kind"),
    OPTION_ROW(struct add_options, description, TEXT, "TEXT",  "",  ANY, "for whoever reads the list"),
    ORGANIZATION_ROW(struct add_options),
    ADMIN_ROWS(struct add_options),
};
// clang-format on

static str join(const struct option_list *list, struct arena *arena)
{
    str all = STR("");
    for (size_t i = 0; i < list->count; i++)
        all = i == 0 ? list->items[0] : ARENA_JOIN(arena, all, STR(" "), list->items[i]);
    return str_is_empty(all) ? STR("*") : all;
}

/* The secret alone on standard output, as with tokens. */
static void print_secret(str secret)
{
    say_str(secret);
    say("\n");
}

static enum exit_status add(const struct invocation *invocation)
{
    const struct add_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct organization_row organization;
    struct complaints complaints = {0};
    struct webhook_made made;
    str problem;
    const struct webhook_patch order = {.has_url = true,
                                        .url = invocation->operands.items[0],
                                        .has_events = true,
                                        .events = join(&given->event, invocation->arena),
                                        .has_description = true,
                                        .description = given->description};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_organization(&admin, given->organization, &organization);
    if (status)
        return status;
    enum error err = webhook_add(admin.worker, &admin.operator, organization.id, &order, admin.now,
                                 admin.arena, &complaints, &made);
    if (err == ERR_LIMIT)
        return failed("organization %lld has %d webhooks already; remove one first",
                      (long long)organization.id, WEBHOOKS_MAX);
    if (err)
        return failed_to("add the webhook", err, show_complaints(&complaints, admin.arena));
    if (webhook_url_check(order.url, false, admin.arena, &problem))
        warn("the daemon asks this address only when it runs with --webhook-private-addresses");
    if (given->json) {
        json_t *object = webhook_json(&made.row, NULL, admin.arena);
        json_add(object, "secret", json_from_str(made.secret));
        show_json(object, admin.arena);
    } else {
        print_secret(made.secret);
    }
    return EXIT_DONE;
}

const struct command command_webhook_add = {
    .name = "webhook add",
    .operands = "URL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "lets a URL be told of events, and prints the secret that signs what is sent",
    .description = "The secret is shown this once. What is sent, and how to check its signature, "
                   "is in\ndocs/webhooks.md.",
    .example = "$ latchkey webhook add https://example.com/hook --event token.expiring "
               "--event token.leaked\nwhsec_…",
    COMMAND_OPTIONS(add_options, struct add_options),
    .run = add,
};

/* webhook list */

struct list_options {
    ADMIN_FIELDS;
    int64_t organization;
};
static const struct option list_options[] = {
    ORGANIZATION_ROW(struct list_options),
    ADMIN_ROWS(struct list_options),
};

static enum error find_last(struct admin *admin, const struct webhook_row *row,
                            struct delivery_row *last, bool *has_last)
{
    enum error err = webhook_last_delivery(admin->worker, row, admin->arena, last);
    *has_last = !err;
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum exit_status list(const struct invocation *invocation)
{
    static const char *const headings[] = {"ID",      "URL",           "EVENTS",
                                           "ENABLED", "FAILING SINCE", "LAST DELIVERY"};
    const struct list_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct organization_row organization;
    struct webhook_list all;
    struct json_listing listing;
    struct text_table table;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_organization(&admin, given->organization, &organization);
    if (status)
        return status;
    enum error err =
        webhook_list(admin.worker, &admin.operator, organization.id, admin.arena, &all);
    if (err)
        return failed_to("list the webhooks", err, STR(""));
    table_begin(&table, admin.arena, headings, COUNT_OF(headings));
    if (given->json)
        json_listing_begin(&listing);
    for (size_t i = 0; i < all.count; i++) {
        const struct webhook_row *row = &all.items[i];
        struct delivery_row last;
        bool has_last;
        err = find_last(&admin, row, &last, &has_last);
        if (err)
            return failed_to("list the webhooks", err, STR(""));
        if (given->json)
            json_listing_add(&listing, webhook_json(row, has_last ? &last : NULL, admin.arena),
                             admin.arena);
        else
            TABLE_ADD(&table, row->id, row->url, row->events, show_yes(row->is_enabled),
                      row->failing_since ? show_time(admin.arena, row->failing_since) : STR("-"),
                      has_last ? webhook_outcome(&last, admin.arena) : STR("-"));
    }
    if (given->json)
        json_listing_end(&listing);
    else
        table_print(&table);
    return EXIT_DONE;
}

const struct command command_webhook_list = {
    .name = "webhook list",
    .operands = "",
    .summary = "lists the webhooks of an organization",
    .description = "",
    .example = "$ latchkey webhook list",
    COMMAND_OPTIONS(list_options, struct list_options),
    .run = list,
};

/* webhook show */

static enum exit_status show(const struct invocation *invocation)
{
    const struct webhook_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct webhook_row row;
    struct delivery_row last;
    bool has_last;
    enum exit_status status = open_with(invocation, &admin, &row);
    if (status)
        return status;
    enum error err = find_last(&admin, &row, &last, &has_last);
    if (err)
        return failed_to("show the webhook", err, STR(""));
    if (given->json) {
        show_json(webhook_json(&row, has_last ? &last : NULL, admin.arena), admin.arena);
        return EXIT_DONE;
    }
    show_field("id", admin.arena, row.id);
    show_field("organization", admin.arena, show_number(admin.arena, row.organization_id));
    show_field("url", admin.arena, row.url);
    show_field("events", admin.arena, row.events);
    show_field("description", admin.arena, row.description);
    show_field("enabled", admin.arena, show_yes(row.is_enabled));
    show_field("created", admin.arena, show_time(admin.arena, row.created_at));
    if (row.failing_since != 0)
        show_field("failing since", admin.arena, show_time(admin.arena, row.failing_since));
    show_field("last delivery", admin.arena,
               has_last ? webhook_outcome(&last, admin.arena) : STR("none yet"));
    return EXIT_DONE;
}

#define ONE_WEBHOOK                                                                                \
    .operands = "ID", .min_operands = 1, .max_operands = 1,                                        \
    COMMAND_OPTIONS(webhook_options, struct webhook_options)

const struct command command_webhook_show = {
    .name = "webhook show",
    .summary = "shows a webhook and how it fares",
    .description = "",
    .example = "$ latchkey webhook show wh_5XyJ0cPq7mT2bVnKd8RsAe",
    ONE_WEBHOOK,
    .run = show,
};

/* webhook enable, disable */

static enum exit_status set_enabled(const struct invocation *invocation, bool is_enabled)
{
    const struct webhook_options *given = invocation->options;
    const struct webhook_patch patch = {.has_is_enabled = true, .is_enabled = is_enabled};
    CLEANUP(admin_close) struct admin admin = {0};
    struct complaints complaints = {0};
    struct webhook_row row;
    enum exit_status status = open_with(invocation, &admin, &row);
    if (status)
        return status;
    enum error err = webhook_change(admin.worker, &admin.operator, 0, row.id, &patch, admin.now,
                                    admin.arena, &complaints, &row);
    if (err)
        return failed_to("change the webhook", err, STR(""));
    if (given->json)
        show_json(webhook_json(&row, NULL, admin.arena), admin.arena);
    else
        say("webhook %.*s is %s\n", STR_ARG(row.id), is_enabled ? "enabled" : "disabled");
    return EXIT_DONE;
}

static enum exit_status enable(const struct invocation *invocation)
{
    return set_enabled(invocation, true);
}

static enum exit_status disable(const struct invocation *invocation)
{
    return set_enabled(invocation, false);
}

const struct command command_webhook_enable = {
    .name = "webhook enable",
    .summary = "lets a webhook be told again, first of what has waited for it",
    .description = "",
    .example = "$ latchkey webhook enable wh_5XyJ0cPq7mT2bVnKd8RsAe",
    ONE_WEBHOOK,
    .run = enable,
};

const struct command command_webhook_disable = {
    .name = "webhook disable",
    .summary = "lets a webhook not be told until it is enabled",
    .description = "What happens meanwhile is not queued for it.",
    .example = "$ latchkey webhook disable wh_5XyJ0cPq7mT2bVnKd8RsAe",
    ONE_WEBHOOK,
    .run = disable,
};

/* webhook remove */

static enum exit_status remove_it(const struct invocation *invocation)
{
    const struct webhook_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct webhook_row row;
    enum exit_status status = open_with(invocation, &admin, &row);
    if (status)
        return status;
    enum error err =
        webhook_remove(admin.worker, &admin.operator, 0, row.id, admin.now, admin.arena);
    if (err)
        return failed_to("remove the webhook", err, STR(""));
    if (given->json)
        show_json(webhook_json(&row, NULL, admin.arena), admin.arena);
    else
        say("removed webhook %.*s\n", STR_ARG(row.id));
    return EXIT_DONE;
}

const struct command command_webhook_remove = {
    .name = "webhook remove",
    .summary = "removes a webhook with all that it was still to be told",
    .description = "",
    .example = "$ latchkey webhook remove wh_5XyJ0cPq7mT2bVnKd8RsAe",
    ONE_WEBHOOK,
    .run = remove_it,
};

/* webhook rotate-secret */

static enum exit_status rotate_secret(const struct invocation *invocation)
{
    const struct webhook_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct webhook_row row;
    str secret;
    enum exit_status status = open_with(invocation, &admin, &row);
    if (status)
        return status;
    enum error err = webhook_renew_secret(admin.worker, &admin.operator, 0, row.id, admin.now,
                                          admin.arena, &secret);
    if (err)
        return failed_to("make a new secret", err, STR(""));
    if (given->json) {
        json_t *object = json_object();
        json_add(object, "secret", json_from_str(secret));
        show_json(object, admin.arena);
    } else {
        print_secret(secret);
    }
    return EXIT_DONE;
}

const struct command command_webhook_rotate_secret = {
    .name = "webhook rotate-secret",
    .summary = "prints a new secret; for a day the old one signs beside it",
    .description = "",
    .example = "$ latchkey webhook rotate-secret wh_5XyJ0cPq7mT2bVnKd8RsAe\nwhsec_…",
    ONE_WEBHOOK,
    .run = rotate_secret,
};
