/* latchkey backup, latchkey restore */
#include "cli/admin.h"
#include "cli/config_load.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/show.h"
#include "service/audit.h"
#include "service/backup.h"

struct backup_options {
    ADMIN_FIELDS;
    bool with_master_key;
};

static const struct option backup_rows[] = {
    OPTION_ROW(struct backup_options, with_master_key, FLAG, "", "", ANY,
               "put the master key into the file too: it is then as secret as the key"),
    ADMIN_ROWS(struct backup_options),
};

struct restore_options {
    ADMIN_FIELDS;
};

static const struct option restore_rows[] = {
    ADMIN_ROWS(struct restore_options),
};

struct bar {
    struct progress progress;
    bool has_begun;
    const char *what;
};

static void show_progress(void *context, str table, int64_t done)
{
    struct bar *bar = context;
    (void)table;
    if (!bar->has_begun)
        progress_begin(&bar->progress, bar->what, 0);
    bar->has_begun = true;
    progress_show(&bar->progress, done);
}

static void end_bar(struct bar *bar)
{
    if (bar->has_begun)
        progress_end(&bar->progress);
}

static void print_json(str path, const struct backup_facts *facts, struct arena *arena)
{
    json_t *object = json_object();
    json_add(object, "file", json_from_str(path));
    json_add(object, "made_at", json_from_time(arena, facts->made_at));
    json_add(object, "program", json_from_str(facts->program));
    json_add(object, "has_master_key", json_boolean(facts->has_master_key));
    show_json(object, arena);
}

/* Everything left the house, with the key to it or without. */
static enum error note(struct admin *admin, str path, const struct backup_facts *facts)
{
    const struct audit_fact fact = {STR("has_master_key"), STR(""),
                                    audit_switch(facts->has_master_key)};
    const struct audit_event event = {.kind = AUDIT_BACKUP_MADE,
                                      .subject_kind = STR("file"),
                                      .subject_id = STR(""),
                                      .subject_name = path,
                                      .facts = &fact,
                                      .fact_count = 1};
    return audit_note_alone(admin->worker, &admin->operator, &event, admin->now);
}

static enum exit_status backup(const struct invocation *invocation)
{
    const struct backup_options *given = invocation->options;
    struct arena *arena = invocation->arena;
    str path = invocation->operands.items[0];
    CLEANUP(admin_close) struct admin admin = {0};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    struct bar bar = {.what = "copying rows"};
    struct backup_order order = {.path = path,
                                 .with_master_key = given->with_master_key,
                                 .progress = show_progress,
                                 .context = &bar};
    struct backup_facts facts = {0};
    str problem = STR("");
    enum error err = backup_make(admin.worker, &order, admin.now, arena, &problem, &facts);
    end_bar(&bar);
    if (err)
        return failed_to("make the backup", err, problem);
    err = note(&admin, path, &facts); /* after it: a backup of a full disk is a good one */
    if (err)
        warn("the backup is complete, but the audit log could not be written: %s", error_name(err));
    if (given->json)
        print_json(path, &facts, arena);
    else
        say("%.*s holds everything%s\n", STR_ARG(say_safely(arena, path)),
            facts.has_master_key ? ", the master key too: keep it as safe as the server itself"
                                 : " but the master key: keep a copy of master.key elsewhere, for "
                                   "without it the file opens nothing");
    return EXIT_DONE;
}

static enum exit_status restore(const struct invocation *invocation)
{
    const struct restore_options *given = invocation->options;
    struct arena *arena = invocation->arena;
    str path = invocation->operands.items[0];
    struct config config = {0};
    struct options_reader reader;
    options_begin(&reader, serve_options, SERVE_OPTION_COUNT, &config, arena);
    config.data = given->data;
    config.database = given->database;
    str problem = STR("");
    if (config_complete(&config, arena, &problem))
        return used_wrongly("%.*s", STR_ARG(problem));
    log_set(LOG_ERROR, LOG_TEXT);
    struct bar bar = {.what = "restoring rows"};
    struct backup_order order = {.path = path, .progress = show_progress, .context = &bar};
    struct backup_facts facts = {0};
    enum error err = backup_restore(&config, &order, time_now(), arena, &problem, &facts);
    end_bar(&bar);
    if (err)
        return failed_to("restore", err, problem);
    if (given->json)
        print_json(path, &facts, arena);
    else
        say("restored what was backed up at %.*s\n", STR_ARG(time_format(arena, facts.made_at)));
    return EXIT_DONE;
}

const struct command command_backup = {
    .name = "backup",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "writes everything to one file",
    .description =
        "The daemon may be running, and goes on answering and writing. FILE is an SQLite database, "
        "also\nwhen it is made from PostgreSQL; 'latchkey restore' puts it back into either. It "
        "must not be there\nyet, and appears when it is complete. Secrets in it are sealed with "
        "the master key of the data\nfolder, which is in the file only with --with-master-key.",
    .example = "$ latchkey backup /backups/latchkey-monday.db --data /var/lib/latchkey",
    COMMAND_OPTIONS(backup_rows, struct backup_options),
    .run = backup,
};

const struct command command_restore = {
    .name = "restore",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "puts a backup back, into an empty data folder or database",
    .description =
        "All of it or nothing. Where the backup was made without its master key, copy the old "
        "server's\nmaster.key into the data folder first. With --database postgresql://… the rows "
        "go there: so a\nbackup also moves an installation from SQLite to PostgreSQL, or back.",
    .example = "$ latchkey restore /backups/latchkey-monday.db --data /var/lib/latchkey\n"
               "$ latchkey restore latchkey-monday.db --data ./data \\\n"
               "    --database postgresql://latchkey@db/latchkey",
    COMMAND_OPTIONS(restore_rows, struct restore_options),
    .run = restore,
};
