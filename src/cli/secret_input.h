/*
 * Passwords and tokens from the terminal, a file or standard input: never from an argument, which
 * every user of the machine can read.
 */
#ifndef LATCHKEY_CLI_SECRET_INPUT_H
#define LATCHKEY_CLI_SECRET_INPUT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/*
 * What the terminal's owner types after `prompt`, not shown; twice, with ASK_TWICE, and the same.
 * The arena is marked secret by the caller. `problem` gets a sentence when this fails.
 *
 * ERR_NOT_FOUND  there is no terminal
 * ERR_INVALID    the two differ, or nothing was typed
 * ERR_IO         the terminal went away
 */
enum ask_mode { ASK_ONCE, ASK_TWICE };
enum error secret_ask(const char *prompt, enum ask_mode mode, struct arena *arena, str *problem,
                      str *out) MUST_CHECK;

/* The file's only value, without its final newline; "-" is standard input. As file_read. */
enum error secret_read(str path, struct arena *arena, str *problem, str *out) MUST_CHECK;

/* From the file if `path` is not empty, else from the terminal. */
enum error password_get(str path, enum ask_mode mode, struct arena *arena, str *problem,
                        str *out) MUST_CHECK;

#endif
