/* latchkey token create, show; the others are in command_token_list.c, _change.c and _end.c */
#include "cli/command_token.h"
#include "api/token_json.h"
#include "api/token_usage.h"
#include "cli/admin.h"
#include "cli/say.h"
#include "cli/show.h"
#include "service/tokens.h"

struct id_options {
    ADMIN_FIELDS;
};
static const struct option id_options[] = {ADMIN_ROWS(struct id_options)};

/* token create */

struct create_options {
    ADMIN_FIELDS;
    str user;
    str name;
    unsigned kind;
    int64_t ttl_days;
    str expires_at;
    struct option_list scope;
    struct option_list allow_ip;
    str scopes_file;
};

// clang-format off
static const struct option create_options[] = {
    OPTION_ROW(struct create_options, user,     TEXT,    "EMAIL", "",                 ANY, "whose token, by e-mail or id; must be given"),
    OPTION_ROW(struct create_options, name,     TEXT,    "NAME",  "",                 ANY, "tells the user's tokens apart; if not given, '" TOKEN_DEFAULT_NAME "' or '" API_KEY_DEFAULT_NAME "'"),
    OPTION_ROW(struct create_options, kind,     CHOICE,  "pat|api_key", "pat",        ANY, "what to make: a personal access token, or an API key for programs that cannot exchange one"),
    OPTION_ROW(struct create_options, ttl_days, INTEGER, "DAYS",  "",                 BETWEEN(0, API_TOKEN_TTL_DAYS_MAX), "how long it lives; 0 is as long as the organization allows"),
    OPTION_ROW(struct create_options, expires_at, TEXT,  "TIME",  "",                 ANY, "when it ends, as 2027-01-31T12:00:00Z, in place of --ttl-days"),
    OPTION_ROW(struct create_options, scope,    LIST,    "SCOPE", "",                 SOME,"what it may do: all, read, tokens, or a set of --scopes-file; if not given, all"),
    OPTION_ROW(struct create_options, allow_ip, LIST,    "NET",   "",                 SOME,"the network that it counts from, as 10.0.0.0/8 or ::1; if not given, anywhere"),
    SCOPES_ROW(struct create_options),
    ADMIN_ROWS(struct create_options),
};
// clang-format on

static struct token_order order_from(const struct invocation *invocation)
{
    static const enum token_kind kinds[] = {TOKEN_PAT, TOKEN_API_KEY}; /* as the option's words */
    const struct create_options *given = invocation->options;
    struct token_order order = {
        .kind = kinds[given->kind],
        .name = given->name,
        .ttl_days = given->ttl_days,
        .has_scopes = given->scope.count > 0,
        .scopes = given->scope.items,
        .scope_count = given->scope.count,
        .allowed_ips = given->allow_ip.items,
        .allowed_ip_count = given->allow_ip.count,
    };
    if (options_source(invocation->reader, "name") == FROM_DEFAULT)
        order.name = order.kind == TOKEN_PAT ? STR(TOKEN_DEFAULT_NAME) : STR(API_KEY_DEFAULT_NAME);
    return order;
}

static enum exit_status create(const struct invocation *invocation)
{
    const struct create_options *given = invocation->options;
    if (str_is_empty(given->user))
        return used_wrongly("say whose token: --user EMAIL");
    CLEANUP(admin_close) struct admin admin = {0};
    struct user_row user;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_scopes(&admin, given->scopes_file);
    if (!status)
        status = admin_user(&admin, given->user, &user);
    if (status)
        return status;

    struct token_order order = order_from(invocation);
    if (!str_is_empty(given->expires_at) && time_parse(given->expires_at, &order.expires_at))
        return used_wrongly("--expires-at is a time as 2027-01-31T12:00:00Z");
    struct complaints complaints = {0};
    struct new_token token;
    enum error err = token_create(admin.worker, &admin.operator, user.id, &order, admin.now,
                                  admin.arena, &complaints, &token);
    if (err == ERR_CONFLICT)
        return failed("the user has a living token '%.*s'; give another --name, or revoke it",
                      STR_ARG(order.name));
    if (err)
        return failed_to("create the token", err, show_complaints(&complaints, admin.arena));
    token_print_new(&token, given->json, &admin);
    return EXIT_DONE;
}

const struct command command_token_create = {
    .name = "token create",
    .operands = "",
    .summary = "makes a token for a user and shows it, once",
    .description = "The token alone goes to standard output. It cannot be shown again.",
    .example =
        "$ latchkey token create --user ann@example.com --name laptop --ttl-days 90\n"
        "$ latchkey token create --user ann@example.com --name ci --kind api_key --json | jq "
        "-r .token\n"
        "$ latchkey token create --user ann@example.com --name reports --kind api_key --scope read "
        "\\\n    --allow-ip 10.0.0.0/8",
    COMMAND_OPTIONS(create_options, struct create_options),
    .run = create,
};

/* token show */

static enum exit_status show(const struct invocation *invocation)
{
    const struct id_options *given = invocation->options;
    str id = invocation->operands.items[0];
    CLEANUP(admin_close) struct admin admin = {0};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    struct token_row row;
    struct token_usage usage;
    enum error err = token_show(admin.worker, &admin.operator, id, admin.arena, &row);
    if (!err)
        err = usage_of_tokens(admin.worker, &row.token_key, 1, USAGE_LAST, admin.now, admin.arena,
                              &usage);
    if (err)
        return token_failed("show the token", err, id);
    if (given->json) {
        json_t *object = token_json(&row, admin.now, admin.arena);
        token_json_add_usage(object, &usage, USAGE_LAST, admin.arena);
        show_json(object, admin.arena);
        return EXIT_DONE;
    }
    show_field("id", admin.arena, row.id);
    show_field("name", admin.arena, row.name);
    show_field("kind", admin.arena, token_kind_name(row.kind));
    if (!str_is_empty(row.hint))
        show_field("begins with", admin.arena, row.hint);
    show_field("user", admin.arena,
               row.user_id ? show_number(admin.arena, row.user_id) : STR("deleted"));
    show_field("state", admin.arena, token_state_name(&row, admin.now));
    show_field("scopes", admin.arena, row.scopes);
    show_field("counts from", admin.arena,
               str_is_empty(row.allowed_ips) ? STR("anywhere") : row.allowed_ips);
    show_field("created", admin.arena, show_time(admin.arena, row.created_at));
    show_field("expires", admin.arena, show_time(admin.arena, row.expires_at));
    if (row.grace_until != 0 && row.revoked_at == 0)
        show_field("works until", admin.arena, show_time(admin.arena, token_row_end(&row)));
    show_field("revoked", admin.arena, show_time(admin.arena, row.revoked_at));
    if (!str_is_empty(token_end_reason_name(&row, admin.now)))
        show_field("because", admin.arena, token_end_reason_name(&row, admin.now));
    if (!str_is_empty(row.rotated_from))
        show_field("in place of", admin.arena, row.rotated_from);
    if (!str_is_empty(row.replaced_by))
        show_field("replaced by", admin.arena, row.replaced_by);
    show_field("last used", admin.arena, show_time(admin.arena, usage.row.last_at));
    if (usage.row.last_at) {
        show_field("from", admin.arena, usage.row.address);
        show_field("by", admin.arena, usage.row.user_agent);
        show_field("requests", admin.arena, show_number(admin.arena, usage.row.requests));
    }
    return EXIT_DONE;
}

const struct command command_token_show = {
    .name = "token show",
    .operands = "ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "shows a token, ended ones too; never the secret",
    .description = "The ID is a personal access token's jti: 'latchkey inspect' shows it. An API "
                   "key's stands in\n'token list'.",
    .example = "$ latchkey token show 11b6f7d5cefd4fadbb21237a285f5c56",
    COMMAND_OPTIONS(id_options, struct id_options),
    .run = show,
};
