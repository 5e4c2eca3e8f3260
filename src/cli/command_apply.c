/* latchkey apply */
#include "cli/admin.h"
#include "cli/apply.h"
#include "cli/say.h"
#include "cli/show.h"

struct apply_options {
    ADMIN_FIELDS;
    bool dry_run;
    str scopes_file;
};

static const struct option options[] = {
    OPTION_ROW(struct apply_options, dry_run, FLAG, "", "", ANY,
               "show what differs, change nothing"),
    SCOPES_ROW(struct apply_options),
    ADMIN_ROWS(struct apply_options),
};

struct telling {
    struct arena *arena;
    json_t *items; /* NULL: as text */
};

/* A list or a text with nothing in it is seen too. */
static str value_text(str value, struct arena *arena)
{
    return str_is_empty(value) ? STR("(empty)") : say_safely(arena, value);
}

static void tell_text(struct arena *arena, const struct apply_change *change)
{
    say("%c %.*s", change->sign, STR_ARG(say_safely(arena, change->what)));
    if (!str_is_empty(change->field)) {
        str before = value_text(change->before, arena), after = value_text(change->after, arena);
        say(" %.*s: %.*s -> %.*s", STR_ARG(change->field), STR_ARG(before), STR_ARG(after));
    } else if (!str_is_empty(change->after)) {
        say(" (%.*s)", STR_ARG(say_safely(arena, change->after)));
    }
    say("\n");
}

static void tell(void *context, const struct apply_change *change)
{
    struct telling *telling = context;
    if (!telling->items) {
        tell_text(telling->arena, change);
        return;
    }
    static const char *const names[] = {
        ['+'] = "made", ['~'] = "changed", ['-'] = "ended", ['!'] = "missing"};
    json_t *item = json_object();
    json_add(item, "change", json_string(names[(unsigned char)change->sign]));
    json_add(item, "what", json_from_str(change->what));
    json_add(item, "field",
             str_is_empty(change->field) ? json_null() : json_from_str(change->field));
    json_add(item, "before", json_from_str(change->before));
    json_add(item, "after", json_from_str(change->after));
    json_array_append_new(telling->items, item);
}

static enum exit_status apply(const struct invocation *invocation)
{
    const struct apply_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = admin_scopes(&admin, given->scopes_file);
    if (status)
        return status;
    struct telling telling = {.arena = admin.arena, .items = given->json ? json_array() : NULL};
    const struct apply_order order = {.path = invocation->operands.items[0],
                                      .dry_run = given->dry_run,
                                      .tell = tell,
                                      .context = &telling};
    str problem = STR("");
    int64_t changes = 0;
    enum error err = apply_file(admin.worker, &order, admin.now, admin.arena, &problem, &changes);
    if (err) {
        json_decref(telling.items);
        return failed_to("apply the file", err, problem);
    }
    if (given->json) {
        json_t *object = json_object();
        json_add(object, "dry_run", json_boolean(given->dry_run));
        json_add(object, "items", telling.items);
        show_json(object, admin.arena);
    } else {
        say(given->dry_run ? "%lld to change; nothing was changed: this was a dry run\n"
                           : "%lld changed\n",
            (long long)changes);
    }
    return EXIT_DONE;
}

const struct command command_apply = {
    .name = "apply",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "brings organizations, settings, members and service accounts to what a file says",
    .description =
        "FILE is YAML: docs/apply.md has a whole one. What differs is changed, and said: + made, ~ "
        "changed,\n- ended, ! must be made by hand. What the file does not name stays, unless an "
        "organization says\n'prune: true'. Nothing is changed when a part of the file cannot be "
        "read or breaks a rule. The\ndaemon may be running; 'latchkey serve --apply FILE' does the "
        "same at each start.",
    .example = "$ latchkey apply latchkey.yaml --dry-run\n"
               "~ settings of organization 1 api_token_ttl_days: 73000 -> 90\n"
               "+ service account trainer of organization 1 (member)\n"
               "2 to change; nothing was changed: this was a dry run",
    COMMAND_OPTIONS(options, struct apply_options),
    .run = apply,
};
