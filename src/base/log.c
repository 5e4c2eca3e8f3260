#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/time.h"

#define LINE_BYTES 8192
#define MESSAGE_BYTES 2048

static atomic_int current_level = LOG_INFO;
static atomic_int current_format = LOG_TEXT;

static const char *const level_names[] = {"error", "warning", "info", "debug"};

void log_set(enum log_level level, enum log_format format)
{
    atomic_store(&current_level, (int)level);
    atomic_store(&current_format, (int)format);
}

bool log_is_on(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&current_level, memory_order_relaxed);
}

/* JSON string content; serves text lines too, so that no value can start a line of its own. */
static void add_escaped(struct buf *line, str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '"' || c == '\\')
            (void)buf_add(line, (str[]){{(char[]){'\\', (char)c}, 2}}[0]);
        else if (c < 0x20 || c == 0x7f)
            (void)buf_addf(line, "\\u%04x", c);
        else
            (void)buf_add_byte(line, (char)c);
    }
}

static bool needs_quotes(str s)
{
    if (s.len == 0)
        return true;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == '"' || s.ptr[i] == '=' ||
            s.ptr[i] == '\\')
            return true;
    return false;
}

static void add_field_text(struct buf *line, const struct log_field *field)
{
    (void)buf_addf(line, " %s=", field->name);
    if (field->is_number) {
        (void)buf_addf(line, "%lld", (long long)field->number);
    } else if (needs_quotes(field->text)) {
        (void)buf_add_byte(line, '"');
        add_escaped(line, field->text);
        (void)buf_add_byte(line, '"');
    } else {
        (void)buf_add(line, field->text);
    }
}

static void add_field_json(struct buf *line, const struct log_field *field)
{
    (void)buf_addf(line, ",\"%s\":", field->name);
    if (field->is_number) {
        (void)buf_addf(line, "%lld", (long long)field->number);
    } else {
        (void)buf_add_byte(line, '"');
        add_escaped(line, field->text);
        (void)buf_add_byte(line, '"');
    }
}

static void write_line(struct buf *line)
{
    (void)buf_add_byte(line, '\n');
    str s = buf_str(line);
    while (s.len > 0) {
        ssize_t n = write(STDERR_FILENO, s.ptr, s.len);
        if (n <= 0)
            break; /* nowhere left to say it */
        s = str_from_at(s, (size_t)n);
    }
}

void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count)
{
    if (!log_is_on(level))
        return;
    bool json = atomic_load_explicit(&current_format, memory_order_relaxed) == LOG_JSON;
    struct buf line;
    buf_init(&line, LINE_BYTES);
    struct arena arena = {0};
    str time = time_format(&arena, time_now());
    if (json)
        (void)buf_addf(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"", time.ptr,
                       level_names[level]);
    else
        (void)buf_addf(&line, "%s %-7s ", time.ptr, level_names[level]);
    add_escaped(&line, str_slice(str_from(message), 0, MESSAGE_BYTES));
    if (json)
        (void)buf_add_byte(&line, '"');
    for (size_t i = 0; i < count; i++)
        json ? add_field_json(&line, &fields[i]) : add_field_text(&line, &fields[i]);
    if (json)
        (void)buf_add_byte(&line, '}');
    write_line(&line);
    arena_release(&arena);
    buf_release(&line);
}

void log_write(enum log_level level, const char *format, ...)
{
    if (!log_is_on(level))
        return;
    char message[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    log_fields(level, message, NULL, 0);
}
