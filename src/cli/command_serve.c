/* latchkey serve */
#include "cli/config_load.h"
#include "cli/say.h"
#include "cli/serve.h"

static enum exit_status run(const struct invocation *invocation)
{
    struct config config = *(const struct config *)invocation->options;
    str problem = STR("");
    if (config_complete(&config, invocation->arena, &problem))
        return used_wrongly("%.*s", STR_ARG(problem));
    return serve(&config);
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
        "reads\nthe certificate and its key again.",
    .example = "$ latchkey serve --data /var/lib/latchkey --listen 0.0.0.0:8080\n"
               "$ LATCHKEY_LEGACY_TOKENS=on latchkey serve --admin-email ann@example.com \\\n"
               "    --admin-password-file /run/secrets/password",
    .options = serve_options,
    .option_count = SERVE_OPTION_COUNT,
    .options_bytes = sizeof(struct config),
    .takes_settings = true,
    .run = run,
};
