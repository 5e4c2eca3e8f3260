/* latchkey import label-studio */
#include "base/file.h"
#include "cli/admin.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/stand_in.h"
#include "cli/text_table.h"
#include "service/import/import.h"
#include "service/secret_key.h"

#define NOTES_SHOWN 20
#define KEY_FILE_MAX ((size_t)64 * 1024) /* an .env of Label Studio's is far below */

struct import_options {
    ADMIN_FIELDS;
    str from;
    str secret_key_file;
    bool dry_run;
};

// clang-format off
static const struct option options[] = {
    OPTION_ROW(struct import_options, from,            TEXT, "FILE-or-URL", "", ANY, "Label Studio's database: its SQLite file, or postgresql://…; must be given"),
    OPTION_ROW(struct import_options, secret_key_file, PATH, "FILE",        "", ANY, "file with Label Studio's SECRET_KEY, or the .env of its data folder; must be given"),
    OPTION_ROW(struct import_options, dry_run,         FLAG, "",            "", ANY, "read and count everything, change nothing"),
    ADMIN_ROWS(struct import_options),
};
// clang-format on

/* The bar of the subject that is being read; each has its own. */
struct bar {
    struct progress progress;
    enum import_subject subject;
    bool has_begun;
};

static void show_progress(void *context, enum import_subject subject, int64_t done, int64_t total)
{
    struct bar *bar = context;
    if (!bar->has_begun || bar->subject != subject) {
        if (bar->has_begun)
            progress_end(&bar->progress);
        progress_begin(&bar->progress, import_subject_name(subject), total);
        bar->subject = subject;
        bar->has_begun = true;
    }
    bar->progress.total = total; /* it grows while Label Studio runs */
    progress_show(&bar->progress, done);
}

static json_t *counts_json(const struct import_report *report)
{
    json_t *items = json_array();
    for (size_t i = 0; i < IMPORT_SUBJECT_COUNT; i++) {
        const struct import_count *count = &report->counts[i];
        json_t *item = json_object();
        json_add(item, "subject", json_string(import_subject_name((enum import_subject)i)));
        json_add(item, "read", json_integer(count->read));
        json_add(item, "added", json_integer(count->added));
        json_add(item, "updated", json_integer(count->updated));
        json_add(item, "unchanged", json_integer(count->unchanged));
        json_add(item, "kept", json_integer(count->kept));
        json_add(item, "skipped", json_integer(count->skipped));
        json_array_append_new(items, item);
    }
    return items;
}

static void print_json(const struct import_report *report, bool dry_run, struct arena *arena)
{
    json_t *notes = json_array();
    for (const struct import_note *note = report->notes; note; note = note->next) {
        json_t *item = json_object();
        json_add(item, "table", json_string(note->table));
        json_add(item, "row", json_from_str(note->row));
        json_add(item, "skipped", json_boolean(note->is_skipped));
        json_add(item, "text", json_from_str(note->text));
        json_array_append_new(notes, item);
    }
    json_t *object = json_object();
    json_add(object, "dry_run", json_boolean(dry_run));
    json_add(object, "took_key", json_boolean(report->took_key));
    json_add(object, "counts", counts_json(report));
    json_add(object, "notes", notes);
    show_json(object, arena);
}

static void print_notes(const struct import_report *report, struct arena *arena)
{
    int64_t shown = 0;
    const struct import_note *note = report->notes;
    for (; note && shown < NOTES_SHOWN; note = note->next, shown++) {
        str row = say_safely(arena, note->row), text = say_safely(arena, note->text);
        say("%s %s %.*s: %.*s\n", note->is_skipped ? "skipped" : "note:", note->table, STR_ARG(row),
            STR_ARG(text));
    }
    if (note)
        say("and %lld more: --json names every one\n", (long long)(report->note_count - shown));
}

static void print_text(const struct import_report *report, bool dry_run, struct arena *arena)
{
    static const char *const headings[] = {"",          "READ", "ADDED",  "UPDATED",
                                           "UNCHANGED", "KEPT", "SKIPPED"};
    struct text_table table;
    table_begin(&table, arena, headings, COUNT_OF(headings));
    for (size_t i = 0; i < IMPORT_SUBJECT_COUNT; i++) {
        const struct import_count *count = &report->counts[i];
        TABLE_ADD(&table, str_from(import_subject_name((enum import_subject)i)),
                  show_number(arena, count->read), show_number(arena, count->added),
                  show_number(arena, count->updated), show_number(arena, count->unchanged),
                  show_number(arena, count->kept), show_number(arena, count->skipped));
    }
    table_print(&table);
    print_notes(report, arena);
    if (report->took_key)
        say(dry_run ? "SECRET_KEY would be taken over\n" : "SECRET_KEY was taken over\n");
    if (dry_run)
        say("nothing was changed: this was a dry run\n");
}

static enum exit_status read_secret_key(str path, struct arena *arena, str *out)
{
    str text, problem = STR("");
    enum error err = file_read(path, KEY_FILE_MAX, arena, &problem, &text);
    if (!err)
        err = secret_key_parse(text, path, arena, &problem, out);
    if (err)
        return failed_to("read the SECRET_KEY", err, problem);
    if (secret_key_is_doubtful(*out))
        warn("this SECRET_KEY begins with '$': Label Studio does not read such a key from its "
             ".env; look which one it really uses");
    return EXIT_DONE;
}

/* A dry run makes nothing: where there is nothing yet, something stands in for it. */
static enum exit_status open_target(const struct invocation *invocation, struct stand_in *stand_in,
                                    struct admin *admin)
{
    const struct import_options *given = invocation->options;
    if (!given->dry_run)
        return admin_prepare(invocation, given->data, given->database, admin);
    if (stand_in_make(stand_in, given->data, invocation->arena))
        return failed("there is no folder for temporary files; set TMPDIR to one with room");
    if (!stand_in->path)
        return admin_open(invocation, given->data, given->database, admin);
    return admin_prepare(invocation, str_from(stand_in->path), STR(""), admin);
}

static enum exit_status import(const struct invocation *invocation)
{
    const struct import_options *given = invocation->options;
    if (str_is_empty(given->from))
        return used_wrongly("say what to import: --from FILE-or-URL");
    if (str_is_empty(given->secret_key_file))
        return used_wrongly("without its SECRET_KEY none of Label Studio's tokens would work: "
                            "--secret-key-file FILE");
    struct bar bar = {.has_begun = false};
    struct import_order order = {.source = given->from,
                                 .dry_run = given->dry_run,
                                 .progress = show_progress,
                                 .context = &bar};
    enum exit_status status =
        read_secret_key(given->secret_key_file, invocation->arena, &order.secret_key);
    if (status)
        return status;

    str problem = STR("");
    enum error err = import_look(given->from, invocation->arena, &problem);
    if (err) /* before a data folder is made for nothing */
        return failed_to("import", err, problem);

    CLEANUP(stand_in_release) struct stand_in stand_in = {0};
    CLEANUP(admin_close) struct admin admin = {0};
    status = open_target(invocation, &stand_in, &admin);
    if (status)
        return status;
    order.now = admin.now;
    struct import_report report = {0};
    err = import_label_studio(admin.worker, &order, admin.arena, &problem, &report);
    if (bar.has_begun)
        progress_end(&bar.progress);
    if (err)
        return failed_to("import", err, problem);
    if (given->json)
        print_json(&report, given->dry_run, admin.arena);
    else
        print_text(&report, given->dry_run, admin.arena);
    return EXIT_DONE;
}

const struct command command_import_label_studio = {
    .name = "import label-studio",
    .operands = "",
    .summary = "brings over Label Studio's accounts and tokens",
    .description =
        "Users, organizations, memberships, settings, legacy tokens and personal access tokens,\n"
        "issued and revoked, are read from Label Studio's database, which is not changed. Each "
        "token\n"
        "goes on working.\n"
        "\n"
        "The first import goes into a new data folder (or an empty database), before 'latchkey "
        "serve'\n"
        "has made an owner there, whose number would be another person's in Label Studio.\n"
        "\n"
        "It may be run again, the daemon and Label Studio running or not: what is new there comes\n"
        "over, what was changed here stays, and what ended something counts from either side. "
        "READ\n"
        "rows are ADDED, UPDATED (changed there since the last import), UNCHANGED, KEPT (changed "
        "or\n"
        "deleted here since) or SKIPPED.",
    .example = "$ latchkey import label-studio --from label_studio.sqlite3 --secret-key-file .env "
               "--dry-run\n"
               "$ latchkey import label-studio --from postgresql://ls@db/labelstudio \\\n"
               "    --secret-key-file .env --data /var/lib/latchkey",
    COMMAND_OPTIONS(options, struct import_options),
    .run = import,
};
