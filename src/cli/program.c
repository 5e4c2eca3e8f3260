#include "cli/program.h"

#include "base/file.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/say.h"

#define SETTINGS_FILE_MAX ((size_t)256 * 1024)

static void show_commands(str group, FILE *to)
{
    struct buf out;
    buf_init(&out, HELP_MAX);
    help_commands(group, &out);
    fwrite(out.ptr, 1, out.len, to);
    buf_release(&out);
}

static enum exit_status show_command(const struct command *command)
{
    struct buf out;
    buf_init(&out, HELP_MAX);
    help_command(command, &out);
    say_str(buf_str(&out));
    buf_release(&out);
    return EXIT_DONE;
}

/* `latchkey`, `latchkey --help`, `latchkey user`, `latchkey usr add` */
static enum exit_status run_without_command(int argc, char *const *argv)
{
    if (argc == 0) {
        show_commands(STR(""), stderr);
        return EXIT_USED_WRONGLY;
    }
    str word = str_from(argv[0]);
    if (str_equal(word, STR("--help")) || str_equal(word, STR("-h"))) {
        show_commands(STR(""), stdout);
        return EXIT_DONE;
    }
    if (command_is_group(word) && argc == 1) {
        show_commands(word, stderr);
        return EXIT_USED_WRONGLY;
    }
    if (command_is_group(word) && str_equal(str_from(argv[1]), STR("--help"))) {
        show_commands(word, stdout);
        return EXIT_DONE;
    }

    CLEANUP(arena_release) struct arena arena = {0};
    bool is_pair = command_is_group(word) && !str_starts(str_from(argv[1]), STR("-"));
    str typed = is_pair ? arena_printf(&arena, "%s %s", argv[0], argv[1]) : word;
    str nearest = command_nearest(typed);
    /* the group itself is no suggestion for a command of it */
    if (str_is_empty(nearest) || str_equal(nearest, word))
        return used_wrongly("there is no command '%.*s'; 'latchkey help' lists them",
                            STR_ARG(typed));
    return used_wrongly("there is no command '%.*s'; did you mean '%.*s'?", STR_ARG(typed),
                        STR_ARG(nearest));
}

static bool asks_for_help(int argc, char *const *argv)
{
    for (int i = 0; i < argc && !str_equal(str_from(argv[i]), STR("--")); i++)
        if (str_equal(str_from(argv[i]), STR("--help")) || str_equal(str_from(argv[i]), STR("-h")))
            return true;
    return false;
}

static const str *field_config(const struct command *command, const void *values)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (str_equal(str_from(command->options[i].name), STR("config")))
            return (const void *)((const char *)values + command->options[i].offset);
    return NULL;
}

static enum error read_settings(const struct command *command, struct options_reader *reader)
{
    const str *path = command->takes_settings ? field_config(command, reader->values) : NULL;
    if (!path || str_is_empty(*path))
        return OK;
    str text;
    enum error err = file_read(*path, SETTINGS_FILE_MAX, reader->arena, &reader->problem, &text);
    if (!err)
        err = options_read_file(reader, *path, text);
    return err;
}

static enum exit_status check_operands(const struct command *command,
                                       const struct option_list *operands)
{
    const char *blank = command->operands[0] ? " " : "";
    if (operands->count < command->min_operands)
        return used_wrongly("%s is missing; usage: latchkey %s %s", command->operands,
                            command->name, command->operands);
    if (operands->count > command->max_operands)
        return used_wrongly("'%.*s' is too much; usage: latchkey %s%s%s",
                            STR_ARG(operands->items[command->max_operands]), command->name, blank,
                            command->operands);
    for (size_t i = 0; i < operands->count; i++)
        if (!str_is_utf8(operands->items[i]))
            return used_wrongly("word %zu after 'latchkey %s' is not text in UTF-8", i + 1,
                                command->name);
    return EXIT_DONE;
}

/*
 * Every option of the daemon is a variable too. Other commands share only where the data is, and
 * the scopes: a stray LATCHKEY_NAME must not name somebody's token.
 */
static enum error read_variables(const struct command *command, struct options_reader *reader,
                                 char *const *environment)
{
    static const str shared[] = {STR_INIT("LATCHKEY_DATA="), STR_INIT("LATCHKEY_DATABASE="),
                                 STR_INIT("LATCHKEY_SCOPES_FILE=")};
    if (command->takes_settings)
        return options_read_environment(reader, environment);
    char *found[COUNT_OF(shared) + 1] = {NULL};
    size_t count = 0;
    for (; *environment; environment++)
        for (size_t i = 0; i < COUNT_OF(shared); i++)
            if (str_starts(str_from(*environment), shared[i]) && count < COUNT_OF(shared))
                found[count++] = *environment;
    return options_read_environment(reader, found);
}

static enum exit_status run_command(const struct command *command, int argc, char *const *argv,
                                    char *const *environment, struct arena *arena)
{
    void *values = arena_alloc(arena, command->options_bytes + 1);
    struct options_reader reader;
    options_begin(&reader, command->options, command->option_count, values, arena);
    struct invocation invocation = {.arena = arena, .options = values, .reader = &reader};

    enum error err = options_read_arguments(&reader, argc, argv, &invocation.operands);
    if (!err)
        err = read_variables(command, &reader, environment);
    if (!err)
        err = read_settings(command, &reader);
    if (err)
        return used_wrongly("%.*s", STR_ARG(reader.problem));
    enum exit_status status = check_operands(command, &invocation.operands);
    return status ? status : command->run(&invocation);
}

enum exit_status program_run(int argc, char *const *argv, char *const *environment)
{
    static char version_word[] = "version";
    static char *const version_words[] = {version_word, NULL};
    if (argc > 0) { /* our own name; not there if whoever started us forgot it */
        argc--;
        argv++;
    }
    if (argc > 0 && str_equal(str_from(argv[0]), STR("--version"))) {
        argc = 1;
        argv = version_words;
    }

    int words = 0;
    const struct command *command = command_find(argc, argv, &words);
    if (!command)
        return say_all_arrived(run_without_command(argc, argv));
    if (asks_for_help(argc - words, argv + words))
        return say_all_arrived(show_command(command));

    CLEANUP(arena_release) struct arena arena = {0};
    arena_mark_secret(&arena);
    return say_all_arrived(run_command(command, argc - words, argv + words, environment, &arena));
}
