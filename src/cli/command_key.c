/* latchkey key list, add, rotate, retire */
#include "cli/admin.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/text_table.h"
#include "service/key_changes.h"

#include <unistd.h>

#define LISTED 200
#define HOSTS_KNOW_SECONDS 6 /* longer than --max-feed-lag */

#define ALGORITHMS "HS256|EdDSA|ES256|RS256"
static const enum jwt_algorithm algorithms[] = {JWT_HS256, JWT_EDDSA, JWT_ES256, JWT_RS256};

static json_t *key_json(const struct signing_key_row *row, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "kid", str_is_empty(row->kid) ? json_null() : json_from_str(row->kid));
    json_add(object, "algorithm", json_from_str(row->algorithm));
    json_add(object, "state", json_from_str(key_state_name(row->state)));
    json_add(object, "created_at", json_from_time(arena, row->created_at));
    json_add(object, "changed_at", json_from_time(arena, row->changed_at));
    return object;
}

/* key list */

struct list_options {
    ADMIN_FIELDS;
};
static const struct option list_options[] = {ADMIN_ROWS(struct list_options)};

static enum exit_status list(const struct invocation *invocation)
{
    static const char *const headings[] = {"KID",   "ALGORITHM", "STATE",
                                           "SINCE", "MADE",      "LIVING PATS"};
    const struct list_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct signing_key_list keys;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    enum error err = signing_keys_list_all(admin.worker->db, LISTED, admin.arena, &keys);
    if (err)
        return failed_to("list the keys", err, STR(""));

    struct json_listing listing;
    struct text_table table;
    table_begin(&table, admin.arena, headings, COUNT_OF(headings));
    if (given->json)
        json_listing_begin(&listing);
    for (size_t i = 0; i < keys.count; i++) {
        const struct signing_key_row *row = &keys.items[i];
        int64_t pats = 0;
        err = signing_keys_count_living_pats(admin.worker->db, row->kid, admin.now, &pats);
        if (err)
            return failed_to("count the tokens of a key", err, STR(""));
        if (given->json) {
            json_t *object = key_json(row, admin.arena);
            json_add(object, "living_pats", json_integer(pats));
            json_listing_add(&listing, object, admin.arena);
        } else
            TABLE_ADD(&table, key_shown_name(row->kid), row->algorithm, key_state_name(row->state),
                      show_time(admin.arena, row->changed_at),
                      show_time(admin.arena, row->created_at), show_number(admin.arena, pats));
    }
    if (given->json)
        json_listing_end(&listing);
    else
        table_print(&table);
    return EXIT_DONE;
}

const struct command command_key_list = {
    .name = "key list",
    .operands = "",
    .summary = "lists the keys that sign tokens, and what each is still good for",
    .description =
        "Next: published, and signs after the next rotation. Current: signs. Retiring: what it "
        "signed\ncounts. Retired: nothing does. '" SECRET_KEY_NAME
        "' is Label Studio's SECRET_KEY.",
    .example = "$ latchkey key list",
    COMMAND_OPTIONS(list_options, struct list_options),
    .run = list,
};

/* key add */

struct add_options {
    ADMIN_FIELDS;
    unsigned algorithm;
    bool current;
};

// clang-format off
static const struct option add_options[] = {
    OPTION_ROW(struct add_options, algorithm, CHOICE, ALGORITHMS, "EdDSA", ANY, "how it signs; all but HS256 have a public half, which /.well-known/jwks.json shows"),
    OPTION_ROW(struct add_options, current,   FLAG,   "",         "",      ANY, "let it sign at once; whoever has kept the JWKS does not know it yet"),
    ADMIN_ROWS(struct add_options),
};
// clang-format on

static enum exit_status add(const struct invocation *invocation)
{
    const struct add_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct signing_key_row row;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    enum error err = key_add(admin.worker, &admin.operator, algorithms[given->algorithm],
                             given->current ? KEY_CURRENT : KEY_NEXT, admin.now, admin.arena, &row);
    if (err == ERR_CONFLICT)
        return failed("there is a next key already ('latchkey key list'); 'latchkey key rotate' "
                      "lets it sign, 'latchkey key retire' makes room for another");
    if (err == ERR_LIMIT)
        return failed("there are %d keys that count; retire some: 'latchkey key list'",
                      SIGNING_KEYS_MAX);
    if (err)
        return failed_to("add a key", err, STR(""));
    if (given->json)
        show_json(key_json(&row, admin.arena), admin.arena);
    else
        say("%.*s  %.*s, %.*s\n", STR_ARG(row.kid), STR_ARG(row.algorithm),
            STR_ARG(key_state_name(row.state)));
    return EXIT_DONE;
}

const struct command command_key_add = {
    .name = "key add",
    .operands = "",
    .summary = "makes a key that will sign tokens after the next rotation",
    .description = "Keys with a public half sign access tokens, for APIs that check them on their "
                   "own. Personal access\ntokens, and what a Label Studio behind the proxy is "
                   "given, stay with HS256.",
    .example = "$ latchkey key add --algorithm EdDSA\n$ latchkey key rotate",
    COMMAND_OPTIONS(add_options, struct add_options),
    .run = add,
};

/* key rotate */

struct rotate_options {
    ADMIN_FIELDS;
    unsigned algorithm;
    bool now;
};

// clang-format off
static const struct option rotate_options[] = {
    OPTION_ROW(struct rotate_options, algorithm, CHOICE, ALGORITHMS, "HS256", ANY, "of a key that is made; HS256 rotates the key of personal access tokens. If not given, that of the key which signs access tokens"),
    OPTION_ROW(struct rotate_options, now,       FLAG,   "",         "",      ANY, "do not wait until the next key was published for ten minutes"),
    ADMIN_ROWS(struct rotate_options),
};
// clang-format on

/* Other hosts must know a secret key before the first token that it signed comes to them. */
static enum error publish_to_hosts(struct admin *admin)
{
    struct signing_key_list keys;
    struct signing_key_row row;
    if (!database_is_postgres(admin->shared->database))
        return OK;
    enum error err = signing_keys_list(admin->worker->db, admin->arena, &keys);
    for (size_t i = 0; !err && i < keys.count; i++)
        if (keys.items[i].state == KEY_NEXT &&
            str_equal(keys.items[i].algorithm, jwt_algorithm_name(JWT_HS256)))
            return OK;
    if (!err)
        err = key_add(admin->worker, &admin->operator, JWT_HS256, KEY_NEXT, admin->now,
                      admin->arena, &row);
    if (!err)
        sleep(HOSTS_KNOW_SECONDS);
    return err;
}

static void show_rotation(const struct key_rotation *rotation, bool as_json, struct arena *arena)
{
    const struct signing_key_row *current = &rotation->current, *next = &rotation->next;
    if (as_json) {
        json_t *object = json_object();
        json_add(object, "current",
                 str_is_empty(current->algorithm) ? json_null() : key_json(current, arena));
        json_add(object, "next",
                 str_is_empty(next->algorithm) ? json_null() : key_json(next, arena));
        json_add(object, "ready_at", json_from_time(arena, rotation->ready_at));
        show_json(object, arena);
        return;
    }
    if (!str_is_empty(current->algorithm))
        say("%.*s  %.*s, signs from now on\n", STR_ARG(current->kid), STR_ARG(current->algorithm));
    if (!str_is_empty(next->algorithm))
        say("%.*s  %.*s, published as the next\n", STR_ARG(next->kid), STR_ARG(next->algorithm));
    if (rotation->ready_at != 0)
        say("'latchkey key rotate' lets it sign from %.*s on, when all who keep the JWKS know it\n",
            STR_ARG(show_time(arena, rotation->ready_at)));
}

static enum exit_status rotate(const struct invocation *invocation)
{
    const struct rotate_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    enum jwt_algorithm algorithm = algorithms[given->algorithm];
    enum error err = OK;
    if (options_source(invocation->reader, "algorithm") == FROM_DEFAULT)
        err = key_rotating_algorithm(admin.worker, admin.arena, &algorithm);
    if (!err && algorithm == JWT_HS256)
        err = publish_to_hosts(&admin);
    struct key_rotation rotation = {.next = {.kid = STR("")}};
    if (!err)
        err =
            key_rotate(admin.worker, &admin.operator, algorithm,
                       given->now ? ROTATE_NOW : PUBLISH_FIRST, admin.now, admin.arena, &rotation);
    if (err == ERR_TOO_EARLY)
        return failed("the next key %.*s is not known yet to all who keep the JWKS; rotate after "
                      "%.*s, or with --now",
                      STR_ARG(rotation.next.kid),
                      STR_ARG(show_time(admin.arena, rotation.ready_at)));
    if (err == ERR_LIMIT)
        return failed("there are %d keys that count; retire some: 'latchkey key list'",
                      SIGNING_KEYS_MAX);
    if (err)
        return failed_to("rotate the keys", err, STR(""));
    show_rotation(&rotation, given->json, admin.arena);
    return EXIT_DONE;
}

const struct command command_key_rotate = {
    .name = "key rotate",
    .operands = "",
    .summary = "lets the next key sign; the current one retires, and ends no token",
    .description =
        "A key with a public half is published before it signs: the first rotation publishes one, "
        "and each\nlater one publishes the one after it. What the former key signed goes on "
        "counting. A public key\nends by itself a day later; an HS256 key waits for 'latchkey key "
        "retire'.",
    .example = "$ latchkey key rotate\n$ latchkey key rotate --algorithm HS256",
    COMMAND_OPTIONS(rotate_options, struct rotate_options),
    .run = rotate,
};

/* key retire */

struct retire_options {
    ADMIN_FIELDS;
    bool force;
};

// clang-format off
static const struct option retire_options[] = {
    OPTION_ROW(struct retire_options, force, FLAG, "", "", ANY, "end the tokens that it signed, now"),
    ADMIN_ROWS(struct retire_options),
};
// clang-format on

static enum exit_status refuse_retirement(const struct key_retirement *retirement, str name,
                                          struct arena *arena)
{
    if (retirement->living_pats > 0)
        return failed("%lld personal access tokens that live were signed with the key '%.*s'; "
                      "revoke or rotate them, wait until they end, or end them all with --force",
                      (long long)retirement->living_pats, STR_ARG(name));
    return failed("access tokens that the key '%.*s' signed can live until %.*s; wait, or end them "
                  "all with --force",
                  STR_ARG(name), STR_ARG(show_time(arena, retirement->ends_at)));
}

static enum exit_status retire(const struct invocation *invocation)
{
    const struct retire_options *given = invocation->options;
    str name = invocation->operands.items[0];
    CLEANUP(admin_close) struct admin admin = {0};
    struct key_retirement retirement;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    enum error err = key_retire(admin.worker, &admin.operator, name,
                                given->force ? RETIRE_BY_FORCE : RETIRE_WHEN_DONE, admin.now,
                                admin.arena, &retirement);
    if (err == ERR_NOT_FOUND)
        return failed("there is no key '%.*s' that counts; 'latchkey key list' shows them",
                      STR_ARG(name));
    if (err == ERR_FORBIDDEN)
        return failed("the key '%.*s' signs personal access tokens; put another in its place "
                      "first: 'latchkey key rotate --algorithm HS256'",
                      STR_ARG(name));
    if (err == ERR_CONFLICT)
        return refuse_retirement(&retirement, name, admin.arena);
    if (err)
        return failed_to("retire the key", err, STR(""));
    if (given->json) {
        json_t *object = json_object();
        json_add(object, "state", json_from_str(key_state_name(retirement.state)));
        json_add(object, "ended_pats", json_integer(retirement.living_pats));
        json_add(
            object, "ends_at",
            json_from_time(admin.arena, retirement.state == KEY_RETIRING ? retirement.ends_at : 0));
        show_json(object, admin.arena);
    } else if (retirement.state == KEY_RETIRING)
        say("the key %.*s signs no more; it ends by itself after %.*s\n", STR_ARG(name),
            STR_ARG(show_time(admin.arena, retirement.ends_at)));
    else
        say("retired the key %.*s; %lld personal access tokens ended with it\n", STR_ARG(name),
            (long long)retirement.living_pats);
    return EXIT_DONE;
}

const struct command command_key_retire = {
    .name = "key retire",
    .operands = "KID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "ends a key: what it signed counts no more",
    .description =
        "Refused while a token that it signed can live, unless --force ends them with it. Where "
        "Label Studio\nissued tokens that never came here, they end with the key "
        "'" SECRET_KEY_NAME "' too, uncounted.",
    .example = "$ latchkey key retire 3f6c1a2b4d5e6f70",
    COMMAND_OPTIONS(retire_options, struct retire_options),
    .run = retire,
};
