/* latchkey login, logout: a credential for a server, kept for `latchkey access-token` */
#include "cli/holder.h"
#include "cli/say.h"
#include "cli/secret_input.h"
#include "cli/show.h"
#include "token/form.h"

#include <unistd.h>

#define INTERVAL_MAX 60 /* seconds, whatever the server says */
#define HOST_NAME_MAX_BYTES 64

struct login_options {
    HOLDER_FIELDS;
    str name;
    struct option_list scope;
    bool token_stdin;
    str token_file;
    bool json;
};

// clang-format off
static const struct option login_options[] = {
    OPTION_ROW(struct login_options, name,        TEXT, "NAME",  "", ANY, "what the token is called in lists; if not given, 'latchkey on' and this machine's name"),
    OPTION_ROW(struct login_options, scope,       LIST, "SCOPE", "", SOME,"what the token may; if not given, all that you may"),
    OPTION_ROW(struct login_options, token_stdin, FLAG, "",      "", ANY, "keep a token that you have: read it from standard input"),
    OPTION_ROW(struct login_options, token_file,  PATH, "FILE",  "", ANY, "keep a token that you have: read it from this file"),
    HOLDER_ROWS(struct login_options),
    OPTION_ROW(struct login_options, json,        FLAG, "",      "", ANY, "what is shown as JSON objects, a line each"),
};
// clang-format on

/* One login. */
struct login {
    const struct login_options *given;
    struct arena *arena;
    struct holder_server server;
    str problem;
};

static enum exit_status failed_login(const struct login *login, enum error err)
{
    return failed_to("log in", err, login->problem);
}

static str machine_name(struct arena *arena)
{
    char name[HOST_NAME_MAX_BYTES] = "";
    if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
        return STR("latchkey");
    return ARENA_JOIN(arena, STR("latchkey on "), str_from(name));
}

static str joined_scopes(const struct option_list *list, struct arena *arena)
{
    str all = STR("");
    for (size_t i = 0; i < list->count; i++)
        all = ARENA_JOIN(arena, all, i > 0 ? STR(" ") : STR(""), list->items[i]);
    return all;
}

/* Who the credential is of, for the message; empty: the server does not say. */
static enum error who_am_i(struct login *login, const char *scheme, str token, str *email)
{
    CLEANUP(holder_answer_release) struct holder_answer answer = {0};
    enum error err = holder_call(&login->server, STR("/api/current-user/whoami"), "", STR(""),
                                 ARENA_JOIN(login->arena, str_from(scheme), STR(" "), token),
                                 login->arena, &login->problem, &answer);
    if (err)
        return err;
    if (answer.status == 401 || answer.status == 403) {
        login->problem = arena_printf(login->arena, "%.*s does not accept this token",
                                      STR_ARG(login->server.url));
        return ERR_UNAUTHENTICATED;
    }
    *email =
        say_safely(login->arena, arena_copy(login->arena, holder_answer_text(&answer, "email")));
    return OK;
}

static enum exit_status keep(struct login *login, const struct holder_entry *entry, str email)
{
    CLEANUP(holder_close) struct holder_store store = {.folder = -1, .lock = -1};
    enum error err = holder_open(HOLDER_CHANGE, login->arena, &login->problem, &store);
    if (!err) {
        holder_put(&store, login->server.url, entry, MAKE_DEFAULT);
        err = holder_write(&store, login->arena, &login->problem);
    }
    if (err)
        return failed_login(login, err);
    if (login->given->json) {
        json_t *object = json_object();
        json_add(object, "url", json_from_str(login->server.url));
        json_add(object, "email", str_is_empty(email) ? json_null() : json_from_str(email));
        show_json(object, login->arena);
        return EXIT_DONE;
    }
    say("Logged in to %.*s%s%.*s\n", STR_ARG(login->server.url), str_is_empty(email) ? "" : " as ",
        STR_ARG(email));
    return EXIT_DONE;
}

/* A token that the holder has. It is tried before it is kept. */
static enum exit_status keep_given(struct login *login)
{
    str token, email = STR(""), access = STR("");
    const struct login_options *given = login->given;
    enum error err = secret_read(given->token_stdin ? STR("-") : given->token_file, login->arena,
                                 &login->problem, &token);
    if (err)
        return failed_login(login, err);
    token = str_trim(token);
    if (str_is_empty(token) || !str_is_visible(token))
        return failed("this is no token: it is empty, or has blanks in it");
    if (credential_form(token) == FORM_JWT) {
        err = holder_exchange(&login->server, token, login->arena, &login->problem, &access);
        if (!err)
            err = who_am_i(login, "Bearer", access, &email);
    } else
        err = who_am_i(login, "Token", token, &email);
    if (err)
        return failed_login(login, err);
    const struct holder_entry entry = {
        .token = token,
        .ca_file = login->server.ca_file,
        .access = access,
        .access_of = holder_mark(token, login->arena),
        .access_ends_at = holder_access_end(access, login->arena),
    };
    return keep(login, &entry, email);
}

/* What the server said to the device. */
struct device {
    str code;
    str user_code, page, page_with_code;
    int64_t expires_in, interval;
};

static enum error ask(struct login *login, struct device *device)
{
    CLEANUP(holder_answer_release) struct holder_answer answer = {0};
    struct arena *arena = login->arena;
    str name = str_is_empty(login->given->name) ? machine_name(arena) : login->given->name;
    str form = ARENA_JOIN(arena, STR("client_id=latchkey"), form_pair(arena, "client_name", name),
                          form_pair(arena, "scope", joined_scopes(&login->given->scope, arena)));
    enum error err = holder_call(&login->server, STR("/oauth/device_authorization"), TYPE_FORM,
                                 form, STR(""), arena, &login->problem, &answer);
    if (err)
        return err;
    *device = (struct device){
        .code = arena_copy(arena, holder_answer_text(&answer, "device_code")),
        .user_code = arena_copy(arena, holder_answer_text(&answer, "user_code")),
        .page = arena_copy(arena, holder_answer_text(&answer, "verification_uri")),
        .page_with_code =
            arena_copy(arena, holder_answer_text(&answer, "verification_uri_complete")),
        .expires_in = json_integer_value(json_object_get(answer.body, "expires_in")),
        .interval = json_integer_value(json_object_get(answer.body, "interval")),
    };
    if (answer.status == 200 && !str_is_empty(device->code) && !str_is_empty(device->user_code))
        return OK;
    str why = holder_answer_text(&answer, "error_description");
    login->problem =
        answer.status == 404 || answer.status == 405
            ? arena_printf(arena,
                           "%.*s lets no device in (is it a Label Studio?); make a token in its "
                           "pages and keep it with 'latchkey login %.*s --token-stdin'",
                           STR_ARG(login->server.url), STR_ARG(login->server.url))
            : arena_printf(arena, "%.*s answered %ld%s%.*s", STR_ARG(login->server.url),
                           answer.status, str_is_empty(why) ? "" : ": ", STR_ARG(why));
    return ERR_UNAVAILABLE;
}

static void tell_json(const struct login *login, const struct device *device)
{
    json_t *object = json_object();
    json_add(object, "user_code", json_from_str(device->user_code));
    json_add(object, "verification_uri", json_from_str(device->page));
    json_add(object, "verification_uri_complete", json_from_str(device->page_with_code));
    json_add(object, "expires_in", json_integer(device->expires_in));
    show_json(object, login->arena);
    fflush(stdout);
}

static void tell(const struct login *login, const struct device *device)
{
    struct arena *arena = login->arena;
    if (login->given->json) {
        tell_json(login, device);
        return;
    }
    bool has_both = !str_is_empty(device->page_with_code);
    say("Open this page, and approve it if it shows the same code:\n\n  %.*s\n\n  code  %.*s\n\n",
        STR_ARG(say_safely(arena, has_both ? device->page_with_code : device->page)),
        STR_ARG(say_safely(arena, device->user_code)));
    fflush(stdout);
}

/* One question. ERR_BUSY: nobody has decided yet. */
static enum error poll(struct login *login, struct device *device, struct holder_entry *entry)
{
    CLEANUP(holder_answer_release) struct holder_answer answer = {0};
    struct arena *arena = login->arena;
    str form = ARENA_JOIN(arena,
                          STR("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&"
                              "client_id=latchkey"),
                          form_pair(arena, "device_code", device->code));
    if (holder_call(&login->server, STR("/oauth/token"), TYPE_FORM, form, STR(""), arena,
                    &login->problem, &answer))
        return ERR_BUSY; /* the network may come back before the code's time is over */
    str token = holder_answer_text(&answer, "refresh_token");
    str access = holder_answer_text(&answer, "access_token");
    str error = holder_answer_text(&answer, "error");
    if (answer.status == 200 && !str_is_empty(token)) {
        entry->token = arena_copy(arena, token);
        entry->access = arena_copy(arena, access);
        return OK;
    }
    if (str_equal(error, STR("slow_down")))
        device->interval += 5; /* RFC 8628 3.5 */
    if (answer.status >= 500 || str_equal(error, STR("slow_down")) ||
        str_equal(error, STR("authorization_pending")))
        return ERR_BUSY;
    str why = holder_answer_text(&answer, "error_description");
    login->problem = arena_printf(arena, "%.*s: %.*s", STR_ARG(error), STR_ARG(why));
    return ERR_FORBIDDEN;
}

static enum exit_status let_in(struct login *login)
{
    struct device device;
    struct holder_entry entry = {.ca_file = login->server.ca_file, .was_made_here = true};
    str email = STR("");
    enum error err = ask(login, &device);
    if (err)
        return failed_login(login, err);
    tell(login, &device);
    usec until = time_monotonic() + SECONDS(device.expires_in > 0 ? device.expires_in : 600);
    do {
        int64_t wait = device.interval > 0 ? device.interval : 5;
        sleep((unsigned)(wait < INTERVAL_MAX ? wait : INTERVAL_MAX));
        err = poll(login, &device, &entry);
    } while (err == ERR_BUSY && time_monotonic() < until);
    if (err == ERR_BUSY)
        login->problem = STR("nobody approved it in time");
    if (err)
        return failed_login(login, err);
    entry.access_of = holder_mark(entry.token, login->arena);
    entry.access_ends_at = holder_access_end(entry.access, login->arena);
    if (who_am_i(login, "Bearer", entry.access, &email)) /* it may not read that: no matter */
        email = STR("");
    return keep(login, &entry, email);
}

static enum exit_status login(const struct invocation *invocation)
{
    const struct login_options *given = invocation->options;
    struct login login = {.given = given,
                          .arena = invocation->arena,
                          .server = {.url = STR(""), .ca_file = given->ca_file},
                          .problem = STR("")};
    if (given->token_stdin && !str_is_empty(given->token_file))
        return used_wrongly("give either --token-stdin or --token-file");
    CLEANUP(holder_close) struct holder_store store = {.folder = -1, .lock = -1};
    enum error err = holder_open(HOLDER_READ, login.arena, &login.problem, &store);
    if (err)
        return failed_login(&login, err);
    enum exit_status status =
        holder_choose(invocation, given->insecure_http, &store, &login.server.url);
    if (status)
        return status;
    login.server.url = arena_copy(login.arena, login.server.url);
    return given->token_stdin || !str_is_empty(given->token_file) ? keep_given(&login)
                                                                  : let_in(&login);
}

const struct command command_login = {
    .name = "login",
    .operands = "[URL]",
    .max_operands = 1,
    .summary = "gets a token from a server, with your consent in a browser, and keeps it",
    .description =
        "Shows a page's address and a code; whoever is signed in there approves it. The token is "
        "kept in\n$XDG_CONFIG_HOME/latchkey/credentials, which nobody else may read; 'latchkey "
        "access-token' uses it.\nA token that you have already, of a Label Studio too, is kept "
        "with --token-stdin.",
    .example = "$ latchkey login https://label.example.com\n"
               "$ latchkey login https://label.example.com --token-stdin < token.txt",
    COMMAND_OPTIONS(login_options, struct login_options),
    .run = login,
};

/* logout */

struct logout_options {
    HOLDER_FIELDS;
    bool revoke;
    bool keep;
    bool json;
};

// clang-format off
static const struct option logout_options[] = {
    OPTION_ROW(struct logout_options, revoke, FLAG, "", "", ANY, "end the token also where you brought it yourself"),
    OPTION_ROW(struct logout_options, keep,   FLAG, "", "", ANY, "only forget the token here"),
    HOLDER_ROWS(struct logout_options),
    OPTION_ROW(struct logout_options, json,   FLAG, "", "", ANY, "what was done as a JSON object"),
};
// clang-format on

static enum error end_token(const struct holder_server *server, str token, struct arena *arena,
                            str *problem)
{
    CLEANUP(holder_answer_release) struct holder_answer answer = {0};
    str form = str_from_at(form_pair(arena, "token", token), 1);
    enum error err = holder_call(server, STR("/oauth/revoke"), TYPE_FORM, form, STR(""), arena,
                                 problem, &answer);
    if (err || answer.status == 200)
        return err;
    *problem = arena_printf(arena, "%.*s answered %ld", STR_ARG(server->url), answer.status);
    return ERR_UNAVAILABLE;
}

static enum exit_status logout(const struct invocation *invocation)
{
    const struct logout_options *given = invocation->options;
    struct arena *arena = invocation->arena;
    CLEANUP(holder_close) struct holder_store store = {.folder = -1, .lock = -1};
    struct holder_entry entry;
    str problem = STR(""), url;
    if (holder_open(HOLDER_CHANGE, arena, &problem, &store))
        return failed("%.*s", STR_ARG(problem));
    enum exit_status status = holder_choose(invocation, given->insecure_http, &store, &url);
    if (status)
        return status;
    if (!holder_find(&store, url, &entry))
        return failed("nothing is kept for %.*s", STR_ARG(url));
    struct holder_server server = {.url = arena_copy(arena, url),
                                   .ca_file = str_is_empty(given->ca_file) ? entry.ca_file
                                                                           : given->ca_file};
    bool ends_it =
        !given->keep && !str_is_empty(entry.token) && (entry.was_made_here || given->revoke);
    enum error revoked = ends_it ? end_token(&server, entry.token, arena, &problem) : OK;
    str why = problem;
    holder_forget(&store, server.url);
    if (holder_write(&store, arena, &problem))
        return failed("%.*s", STR_ARG(problem));
    if (revoked)
        return failed("the token was forgotten here, but could not be revoked: %.*s", STR_ARG(why));
    if (given->json) {
        json_t *object = json_object();
        json_add(object, "url", json_from_str(server.url));
        json_add(object, "revoked", json_boolean(ends_it));
        show_json(object, arena);
        return EXIT_DONE;
    }
    say("Logged out of %.*s\n", STR_ARG(server.url));
    return EXIT_DONE;
}

const struct command command_logout = {
    .name = "logout",
    .operands = "[URL]",
    .max_operands = 1,
    .summary = "revokes the token that 'login' got, and forgets it",
    .description = "",
    .example = "$ latchkey logout https://label.example.com",
    COMMAND_OPTIONS(logout_options, struct logout_options),
    .run = logout,
};
