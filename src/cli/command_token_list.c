/* latchkey token list */
#include "api/token_json.h"
#include "api/token_usage.h"
#include "cli/admin.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/text_table.h"
#include "service/bulk_revoke.h"
#include "service/token_roll.h"
#include "service/tokens.h"

#define PAGE 1000

struct list_options {
    ADMIN_FIELDS;
    str user;
    int64_t organization;
    unsigned state;
    unsigned kind;
    unsigned sort;
    bool all;
    bool never_used;
    int64_t unused_days;
    int64_t expires_in_days;
};

// clang-format off
static const struct option list_options[] = {
    OPTION_ROW(struct list_options, user,  TEXT,   "EMAIL",            "",       ANY, "whose tokens, by e-mail or id; if not given, everybody's in the organization"),
    ORGANIZATION_ROW(struct list_options),
    OPTION_ROW(struct list_options, state, CHOICE, "active|ended|all", "active", ANY, "which ones; of one user, those in their grace after a rotation are among all only"),
    OPTION_ROW(struct list_options, kind,  CHOICE, "any|pat|api_key",  "any",    ANY, "of one kind only"),
    OPTION_ROW(struct list_options, never_used, FLAG, "",              "",       ANY, "only those that were never used"),
    OPTION_ROW(struct list_options, unused_days, INTEGER, "N",         "",       BETWEEN(1, UNUSED_DAYS_MAX), "only those neither used nor made in the last N days"),
    OPTION_ROW(struct list_options, expires_in_days, INTEGER, "N",     "",       BETWEEN(1, API_TOKEN_TTL_DAYS_MAX), "only those that end within N days"),
    OPTION_ROW(struct list_options, sort,  CHOICE, "created_at|-created_at|name|expires_at|last_used_at", "created_at", ANY, "in which order"),
    OPTION_ROW(struct list_options, all,   FLAG,   "",                 "",       ANY, "the same as --state all"),
    ADMIN_ROWS(struct list_options),
};
// clang-format on

/* As the words of --kind and --state. */
static const int64_t kinds[] = {ANY_KIND, TOKEN_PAT, TOKEN_API_KEY};
enum { STATE_ACTIVE, STATE_ENDED, STATE_ALL };

struct listing {
    const struct list_options *given;
    struct admin *admin;
    struct json_listing json;
    struct text_table table;
};

/* `entry` is NULL where all are one user's. */
static void print_token(struct listing *listing, const struct token_row *row,
                        const struct roll_entry *entry, const struct token_usage *usage,
                        struct arena *scratch)
{
    usec now = listing->admin->now;
    if (listing->given->json) {
        json_t *object = token_json(row, now, scratch);
        if (entry)
            token_json_add_user(object, row, entry, scratch);
        token_json_add_usage(object, usage, USAGE_LAST, scratch);
        json_listing_add(&listing->json, object, scratch);
        return;
    }
    const str cells[] = {row->id,
                         row->name,
                         token_kind_name(row->kind),
                         row->hint,
                         token_state_name(row, now),
                         row->scopes,
                         show_time(scratch, row->created_at),
                         show_time(scratch, row->expires_at),
                         show_time(scratch, usage->row.last_at),
                         entry ? entry->email
                               : STR("")}; /* the table has a column for it, or not */
    table_add(&listing->table, cells);
}

/* `entries` side by side with the rows, or NULL. */
static enum error print_page(struct listing *listing, const struct token_row *rows,
                             const struct roll_entry *entries, size_t count, struct arena *arena)
{
    int64_t *keys = arena_alloc(arena, (count + 1) * sizeof(keys[0]));
    struct token_usage *usage = arena_alloc(arena, (count + 1) * sizeof(usage[0]));
    for (size_t i = 0; i < count; i++)
        keys[i] = rows[i].token_key;
    enum error err = usage_of_tokens(listing->admin->worker, keys, count, USAGE_LAST,
                                     listing->admin->now, arena, usage);
    for (size_t i = 0; !err && i < count; i++)
        print_token(listing, &rows[i], entries ? &entries[i] : NULL, &usage[i], arena);
    return err;
}

/* One user's, wherever he is a member. */

static struct token_question question_from(const struct list_options *given)
{
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

static enum error list_of_user(struct listing *listing, int64_t user_id)
{
    struct admin *admin = listing->admin;
    struct token_question question = question_from(listing->given);
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
            err = print_page(listing, page.items, NULL, page.count, arena);
        if (err || page.count < PAGE)
            break;
        question.after = token_place_of(question.sort, &page.items[page.count - 1]);
    }
    arena_release(&scratch[0]);
    arena_release(&scratch[1]);
    return err;
}

/* Of an organization: everybody's, or one member's. */

static struct roll_filter filter_from(const struct list_options *given, int64_t organization_id,
                                      int64_t user_id, usec now)
{
    static const int64_t states[] = {ROLL_LIVING, ROLL_ENDED, DB_NULL_I64};
    return (struct roll_filter){
        .organization_id = organization_id,
        .user_id = user_id,
        .kind = given->kind ? kinds[given->kind] : DB_NULL_I64,
        .state = given->all ? DB_NULL_I64 : states[given->state],
        .never_used = given->never_used,
        .unused_since = given->unused_days > 0 ? now - DAYS(given->unused_days) : DB_NULL_I64,
        .ends_before =
            given->expires_in_days > 0 ? now + DAYS(given->expires_in_days) : DB_NULL_I64,
        .like = STR(""),
        .now = now,
    };
}

static enum error list_of_organization(struct listing *listing, int64_t organization_id,
                                       int64_t user_id)
{
    static const enum roll_order orders[] = {BY_CREATED, BY_CREATED_DOWN, BY_NAME, BY_END, BY_USE};
    struct admin *admin = listing->admin;
    struct roll_filter filter = filter_from(listing->given, organization_id, user_id, admin->now);
    struct roll_cursor after = {.is_start = true};
    struct arena scratch[2] = {{0}, {0}}; /* as above */
    enum error err = OK;
    for (int turn = 0;; turn ^= 1) {
        struct arena *arena = &scratch[turn];
        arena_reset(arena);
        struct token_roll roll = {0};
        err = token_roll_read(admin->worker, &admin->operator, orders[listing->given->sort],
                              &filter, &after, PAGE, arena, &roll);
        if (!err)
            err = print_page(listing, roll.rows, roll.entries, roll.count, arena);
        if (err || !roll.has_more)
            break;
        after = roll.next;
    }
    arena_release(&scratch[0]);
    arena_release(&scratch[1]);
    return err;
}

/* Filters that look at the organization's list; without them a user's tokens are listed wherever.
 */
static bool asks_the_organization(const struct list_options *given)
{
    return given->organization != 0 || given->never_used || given->unused_days > 0 ||
           given->expires_in_days > 0 || str_is_empty(given->user);
}

static enum exit_status print_list(struct listing *listing, int64_t organization_id,
                                   int64_t user_id)
{
    static const char *const headings[] = {"ID",     "NAME",    "KIND",    "BEGINS",    "STATE",
                                           "SCOPES", "CREATED", "EXPIRES", "LAST USED", "USER"};
    bool json = listing->given->json;
    table_begin(&listing->table, listing->admin->arena, headings,
                COUNT_OF(headings) - (organization_id ? 0 : 1));
    if (json)
        json_listing_begin(&listing->json);
    enum error err = organization_id ? list_of_organization(listing, organization_id, user_id)
                                     : list_of_user(listing, user_id);
    if (err == ERR_NOT_FOUND)
        return failed("the user is no member of organization %lld", (long long)organization_id);
    if (err)
        return failed_to("list the tokens", err, STR(""));
    if (json)
        json_listing_end(&listing->json);
    else
        table_print(&listing->table);
    return EXIT_DONE;
}

static enum exit_status list(const struct invocation *invocation)
{
    const struct list_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct user_row user = {0};
    struct organization_row organization = {0};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status && !str_is_empty(given->user))
        status = admin_user(&admin, given->user, &user);
    if (!status && asks_the_organization(given))
        status = admin_organization(
            &admin, given->organization ? given->organization : user.active_organization_id,
            &organization);
    if (status)
        return status;
    struct listing listing = {.given = given, .admin = &admin};
    return print_list(&listing, organization.id, user.id);
}

const struct command command_token_list = {
    .name = "token list",
    .operands = "",
    .summary = "lists the living tokens of a user, or of everybody",
    .description = "",
    .example = "$ latchkey token list --user ann@example.com\n"
               "$ latchkey token list --user ann@example.com --state all --sort expires_at\n"
               "$ latchkey token list --unused-days 90\n"
               "$ latchkey token list --organization 2 --expires-in-days 14 --json | jq -r "
               "'.items[].user.email'",
    COMMAND_OPTIONS(list_options, struct list_options),
    .run = list,
};
