/*
 * YAML 1.2 read strictly, as the JSON value that it means: one document, no anchors, aliases or
 * tags, no key twice, at most YAML_DEPTH_MAX deep. `true`, `false`, `null`, `~` and whole numbers
 * are what they look like; everything else is text, `yes` and `no` too.
 */
#ifndef LATCHKEY_CLI_YAML_H
#define LATCHKEY_CLI_YAML_H

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define YAML_DEPTH_MAX 16

/*
 * `out` is a new reference; an empty document is null.
 * ERR_MALFORMED  `problem` says what, and in which line
 */
enum error yaml_read(str text, struct arena *arena, str *problem, json_t **out) MUST_CHECK;

#endif
