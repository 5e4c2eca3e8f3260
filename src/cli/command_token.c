/* latchkey token create, list, show; rotate and revoke are in command_token_end.c */
#include "cli/command_token.h"
#include "api/token_json.h"
#include "api/token_usage.h"
#include "cli/admin.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/text_table.h"
#include "service/tokens.h"

#define PAGE 1000

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
    OPTION_ROW(struct create_options, scope,    LIST,    "SCOPE", "",                 ANY, "what it may do: all, read, tokens, or a set of --scopes-file; may be repeated; if not given, all"),
    OPTION_ROW(struct create_options, allow_ip, LIST,    "NET",   "",                 ANY, "the network that it counts from, as 10.0.0.0/8 or ::1; may be repeated; if not given, anywhere"),
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

/* token list */

struct list_options {
    ADMIN_FIELDS;
    str user;
    unsigned state;
    unsigned kind;
    unsigned sort;
    bool all;
};

// clang-format off
static const struct option list_options[] = {
    OPTION_ROW(struct list_options, user,  TEXT,   "EMAIL",            "",       ANY, "whose tokens, by e-mail or id; must be given"),
    OPTION_ROW(struct list_options, state, CHOICE, "active|ended|all", "active", ANY, "which ones; those in their grace after a rotation are among all only"),
    OPTION_ROW(struct list_options, kind,  CHOICE, "any|pat|api_key",  "any",    ANY, "of one kind only"),
    OPTION_ROW(struct list_options, sort,  CHOICE, "created_at|-created_at|name|expires_at|last_used_at", "created_at", ANY, "in which order"),
    OPTION_ROW(struct list_options, all,   FLAG,   "",                 "",       ANY, "the same as --state all"),
    ADMIN_ROWS(struct list_options),
};
// clang-format on

struct token_printer {
    bool json;
    usec now;
    struct json_listing listing;
    struct text_table table;
};

static void print_token(struct token_printer *printer, const struct token_row *row,
                        const struct token_usage *usage, struct arena *scratch)
{
    if (printer->json) {
        json_t *object = token_json(row, printer->now, scratch);
        token_json_add_usage(object, usage, USAGE_LAST, scratch);
        json_listing_add(&printer->listing, object, scratch);
    } else
        TABLE_ADD(&printer->table, row->id, row->name, token_kind_name(row->kind), row->hint,
                  token_state_name(row, printer->now), row->scopes,
                  show_time(scratch, row->created_at), show_time(scratch, row->expires_at),
                  show_time(scratch, usage->row.last_at));
}

static enum error print_page(struct token_printer *printer, struct admin *admin,
                             const struct token_list *page, struct arena *arena)
{
    int64_t *keys = arena_alloc(arena, (page->count + 1) * sizeof(keys[0]));
    struct token_usage *usage = arena_alloc(arena, (page->count + 1) * sizeof(usage[0]));
    for (size_t i = 0; i < page->count; i++)
        keys[i] = page->items[i].token_key;
    enum error err =
        usage_of_tokens(admin->worker, keys, page->count, USAGE_LAST, admin->now, arena, usage);
    for (size_t i = 0; !err && i < page->count; i++)
        print_token(printer, &page->items[i], &usage[i], arena);
    return err;
}

static struct token_question question_from(const struct list_options *given)
{
    static const int64_t kinds[] = {ANY_KIND, TOKEN_PAT, TOKEN_API_KEY}; /* as the words */
    static const enum token_filter filters[] = {TOKENS_ACTIVE, TOKENS_ENDED, TOKENS_ALL};
    static const enum token_sort sorts[] = {TOKENS_BY_CREATION, TOKENS_BY_CREATION_BACKWARDS,
                                            TOKENS_BY_NAME, TOKENS_BY_END, TOKENS_BY_LAST_USE};
    return (struct token_question){
        .kind = kinds[given->kind],
        .filter = given->all ? TOKENS_ALL : filters[given->state],
        .sort = sorts[given->sort],
        .after = {.is_start = true, .name = STR("")},
        .limit = PAGE,
    };
}

static enum error print_all(struct token_printer *printer, struct admin *admin, int64_t user_id,
                            const struct list_options *given)
{
    struct token_question question = question_from(given);
    /* two in turn: the place points into the page before */
    struct arena scratch[2] = {{0}, {0}};
    enum error err = OK;
    for (int turn = 0;; turn ^= 1) {
        struct arena *arena = &scratch[turn];
        arena_reset(arena);
        struct token_list page = {0};
        err = token_page(admin->worker, &admin->operator, user_id, &question, admin->now, arena,
                         &page);
        if (!err)
            err = print_page(printer, admin, &page, arena);
        if (err || page.count < PAGE)
            break;
        question.after = token_place_of(question.sort, &page.items[page.count - 1]);
    }
    arena_release(&scratch[0]);
    arena_release(&scratch[1]);
    return err;
}

static enum exit_status list(const struct invocation *invocation)
{
    static const char *const headings[] = {"ID",     "NAME",    "KIND",    "BEGINS",   "STATE",
                                           "SCOPES", "CREATED", "EXPIRES", "LAST USED"};
    const struct list_options *given = invocation->options;
    if (str_is_empty(given->user))
        return used_wrongly("say whose tokens: --user EMAIL");
    CLEANUP(admin_close) struct admin admin = {0};
    struct user_row user;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_user(&admin, given->user, &user);
    if (status)
        return status;

    struct token_printer printer = {.json = given->json, .now = admin.now};
    table_begin(&printer.table, admin.arena, headings, COUNT_OF(headings));
    if (printer.json)
        json_listing_begin(&printer.listing);
    enum error err = print_all(&printer, &admin, user.id, given);
    if (err)
        return failed_to("list the tokens", err, STR(""));
    if (printer.json)
        json_listing_end(&printer.listing);
    else
        table_print(&printer.table);
    return EXIT_DONE;
}

const struct command command_token_list = {
    .name = "token list",
    .operands = "",
    .summary = "lists the living tokens of a user",
    .description = "",
    .example = "$ latchkey token list --user ann@example.com\n"
               "$ latchkey token list --user ann@example.com --state all --sort expires_at",
    COMMAND_OPTIONS(list_options, struct list_options),
    .run = list,
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
