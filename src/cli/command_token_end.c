/* latchkey token rotate, revoke */
#include "api/token_json.h"
#include "cli/admin.h"
#include "cli/command_token.h"
#include "cli/say.h"
#include "cli/show.h"
#include "service/bulk_revoke.h"

void token_print_new(const struct new_token *token, bool as_json, const struct admin *admin)
{
    if (as_json) {
        json_t *object = token_json(&token->row, admin->now, admin->arena);
        json_add(object, "token", json_from_str(token->secret));
        show_json(object, admin->arena);
        return;
    }
    say_str(token->secret);
    say("\n");
}

enum exit_status token_failed(const char *what, enum error err, str id)
{
    if (err == ERR_NOT_FOUND)
        return failed("there is no token '%.*s'; 'latchkey token list --user EMAIL' shows a user's",
                      STR_ARG(id));
    if (err == ERR_REVOKED)
        return failed("the token '%.*s' was revoked before", STR_ARG(id));
    return failed_to(what, err, STR(""));
}

/* token rotate */

struct rotate_options {
    ADMIN_FIELDS;
    usec grace;
};

// clang-format off
static const struct option rotate_options[] = {
    OPTION_ROW(struct rotate_options, grace, SECONDS, "SECONDS", "60", BETWEEN(0, 86400), "how long the old token works beside its successor"),
    ADMIN_ROWS(struct rotate_options),
};
// clang-format on

static enum exit_status rotate(const struct invocation *invocation)
{
    const struct rotate_options *given = invocation->options;
    str id = invocation->operands.items[0];
    CLEANUP(admin_close) struct admin admin = {0};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    struct new_token token;
    enum error err = token_rotate(admin.worker, &admin.operator, id, given->grace, admin.now,
                                  admin.arena, &token);
    if (err)
        return token_failed("rotate the token", err, id);
    token_print_new(&token, given->json, &admin);
    return EXIT_DONE;
}

const struct command command_token_rotate = {
    .name = "token rotate",
    .operands = "ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "shows a successor of a token, once; both work for a while",
    .description =
        "The successor has the same name, guards and length of life. The old token works for the\n"
        "grace; shown after it, the whole family ends, since somebody has a copy. Asked again in "
        "the\ngrace, the same successor is shown.",
    .example = "$ latchkey token rotate 11b6f7d5cefd4fadbb21237a285f5c56\n"
               "$ latchkey token rotate 11b6f7d5cefd4fadbb21237a285f5c56 --grace 1h",
    COMMAND_OPTIONS(rotate_options, struct rotate_options),
    .run = rotate,
};

/* token revoke */

struct revoke_options {
    ADMIN_FIELDS;
    str user;
    bool all;
    unsigned kind;
    int64_t unused_days;
    int64_t organization;
    bool dry_run;
};

// clang-format off
static const struct option revoke_options[] = {
    OPTION_ROW(struct revoke_options, user,        TEXT,    "EMAIL", "",                            ANY, "of one user, by e-mail or id"),
    OPTION_ROW(struct revoke_options, all,         FLAG,    "",      "",                            ANY, "all that the user has, the legacy token too; with --user"),
    OPTION_ROW(struct revoke_options, kind,        CHOICE,  "any|pat|api_key|legacy", "any",        ANY, "of one kind"),
    OPTION_ROW(struct revoke_options, unused_days, INTEGER, "N",     "",                            BETWEEN(0, UNUSED_DAYS_MAX), "not used for so many days; never used counts from the creation"),
    OPTION_ROW(struct revoke_options, organization, INTEGER, "ID",    "",                            ANY, "of one organization's users; if not given, of everybody"),
    OPTION_ROW(struct revoke_options, dry_run,     FLAG,    "",      "",                            ANY, "say how many, and end none"),
    ADMIN_ROWS(struct revoke_options),
};
// clang-format on

/* As the words of --kind. */
enum { REVOKE_ANY, REVOKE_PAT, REVOKE_API_KEY, REVOKE_LEGACY };

static enum exit_status revoke_one(const struct revoke_options *given, struct admin *admin, str id)
{
    struct token_row row;
    enum error err =
        given->dry_run
            ? token_show(admin->worker, &admin->operator, id, admin->arena, &row)
            : token_revoke(admin->worker, &admin->operator, id, admin->now, admin->arena);
    if (!err && given->json)
        err = token_show(admin->worker, &admin->operator, id, admin->arena, &row);
    if (err)
        return token_failed("revoke the token", err, id);
    if (given->json)
        show_json(token_json(&row, admin->now, admin->arena), admin->arena);
    else
        say("%s the token %.*s\n", given->dry_run ? "would revoke" : "revoked", STR_ARG(id));
    return EXIT_DONE;
}

static enum exit_status revoke_many(const struct revoke_options *given, struct admin *admin)
{
    static const enum token_kind kinds[] = {0, TOKEN_PAT, TOKEN_API_KEY, 0};
    struct complaints complaints = {0};
    struct user_row user = {0};
    struct revoke_order order = {
        .organization_id = given->organization,
        .kind = kinds[given->kind],
        .legacy = given->kind == REVOKE_LEGACY,
        .unused_days = given->unused_days,
        .dry_run = given->dry_run,
    };
    if (!str_is_empty(given->user)) {
        enum exit_status status = admin_user(admin, given->user, &user);
        if (status)
            return status;
        order.user_id = user.id;
    }
    int64_t count = 0;
    enum error err = tokens_revoke_many(admin->worker, &admin->operator, & order, admin->now,
                                        admin->arena, &complaints, &count);
    if (err == ERR_NOT_FOUND)
        return failed("the user is no member of organization %lld", (long long)given->organization);
    if (err && count > 0)
        return failed("%lld tokens were revoked, then: %s; run it again for the rest",
                      (long long)count, error_name(err));
    if (err)
        return failed_to("revoke the tokens", err, show_complaints(&complaints, admin->arena));
    if (given->json) {
        json_t *object = json_object();
        json_add(object, "revoked", json_integer(count));
        json_add(object, "dry_run", json_boolean(given->dry_run));
        show_json(object, admin->arena);
    } else {
        say("%s %lld token%s\n", given->dry_run ? "would revoke" : "revoked", (long long)count,
            count == 1 ? "" : "s");
    }
    return EXIT_DONE;
}

static enum exit_status revoke(const struct invocation *invocation)
{
    const struct revoke_options *given = invocation->options;
    bool names_many = !str_is_empty(given->user) || given->kind != REVOKE_ANY ||
                      given->unused_days > 0 || given->all || given->organization != 0;
    bool says_which = given->kind != REVOKE_ANY || given->unused_days > 0 || given->all;
    if (invocation->operands.count > 0 && names_many)
        return used_wrongly("give either IDs, or which tokens by --user, --kind and --unused-days");
    if (invocation->operands.count == 0 && !says_which)
        return used_wrongly("say which tokens: IDs, --user EMAIL --all, --kind or --unused-days");
    if (given->all && str_is_empty(given->user))
        return used_wrongly("--all goes with --user EMAIL");
    CLEANUP(admin_close) struct admin admin = {0};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    if (invocation->operands.count == 0)
        return revoke_many(given, &admin);
    for (size_t i = 0; i < invocation->operands.count; i++) {
        enum exit_status one = revoke_one(given, &admin, invocation->operands.items[i]);
        if (one)
            status = one; /* the others go all the same */
    }
    return status;
}

const struct command command_token_revoke = {
    .name = "token revoke",
    .operands = "[ID…]",
    .max_operands = REVOKE_IDS_MAX,
    .summary = "ends tokens, and every access token that came from them, now",
    .description =
        "By id, or all that fit: of a user, of a kind, not used for so many days, alone or "
        "together. Many\nare ended some hundreds at a time; if that is interrupted, what was ended "
        "stays ended.",
    .example = "$ latchkey token revoke 11b6f7d5cefd4fadbb21237a285f5c56\n"
               "$ latchkey token revoke --user ann@example.com --all\n"
               "$ latchkey token revoke --organization 1 --kind api_key --unused-days 90 --dry-run",
    COMMAND_OPTIONS(revoke_options, struct revoke_options),
    .run = revoke,
};
