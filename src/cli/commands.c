#include "cli/commands.h"

#include "base/nearest.h"

#define COMMAND(name) extern const struct command command_##name;
#include "cli/commands.def"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "cli/commands.def"
#undef COMMAND
};
const size_t command_count = COUNT_OF(commands);

const struct command *command_find(int argc, char *const *argv, int *words)
{
    for (size_t i = 0; argc > 0 && i < command_count; i++) {
        str first, second;
        bool has_two = str_cut(str_from(commands[i]->name), ' ', &first, &second);
        if (!str_equal(first, str_from(argv[0])))
            continue;
        if (has_two && (argc < 2 || !str_equal(second, str_from(argv[1]))))
            continue;
        *words = has_two ? 2 : 1;
        return commands[i];
    }
    return NULL;
}

bool command_is_group(str word)
{
    for (size_t i = 0; i < command_count; i++) {
        str first, second;
        if (str_cut(str_from(commands[i]->name), ' ', &first, &second) && str_equal(first, word))
            return true;
    }
    return false;
}

str command_nearest(str typed)
{
    struct nearest best = {.word = STR("")};
    for (size_t i = 0; i < command_count; i++) {
        str first, second, name = str_from(commands[i]->name);
        (void)str_cut(name, ' ', &first, &second);
        nearest_offer(&best, typed, first);
        nearest_offer(&best, typed, name);
    }
    return best.word;
}
