/*
 * What commands say to people: results on standard output, problems in one line on standard error,
 * "latchkey: what is wrong; how to mend it".
 */
#ifndef LATCHKEY_CLI_SAY_H
#define LATCHKEY_CLI_SAY_H

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "cli/command.h"

/* To standard output. Whether it arrived is asked once, at the end of the program. */
void say(const char *format, ...) PRINTF_LIKE(1, 2);
void say_str(str text); /* as it is: a secret, or text that was made safe before */
/* EXIT_FAILED with a line on standard error if something said did not arrive, else `status`. */
enum exit_status say_all_arrived(enum exit_status status);

/* One line on standard error; control characters in it are shown as '?'. They return the status. */
enum exit_status failed(const char *format, ...) PRINTF_LIKE(1, 2);
enum exit_status used_wrongly(const char *format, ...) PRINTF_LIKE(1, 2);
void warn(const char *format, ...) PRINTF_LIKE(1, 2);

/*
 * failed(), for an error of the rules: "cannot revoke the token: there is none such". `what` begins
 * in the infinitive; where the service left a sentence in `problem`, that is said instead.
 */
enum exit_status failed_to(const char *what, enum error err, str problem);

/* The text with control characters shown as '?': nothing in it reaches the terminal as a command.
 */
str say_safely(struct arena *arena, str text);

/* Columns of the terminal at standard output; 0 when that is no terminal. */
size_t terminal_width(void);

#endif
