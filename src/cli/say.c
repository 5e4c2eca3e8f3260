#include "cli/say.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_BYTES 2048

/* What the errors of the rules mean to someone at a terminal. */
// clang-format off
static const char *const meanings[] = {
    [OK]                     = "",
    [ERR_MALFORMED]          = "it is not of the form that is needed",
    [ERR_INVALID]            = "a value is refused",
    [ERR_TOO_LARGE]          = "it is too large",
    [ERR_UNSUPPORTED_TYPE]   = "nobody here reads this type",
    [ERR_NOT_ACCEPTABLE]     = "no acceptable type can be sent",
    [ERR_UNAUTHENTICATED]    = "no credential counted",
    [ERR_FORGED]             = "the signature is none of ours",
    [ERR_EXPIRED]            = "it has expired",
    [ERR_TOO_EARLY]          = "it is issued for a time in the future; check the clock",
    [ERR_WRONG_TYPE]         = "it is of another type",
    [ERR_MISSING_CLAIM]      = "a claim is missing",
    [ERR_REVOKED]            = "it was ended before",
    [ERR_INACTIVE]           = "the user is deactivated; 'latchkey user activate' mends it",
    [ERR_KIND_OFF]           = "this kind of token is switched off; 'latchkey org settings' mends it",
    [ERR_FORBIDDEN]          = "this is not allowed",
    [ERR_CROSS_SITE]         = "another site asked for it",
    [ERR_THROTTLED]          = "there were too many failures; try again later",
    [ERR_NOT_FOUND]          = "there is none such",
    [ERR_METHOD_NOT_ALLOWED] = "this cannot be done with it",
    [ERR_CONFLICT]           = "there is one such already",
    [ERR_LIMIT]              = "the organization's limit is reached; 'latchkey org settings' moves it",
    [ERR_WOULD_BLOCK]        = "it is not in memory",
    [ERR_BUSY]               = "others are using it; try again",
    [ERR_FULL]               = "the disk is full; make room and try again",
    [ERR_READ_ONLY]          = "the database cannot be written; check the owner and mode of its files",
    [ERR_UNAVAILABLE]        = "the database cannot be reached; check --database and that it runs",
    [ERR_TOO_NEW]            = "the database was written by a newer Latchkey; use that one",
    [ERR_IO]                 = "a file could not be read or written; the line above says which",
    [ERR_INTERNAL]           = "a library failed; the line above says how",
};
// clang-format on
_Static_assert(COUNT_OF(meanings) == ERR_COUNT, "every error has a meaning");

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

void say_str(str text)
{
    fwrite(text.ptr, 1, text.len, stdout);
}

/* Standard error is not buffered: the line is put together first, so that it is written whole. */
static void PRINTF_LIKE(1, 0) complain_line(const char *format, va_list args)
{
    char line[LINE_BYTES];
    int len = vsnprintf(line, sizeof(line), format, args);
    for (size_t i = 0; len > 0 && line[i] != '\0'; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    fprintf(stderr, "latchkey: %s\n", line);
}

#define COMPLAIN(format)                                                                           \
    do {                                                                                           \
        va_list args_;                                                                             \
        va_start(args_, format);                                                                   \
        complain_line(format, args_);                                                              \
        va_end(args_);                                                                             \
    } while (0)

enum exit_status failed(const char *format, ...)
{
    COMPLAIN(format);
    return EXIT_FAILED;
}

enum exit_status used_wrongly(const char *format, ...)
{
    COMPLAIN(format);
    return EXIT_USED_WRONGLY;
}

void warn(const char *format, ...)
{
    COMPLAIN(format);
}

enum exit_status failed_to(const char *what, enum error err, str problem)
{
    if (!str_is_empty(problem))
        return failed("%.*s", STR_ARG(problem));
    return failed("cannot %s: %s", what, meanings[err]);
}

enum exit_status say_all_arrived(enum exit_status status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return failed("the output could not be written: %s", strerror(errno ? errno : EIO));
}

str say_safely(struct arena *arena, str text)
{
    char *safe = arena_bytes(arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        /* U+0080 to U+009F are control characters too: C2 80 to C2 9F in UTF-8 */
        bool is_c1 = c >= 0x80 && c <= 0x9f && i > 0 && (unsigned char)text.ptr[i - 1] == 0xc2;
        safe[i] = c < 0x20 || c == 0x7f ? '?' : text.ptr[i];
        if (is_c1) {
            safe[i - 1] = '?';
            safe[i] = '?';
        }
    }
    return str_of(safe, text.len);
}

size_t terminal_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO))
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
        return 80;
    return size.ws_col;
}
