/* latchkey token change */
#include "api/token_json.h"
#include "cli/admin.h"
#include "cli/command_token.h"
#include "cli/say.h"
#include "cli/show.h"

struct change_options {
    ADMIN_FIELDS;
    str name;
    struct option_list scope;
    struct option_list allow_ip;
    str expires_at;
    str scopes_file;
};

// clang-format off
static const struct option change_options[] = {
    OPTION_ROW(struct change_options, name,       TEXT, "NAME",  "", ANY, "another name"),
    OPTION_ROW(struct change_options, scope,      LIST, "SCOPE", "", SOME,"what it may do from now on, in place of what it may"),
    OPTION_ROW(struct change_options, allow_ip,   LIST, "NET",   "", SOME,"the network that it counts from, in place of those it has"),
    OPTION_ROW(struct change_options, expires_at, TEXT, "TIME",  "", ANY, "an earlier end, as 2027-01-31T12:00:00Z"),
    SCOPES_ROW(struct change_options),
    ADMIN_ROWS(struct change_options),
};
// clang-format on

static bool is_given(const struct invocation *invocation, const char *option)
{
    return options_source(invocation->reader, option) != FROM_DEFAULT;
}

/* What of the token is named by the options, and no more. */
static enum exit_status patch_from(const struct invocation *invocation, struct token_patch *out)
{
    const struct change_options *given = invocation->options;
    *out = (struct token_patch){
        .has_name = is_given(invocation, "name"),
        .name = given->name,
        .has_scopes = given->scope.count > 0,
        .scopes = given->scope.items,
        .scope_count = given->scope.count,
        .has_allowed_ips = given->allow_ip.count > 0,
        .allowed_ips = given->allow_ip.items,
        .allowed_ip_count = given->allow_ip.count,
        .has_end = is_given(invocation, "expires_at"),
    };
    if (out->has_end && time_parse(given->expires_at, &out->expires_at))
        return used_wrongly("--expires-at is a time as 2027-01-31T12:00:00Z");
    if (!out->has_name && !out->has_scopes && !out->has_allowed_ips && !out->has_end)
        return used_wrongly("say what to change: --name, --scope, --allow-ip or --expires-at");
    return EXIT_DONE;
}

static enum exit_status change(const struct invocation *invocation)
{
    const struct change_options *given = invocation->options;
    str id = invocation->operands.items[0];
    struct token_patch patch;
    CLEANUP(admin_close) struct admin admin = {0};
    enum exit_status status = patch_from(invocation, &patch);
    if (!status)
        status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_scopes(&admin, given->scopes_file);
    if (status)
        return status;

    struct complaints complaints = {0};
    struct token_row row;
    enum error err = token_change(admin.worker, &admin.operator, id, &patch, admin.now, admin.arena,
                                  &complaints, &row);
    if (err == ERR_CONFLICT)
        return failed("the user has a living token '%.*s'; give another --name",
                      STR_ARG(patch.name));
    if (err == ERR_EXPIRED)
        return failed("the token '%.*s' has expired", STR_ARG(id));
    if (err == ERR_INVALID)
        return failed_to("change the token", err, show_complaints(&complaints, admin.arena));
    if (err)
        return token_failed("change the token", err, id);
    if (given->json)
        show_json(token_json(&row, admin.now, admin.arena), admin.arena);
    else
        say("changed the token %.*s\n", STR_ARG(id));
    return EXIT_DONE;
}

const struct command command_token_change = {
    .name = "token change",
    .operands = "ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "gives a token another name, or less power",
    .description = "From the next request on. What guards a token can become narrower, never "
                   "wider: make a new\none for more.",
    .example =
        "$ latchkey token change 11b6f7d5cefd4fadbb21237a285f5c56 --scope read\n"
        "$ latchkey token change 11b6f7d5cefd4fadbb21237a285f5c56 --allow-ip 10.2.0.0/16 \\\n"
        "    --expires-at 2027-01-31T12:00:00Z",
    COMMAND_OPTIONS(change_options, struct change_options),
    .run = change,
};
