/* latchkey version */
#include "cli/say.h"

struct version_options {
    bool json;
};

static const struct option options[] = {
    OPTION_ROW(struct version_options, json, FLAG, "", "", ANY, "as a JSON object"),
};

static enum exit_status version(const struct invocation *invocation)
{
    const struct version_options *given = invocation->options;
    say(given->json ? "{\"version\":\"%s\"}\n" : "latchkey %s\n", LATCHKEY_VERSION);
    return EXIT_DONE;
}

const struct command command_version = {
    .name = "version",
    .operands = "",
    .summary = "shows the program's version",
    .description = "",
    .example = "$ latchkey version\nlatchkey " LATCHKEY_VERSION,
    COMMAND_OPTIONS(options, struct version_options),
    .run = version,
};
