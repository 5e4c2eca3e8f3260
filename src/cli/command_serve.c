/* latchkey serve */
#include "cli/config_load.h"
#include "cli/say.h"
#include "cli/serve.h"
#include "http/networks.h"
#include "service/accounts.h"

#include <errno.h>
#include <unistd.h>

/* Files that an option names must be there before anything is made. */
static enum exit_status check_files(const struct config *config, struct arena *arena)
{
    for (size_t i = 0; i < SERVE_OPTION_COUNT; i++) {
        const struct option *option = &serve_options[i];
        if (option->kind != OPTION_PATH || !str_ends(str_from(option->name), STR("_file")))
            continue;
        const str *path = (const void *)((const char *)config + option->offset);
        if (str_is_empty(*path) || access(arena_cstr(arena, *path), R_OK) == 0)
            continue;
        str name = option_name(option, arena);
        return used_wrongly("cannot read %.*s: %s; --%.*s names it", STR_ARG(*path),
                            strerror(errno), STR_ARG(name));
    }
    return EXIT_DONE;
}

static enum exit_status check(struct config *config, struct arena *arena)
{
    str problem = STR("");
    struct networks *trusted;
    if (config_complete(config, arena, &problem))
        return used_wrongly("%.*s", STR_ARG(problem));
    if (!str_is_empty(config->admin_email) && !email_is_valid(config->admin_email))
        return used_wrongly("--admin-email is an e-mail address, not '%.*s'",
                            STR_ARG(config->admin_email));
    if (networks_new(config->trusted_proxies.items, config->trusted_proxies.count, arena, &problem,
                     &trusted))
        return used_wrongly("--trusted-proxies: %.*s", STR_ARG(problem));
    return check_files(config, arena);
}

static enum exit_status run(const struct invocation *invocation)
{
    struct config config = *(const struct config *)invocation->options;
    enum exit_status status = check(&config, invocation->arena);
    return status ? status : serve(&config);
}

const struct command command_serve = {
    .name = "serve",
    .operands = "",
    .summary = "runs the daemon",
    .description =
        "The first start on an empty database makes the first organization and its owner, and "
        "prints "
        "the\nowner's generated password once, unless --admin-password-file gives one.\n"
        "\n"
        "Every option is also a variable, LATCHKEY_LISTEN, and a line in the file that --config "
        "names,\n\"listen = 127.0.0.1:8080\". Flags count more than variables, those more than the "
        "file.\n"
        "\n"
        "SIGTERM and SIGINT stop it within 10 seconds; what it has begun is finished first. SIGHUP "
        "reads\nthe certificate with its key and the scopes file again.",
    .example = "$ latchkey serve --data /var/lib/latchkey --listen 0.0.0.0:8080\n"
               "$ LATCHKEY_LEGACY_TOKENS=on latchkey serve --admin-email ann@example.com \\\n"
               "    --admin-password-file /run/secrets/password",
    .options = serve_options,
    .option_count = SERVE_OPTION_COUNT,
    .options_bytes = sizeof(struct config),
    .takes_settings = true,
    .run = run,
};
