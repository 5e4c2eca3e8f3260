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

/*
 * The line in which "organizations[0].settings.max_tokens_per_user" stands, from 1, of a text that
 * yaml_read took; where that is not there, of the innermost thing around it that is.
 */
size_t yaml_line_of(str text, str path);

#endif
