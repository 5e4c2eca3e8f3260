/* latchkey access-token: an access token, for curl -H "Authorization: Bearer $(…)" */
#include "cli/holder.h"
#include "cli/say.h"
#include "cli/show.h"

#define SPARE MINUTES(1) /* a kept one is given out until so long before its end */

struct access_token_options {
    HOLDER_FIELDS;
    bool json;
};

// clang-format off
static const struct option options[] = {
    HOLDER_ROWS(struct access_token_options),
    OPTION_ROW(struct access_token_options, json, FLAG, "", "", ANY, "as a JSON object, with its end"),
};
// clang-format on

/* One question: for which server, with which credential. */
struct asking {
    const struct access_token_options *given;
    struct arena *arena;
    str url;
    str token; /* of the environment; empty: the kept one */
};

static enum exit_status print(const struct asking *asking, str access)
{
    if (asking->given->json) {
        json_t *object = json_object();
        json_add(object, "url", json_from_str(asking->url));
        json_add(object, "access_token", json_from_str(access));
        json_add(object, "expires_at",
                 json_from_time(asking->arena, holder_access_end(access, asking->arena)));
        show_json(object, asking->arena);
        return EXIT_DONE;
    }
    say_str(access);
    say("\n");
    return EXIT_DONE;
}

/* The credential that counts for the server; empty: there is none. */
static str credential(const struct asking *asking, const struct holder_entry *entry)
{
    return str_is_empty(asking->token) ? entry->token : asking->token;
}

static bool is_fresh(const struct asking *asking, const struct holder_entry *entry)
{
    return !str_is_empty(entry->access) && entry->access_ends_at - SPARE > time_now() &&
           str_equal(entry->access_of, holder_mark(credential(asking, entry), asking->arena));
}

static enum exit_status no_credential(const struct asking *asking)
{
    return failed("there is no credential for %.*s; 'latchkey login %.*s' gets one, or set "
                  "LABEL_STUDIO_API_KEY",
                  STR_ARG(asking->url), STR_ARG(asking->url));
}

/* With the lock held: of callers that race, one exchanges, and the others find what it kept. */
static enum exit_status exchange(const struct asking *asking, struct holder_store *store)
{
    struct holder_entry entry;
    str problem = STR(""), access;
    (void)holder_find(store, asking->url, &entry);
    if (is_fresh(asking, &entry))
        return print(asking, entry.access);
    str token = credential(asking, &entry);
    if (str_is_empty(token))
        return no_credential(asking);
    const struct holder_server server = {
        .url = asking->url,
        .ca_file = str_is_empty(asking->given->ca_file) ? entry.ca_file : asking->given->ca_file};
    enum error err = holder_exchange(&server, token, asking->arena, &problem, &access);
    if (err)
        return failed_to(err == ERR_UNAUTHENTICATED ? "exchange the token, which has ended or is "
                                                      "not of that server"
                                                    : "get an access token",
                         err, problem);
    entry.access = access;
    entry.access_of = holder_mark(token, asking->arena);
    entry.access_ends_at = holder_access_end(access, asking->arena);
    holder_put(store, asking->url, &entry, LEAVE_DEFAULT);
    if (holder_write(store, asking->arena, &problem)) /* it is good all the same */
        warn("%.*s", STR_ARG(problem));
    return print(asking, access);
}

static enum exit_status access_token(const struct invocation *invocation)
{
    CLEANUP(holder_close) struct holder_store store = {.folder = -1, .lock = -1};
    struct asking asking = {
        .given = invocation->options,
        .arena = invocation->arena,
        .token = str_trim(str_from(secure_getenv("LABEL_STUDIO_API_KEY"))),
    };
    struct holder_entry entry;
    str problem = STR("");
    if (holder_open(HOLDER_READ, asking.arena, &problem, &store))
        return failed("%.*s", STR_ARG(problem));
    enum exit_status status =
        holder_choose(invocation, asking.given->insecure_http, &store, &asking.url);
    if (status)
        return status;
    bool is_known = holder_find(&store, asking.url, &entry);
    if (is_known && is_fresh(&asking, &entry))
        return print(&asking, entry.access);
    if (str_is_empty(credential(&asking, &entry)))
        return no_credential(&asking);
    holder_close(&store);
    if (holder_open(HOLDER_CHANGE, asking.arena, &problem, &store))
        return failed("%.*s", STR_ARG(problem));
    return exchange(&asking, &store);
}

const struct command command_access_token = {
    .name = "access-token",
    .operands = "[URL]",
    .max_operands = 1,
    .summary = "prints an access token of a server that you logged in to",
    .description =
        "The token alone goes to standard output. One that was exchanged before is given again "
        "until a\nminute before its end. Without URL, LATCHKEY_URL counts, else the last login. A "
        "token in\nLABEL_STUDIO_API_KEY counts more than the kept one. It works with a Label "
        "Studio too.",
    .example = "$ curl -H \"Authorization: Bearer $(latchkey access-token)\" "
               "https://label.example.com/api/projects",
    COMMAND_OPTIONS(options, struct access_token_options),
    .run = access_token,
};
