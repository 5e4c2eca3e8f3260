#include "cli/config_load.h"

#include <unistd.h>

const struct option serve_options[SERVE_OPTION_COUNT] = {
#define OPTION(field, kind, value, initial, limits, help)                                          \
    OPTION_ROW(struct config, field, kind, value, initial, limits, help),
#include "cli/options.def"
#undef OPTION
};

static enum error refuse(str *problem, str what)
{
    *problem = what;
    return ERR_INVALID;
}

static int64_t cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n;
}

static int64_t at_most(int64_t n, int64_t most)
{
    return n < most ? n : most;
}

static enum error check_listen(const char *option, str listen, struct arena *arena, str *problem)
{
    str path = str_starts(listen, STR("unix:")) ? str_from_at(listen, 5) : STR("");
    if (str_starts(listen, STR("unix:")) && !str_is_empty(path))
        return OK;
    str host, port;
    if (!str_cut_last(listen, ':', &host, &port) || str_equal(host, STR("unix")))
        return refuse(problem, arena_printf(arena,
                                            "--%s is HOST:PORT, [IPv6]:PORT or unix:/path, "
                                            "not '%.*s'",
                                            option, STR_ARG(listen)));
    int64_t number;
    if (str_to_i64(port, &number) || number < 0 || number > 65535)
        return refuse(problem, arena_printf(arena, "--%s has a port from 0 to 65535, not '%.*s'",
                                            option, STR_ARG(port)));
    bool in_brackets = str_starts(host, STR("[")) && str_ends(host, STR("]"));
    if (str_has(host, ':') && !in_brackets)
        return refuse(problem,
                      arena_printf(arena, "--%s takes an IPv6 address in brackets: [%.*s]:%.*s",
                                   option, STR_ARG(host), STR_ARG(port)));
    return OK;
}

/* Never says more of the address than its scheme: it may hold a password. */
static enum error check_database(str database, struct arena *arena, str *problem)
{
    str scheme, rest;
    bool is_url = str_cut(database, ':', &scheme, &rest) && str_starts(rest, STR("//"));
    if (!is_url || str_equal(scheme, STR("postgresql")) || str_equal(scheme, STR("postgres")))
        return OK;
    return refuse(problem,
                  arena_printf(arena,
                               "--database is a path or begins with postgresql://, not '%.*s:'",
                               STR_ARG(scheme)));
}

/* An address of http or https without query; loses its final slash. */
static enum error check_url(const char *option, str *value, struct arena *arena, str *problem)
{
    str url = *value;
    if (str_is_empty(url))
        return OK;
    str rest = str_starts(url, STR("https://"))  ? str_from_at(url, 8)
               : str_starts(url, STR("http://")) ? str_from_at(url, 7)
                                                 : STR("");
    if (str_is_empty(rest) || str_starts(rest, STR("/"))) {
        bool has_scheme = str_starts(url, STR("http://")) || str_starts(url, STR("https://"));
        return refuse(problem,
                      arena_printf(arena, "--%s begins with http:// or https://%s, not '%.*s'",
                                   option, has_scheme ? " and a host" : "", STR_ARG(url)));
    }
    if (str_has(url, '?') || str_has(url, '#'))
        return refuse(problem, arena_printf(arena, "--%s has no query and no fragment: '%.*s'",
                                            option, STR_ARG(url)));
    while (str_ends(url, STR("/")))
        url = str_slice(url, 0, url.len - 1);
    *value = url;
    return OK;
}

static enum error check_pairs(const struct config *config, struct arena *arena, str *problem)
{
    const struct {
        const char *option, *needs;
        str given, needed;
    } pairs[] = {
        {"tls-cert-file", "tls-key-file", config->tls_cert_file, config->tls_key_file},
        {"tls-key-file", "tls-cert-file", config->tls_key_file, config->tls_cert_file},
        {"admin-password-file", "admin-email", config->admin_password_file, config->admin_email},
        {"admin-legacy-token-file", "admin-email", config->admin_legacy_token_file,
         config->admin_email},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        if (!str_is_empty(pairs[i].given) && str_is_empty(pairs[i].needed))
            return refuse(problem, arena_printf(arena, "--%s needs --%s too", pairs[i].option,
                                                pairs[i].needs));
    return OK;
}

enum error config_complete(struct config *config, struct arena *arena, str *problem)
{
    enum error err = check_listen("listen", config->listen, arena, problem);
    if (!err && !str_is_empty(config->metrics_listen))
        err = check_listen("metrics-listen", config->metrics_listen, arena, problem);
    if (!err)
        err = check_database(config->database, arena, problem);
    if (!err)
        err = check_url("public-url", &config->public_url, arena, problem);
    if (!err)
        err = check_url("upstream-url", &config->upstream_url, arena, problem);
    if (!err)
        err = check_pairs(config, arena, problem);
    if (err)
        return err;

    if (config->strict)
        config->leeway = 0;
    if (config->threads == 0)
        config->threads = at_most(cores(), 256);
    if (config->workers == 0)
        config->workers = at_most(4 * cores(), 1024);
    return OK;
}
