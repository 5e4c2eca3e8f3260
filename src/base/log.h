/*
 * The log: one line a call, written whole with one write(2) to standard error. Any thread.
 * Never a secret: no token, key, password or cookie goes into a log line, in whole or in part.
 */
#ifndef LATCHKEY_BASE_LOG_H
#define LATCHKEY_BASE_LOG_H

#include "base/compiler.h"
#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

/* Before threads start. The default is LOG_INFO, LOG_TEXT. */
void log_set(enum log_level level, enum log_format format);
bool log_is_on(enum log_level level);

/* `format` makes the message; control characters in it are escaped. At most 2 KiB, the rest is cut.
 */
void log_write(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

/* A named value of a structured line. */
struct log_field {
    const char *name;
    str text;       /* used unless is_number */
    int64_t number; /* used if is_number */
    bool is_number;
};
/* "message name=value …" as text, {"message": …, "name": …} as JSON. */
void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count);

#endif
