/*
 * From the options of `serve` to a struct config that the other layers can trust.
 */
#ifndef LATCHKEY_CLI_CONFIG_LOAD_H
#define LATCHKEY_CLI_CONFIG_LOAD_H

#include "base/options.h"
#include "service/config.h"

/* The table of cli/options.def; its values are the fields of struct config. */
#define OPTION(...) +1
enum {
    SERVE_OPTION_COUNT = 0
#include "cli/options.def"
};
#undef OPTION
extern const struct option serve_options[SERVE_OPTION_COUNT];

/*
 * Checks what one option alone cannot know, and fills in what depends on others: `strict` takes the
 * leeway away, `threads` and `workers` become numbers of this machine, `public_url` loses its final
 * slash. `config` has been read with the table above.
 *
 * ERR_INVALID  two options contradict each other; `problem` says which, and how to mend it
 */
enum error config_complete(struct config *config, struct arena *arena, str *problem) MUST_CHECK;

#endif
