/* latchkey webhook test, deliveries */
#include "api/webhooks.h"
#include "cli/admin.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/text_table.h"
#include "cli/webhook_outcome.h"

struct test_options {
    ADMIN_FIELDS;
};
static const struct option test_options[] = {ADMIN_ROWS(struct test_options)};

static enum exit_status no_webhook(str id)
{
    return failed("there is no webhook '%.*s'; 'latchkey webhook list' shows them", STR_ARG(id));
}

static enum exit_status test(const struct invocation *invocation)
{
    const struct test_options *given = invocation->options;
    str id = invocation->operands.items[0], delivery_id;
    CLEANUP(admin_close) struct admin admin = {0};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    enum error err =
        webhook_test(admin.worker, &admin.operator, 0, id, admin.now, admin.arena, &delivery_id);
    if (err == ERR_NOT_FOUND)
        return no_webhook(id);
    if (err == ERR_CONFLICT)
        return failed("the webhook is disabled; 'latchkey webhook enable %.*s' first", STR_ARG(id));
    if (err)
        return failed_to("queue a test", err, STR(""));
    if (given->json) {
        json_t *object = json_object();
        json_add(object, "delivery_id", json_from_str(delivery_id));
        show_json(object, admin.arena);
    } else {
        say("queued %.*s; 'latchkey webhook deliveries %.*s' shows what comes of it\n",
            STR_ARG(delivery_id), STR_ARG(id));
    }
    return EXIT_DONE;
}

const struct command command_webhook_test = {
    .name = "webhook test",
    .operands = "ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "sends a \"webhook.test\" as soon as the daemon comes to it",
    .description = "",
    .example = "$ latchkey webhook test wh_5XyJ0cPq7mT2bVnKd8RsAe",
    COMMAND_OPTIONS(test_options, struct test_options),
    .run = test,
};

/* webhook deliveries */

struct deliveries_options {
    ADMIN_FIELDS;
    int64_t limit;
};

// clang-format off
static const struct option deliveries_options[] = {
    OPTION_ROW(struct deliveries_options, limit, INTEGER, "N", "50", BETWEEN(1, 10000), "how many at most, the newest ones"),
    ADMIN_ROWS(struct deliveries_options),
};
// clang-format on

static enum exit_status deliveries(const struct invocation *invocation)
{
    static const char *const headings[] = {"ID", "EVENT", "QUEUED", "TRIED", "NEXT TRY", "OUTCOME"};
    const struct deliveries_options *given = invocation->options;
    str id = invocation->operands.items[0];
    CLEANUP(admin_close) struct admin admin = {0};
    struct delivery_list all;
    struct json_listing listing;
    struct text_table table;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    enum error err = webhook_deliveries(admin.worker, &admin.operator, 0, id, INT64_MAX, STR(""),
                                        given->limit, admin.arena, &all);
    if (err == ERR_NOT_FOUND)
        return no_webhook(id);
    if (err)
        return failed_to("list the deliveries", err, STR(""));
    table_begin(&table, admin.arena, headings, COUNT_OF(headings));
    if (given->json)
        json_listing_begin(&listing);
    for (size_t i = 0; i < all.count; i++) {
        const struct delivery_row *row = &all.items[i];
        if (given->json)
            json_listing_add(&listing, delivery_json(row, admin.arena), admin.arena);
        else
            TABLE_ADD(&table, row->id, row->event, show_time(admin.arena, row->created_at),
                      show_number(admin.arena, row->attempts),
                      row->next_at ? show_time(admin.arena, row->next_at) : STR("-"),
                      webhook_outcome(row, admin.arena));
    }
    if (given->json)
        json_listing_end(&listing);
    else
        table_print(&table);
    return EXIT_DONE;
}

const struct command command_webhook_deliveries = {
    .name = "webhook deliveries",
    .operands = "ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "lists what was sent to a webhook, and what came of it",
    .description = "Delivered ones, and those given up, are kept for 30 days.",
    .example = "$ latchkey webhook deliveries wh_5XyJ0cPq7mT2bVnKd8RsAe",
    COMMAND_OPTIONS(deliveries_options, struct deliveries_options),
    .run = deliveries,
};
