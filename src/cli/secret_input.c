#include "cli/secret_input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"

#define SECRET_MAX 4096

/* Signals that would leave the terminal without echo. */
static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* changed by the handler: which of them came */
static volatile sig_atomic_t signal_that_came;

static void remember(int number)
{
    signal_that_came = number;
}

/* One line, without its end. Nothing is echoed; a signal is handed on once the terminal is mended.
 */
static enum error read_line(int tty, char *line, size_t room, size_t *len)
{
    size_t n = 0;
    for (;;) {
        char c;
        ssize_t got = read(tty, &c, 1);
        if (got < 0 && errno == EINTR && signal_that_came == 0)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0 || c == '\n')
            break;
        if (n < room)
            line[n++] = c;
    }
    *len = n;
    return OK;
}

static enum error ask_once(int tty, const char *prompt, char *line, size_t room, size_t *len)
{
    struct termios before, quiet;
    if (tcgetattr(tty, &before) != 0)
        return ERR_IO;
    struct sigaction action = {.sa_handler = remember}, old[COUNT_OF(deadly)];
    sigemptyset(&action.sa_mask);
    signal_that_came = 0;
    for (size_t i = 0; i < COUNT_OF(deadly); i++)
        sigaction(deadly[i], &action, &old[i]);

    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    quiet.c_lflag |= ICANON | ISIG;
    enum error err = OK;
    if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0)
        err = ERR_IO;
    if (!err) {
        dprintf(tty, "%s: ", prompt);
        err = read_line(tty, line, room, len);
        dprintf(tty, "\n");
    }
    tcsetattr(tty, TCSAFLUSH, &before);

    for (size_t i = 0; i < COUNT_OF(deadly); i++)
        sigaction(deadly[i], &old[i], NULL);
    if (signal_that_came)
        raise(signal_that_came);
    return err;
}

static enum error refuse(enum error err, str what, str *problem)
{
    *problem = what;
    return err;
}

enum error secret_ask(const char *prompt, enum ask_mode mode, struct arena *arena, str *problem,
                      str *out)
{
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0)
        return refuse(ERR_NOT_FOUND,
                      STR("there is no terminal to ask at; use --password-file FILE, or - for "
                          "standard input"),
                      problem);
    char first[SECRET_MAX], second[SECRET_MAX];
    size_t first_len = 0, second_len = 0;
    enum error err = ask_once(tty, prompt, first, sizeof(first), &first_len);
    if (!err && mode == ASK_TWICE)
        err = ask_once(tty, "The same again", second, sizeof(second), &second_len);
    close(tty);

    str typed = str_of(first, first_len);
    if (err)
        err = refuse(err, STR("the terminal could not be read"), problem);
    else if (mode == ASK_TWICE && !equal_secret(typed, str_of(second, second_len)))
        err = refuse(ERR_INVALID, STR("the two are not the same; nothing was changed"), problem);
    else if (str_is_empty(typed))
        err = refuse(ERR_INVALID, STR("nothing was typed; nothing was changed"), problem);
    else
        *out = arena_copy(arena, typed);
    wipe(first, sizeof(first));
    wipe(second, sizeof(second));
    return err;
}

/* An editor ends a file that holds one value with a newline, which is no part of it. */
static str without_line_end(str content)
{
    if (str_ends(content, STR("\n")))
        content = str_slice(content, 0, content.len - 1);
    if (str_ends(content, STR("\r")))
        content = str_slice(content, 0, content.len - 1);
    return content;
}

enum error secret_read(str path, struct arena *arena, str *problem, str *out)
{
    str content;
    bool is_stdin = str_equal(path, STR("-"));
    enum error err =
        file_read(is_stdin ? STR("/dev/stdin") : path, SECRET_MAX, arena, problem, &content);
    if (err)
        return err;
    content = without_line_end(content);
    if (str_is_empty(content))
        return refuse(ERR_INVALID, arena_printf(arena, "'%.*s' is empty", STR_ARG(path)), problem);
    *out = content;
    return OK;
}

enum error password_get(str path, enum ask_mode mode, struct arena *arena, str *problem, str *out)
{
    if (!str_is_empty(path))
        return secret_read(path, arena, problem, out);
    return secret_ask("Password", mode, arena, problem, out);
}
