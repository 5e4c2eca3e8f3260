/* latchkey audit, audit verify, audit export */
#include <unistd.h>

#include "base/encoding.h"
#include "base/nearest.h"
#include "cli/admin.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/text_table.h"
#include "service/audit.h"
#include "service/audit_read.h"
#include "service/audit_verify.h"

#define LINE_BYTES_MAX ((size_t)1048576)
#define FOLLOW_PAGE 500
#define FOLLOW_EVERY (SECONDS(1) / 2)

#define FILTER_FIELDS                                                                              \
    str event, user, since, until;                                                                 \
    int64_t organization
// clang-format off
#define FILTER_ROWS(type)                                                                          \
    OPTION_ROW(type, event,        TEXT,    "NAME",        "", ANY, "only that event, as token.created, or token.* for all of a kind"), \
    OPTION_ROW(type, user,         TEXT,    "EMAIL-or-ID", "", ANY, "only what that user did, or what happened to what is the user's"), \
    OPTION_ROW(type, since,        TEXT,    "TIME",        "", ANY, "from then on: 2026-11-25T12:00:00Z, a date, or 30m, 12h, 7d for so long ago"), \
    OPTION_ROW(type, until,        TEXT,    "TIME",        "", ANY, "before then, likewise"),      \
    OPTION_ROW(type, organization, INTEGER, "ID",          "", ANY, "only that organization; if not given, all, and what belongs to none")
// clang-format on

struct audit_options {
    ADMIN_FIELDS;
    FILTER_FIELDS;
    int64_t limit;
    bool follow;
};

struct export_options {
    ADMIN_FIELDS;
    FILTER_FIELDS;
    unsigned format;
};

struct verify_options {
    ADMIN_FIELDS;
    str from;
};

/* What both readers were asked for. */
struct asked {
    FILTER_FIELDS;
};

/* "12h": so long before `now`. */
static enum error read_age(str text, usec now, usec *out)
{
    static const struct {
        char letter;
        usec unit;
    } units[] = {{'m', MINUTES(1)}, {'h', HOURS(1)}, {'d', DAYS(1)}};
    int64_t n;
    if (text.len < 2 || str_to_i64(str_slice(text, 0, text.len - 1), &n) || n < 0 || n > 100000)
        return ERR_MALFORMED;
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (text.ptr[text.len - 1] == units[i].letter) {
            *out = now - n * units[i].unit;
            return OK;
        }
    return ERR_MALFORMED;
}

static enum exit_status read_when(const char *option, str text, usec now, usec *out)
{
    if (str_is_empty(text) || !read_age(text, now, out) || !time_parse(text, out))
        return EXIT_DONE;
    return used_wrongly("--%s takes a time as 2026-11-25T12:00:00Z, a date, or 30m, 12h, 7d; not "
                        "'%.*s'",
                        option, STR_ARG(text));
}

static enum exit_status unknown_event(str name)
{
    struct nearest best = {.word = STR("")};
    for (int kind = AUDIT_NOTHING + 1; kind < AUDIT_KIND_COUNT; kind++)
        nearest_offer(&best, name, audit_kind_name((enum audit_kind)kind));
    if (str_is_empty(best.word))
        return used_wrongly("there is no event '%.*s'; docs/audit.md lists them", STR_ARG(name));
    return used_wrongly("there is no event '%.*s'; did you mean '%.*s'?", STR_ARG(name),
                        STR_ARG(best.word));
}

static enum exit_status read_filter(struct admin *admin, const struct asked *asked,
                                    struct audit_filter *out)
{
    struct user_row user;
    *out = (struct audit_filter){.organization_id = asked->organization,
                                 .event = STR(""),
                                 .subject_id = STR(""),
                                 .text = STR("")};
    if (!str_is_empty(asked->event) && audit_event_pattern(asked->event, admin->arena, &out->event))
        return unknown_event(asked->event);
    enum exit_status status = read_when("since", asked->since, admin->now, &out->since);
    if (!status)
        status = read_when("until", asked->until, admin->now, &out->until);
    if (!status && !str_is_empty(asked->user)) {
        status = admin_user(admin, asked->user, &user);
        if (!status)
            out->user_id = user.id;
    }
    return status;
}

/* audit */

// clang-format off
static const struct option audit_options[] = {
    OPTION_ROW(struct audit_options, follow, FLAG,    "",  "",   ANY,                 "go on showing what is added, until you press Ctrl-C"),
    FILTER_ROWS(struct audit_options),
    OPTION_ROW(struct audit_options, limit,  INTEGER, "N", "50", BETWEEN(0, 100000),  "how many entries at most, the newest ones"),
    ADMIN_ROWS(struct audit_options),
};
// clang-format on

static str who_of(const struct audit_row *row, struct arena *arena)
{
    if (str_is_empty(row->actor_name))
        return row->actor_id == 0 ? row->actor_kind
                                  : arena_printf(arena, "user %lld", (long long)row->actor_id);
    return str_equal(row->actor_kind, STR("operator"))
               ? ARENA_JOIN(arena, STR("operator "), row->actor_name)
               : row->actor_name;
}

static str subject_of(const struct audit_row *row, struct arena *arena)
{
    str name = str_is_empty(row->subject_name) ? row->subject_id : row->subject_name;
    return ARENA_JOIN(arena, row->subject_kind, STR(" "), name);
}

/* "role: member -> owner, name: ci" */
static str details_of(const struct audit_row *row, struct arena *arena)
{
    json_t *details = json_loadb(row->details.ptr, row->details.len, 0, NULL);
    const char *name;
    json_t *fact;
    str text = STR("");
    json_object_foreach(details, name, fact)
    {
        str before = arena_copy(arena, json_text(json_object_get(fact, "before")));
        str after = arena_copy(arena, json_text(json_object_get(fact, "after")));
        if (str_is_empty(before) && str_is_empty(after))
            continue;
        text = ARENA_JOIN(arena, text, str_is_empty(text) ? STR("") : STR(", "),
                          arena_copy(arena, str_from(name)), STR(": "), before,
                          str_is_empty(before) ? STR("") : STR(" -> "),
                          str_is_empty(after) ? STR("none") : after);
    }
    json_decref(details);
    return text;
}

static void print_table(const struct audit_list *list, struct arena *arena)
{
    static const char *const headings[] = {"NUMBER", "TIME", "EVENT",  "WHO",
                                           "FROM",   "WHAT", "DETAILS"};
    struct text_table table;
    table_begin(&table, arena, headings, COUNT_OF(headings));
    for (size_t i = list->count; i > 0; i--) { /* they come newest first */
        const struct audit_row *row = &list->items[i - 1];
        TABLE_ADD(&table, show_number(arena, row->number), show_time(arena, row->at), row->event,
                  who_of(row, arena), row->address, subject_of(row, arena), details_of(row, arena));
    }
    table_print(&table);
}

/* A line as it comes: its columns cannot know of those that follow. */
static void print_line(const struct audit_row *row, bool as_json, struct arena *arena)
{
    if (as_json) {
        struct buf line;
        buf_init(&line, LINE_BYTES_MAX);
        audit_write_json(&line, row);
        say_str(buf_str(&line));
        say("\n");
        buf_release(&line);
        return;
    }
    str text = arena_printf(arena, "%lld  %.*s  %.*s  %.*s  %.*s  %.*s  %.*s",
                            (long long)row->number, STR_ARG(show_time(arena, row->at)),
                            STR_ARG(row->event), STR_ARG(who_of(row, arena)), STR_ARG(row->address),
                            STR_ARG(subject_of(row, arena)), STR_ARG(details_of(row, arena)));
    say_str(say_safely(arena, text));
    say("\n");
}

static enum exit_status follow(struct admin *admin, struct audit_query *query, bool as_json)
{
    struct arena page;
    struct audit_list list = {0};
    enum error err = OK;
    arena_init(&page);
    query->is_upwards = true;
    while (!err) {
        arena_reset(&page);
        err = audit_page(admin->worker, &admin->operator, query, FOLLOW_PAGE, &page, &list);
        for (size_t i = 0; !err && i < list.count; i++) {
            print_line(&list.items[i], as_json, &page);
            query->place = list.items[i].number;
        }
        if (fflush(stdout) != 0) /* whoever read is gone */
            break;
        if (!err && list.count < FOLLOW_PAGE)
            usleep((useconds_t)FOLLOW_EVERY);
    }
    arena_release(&page);
    return err ? failed_to("read the audit log", err, STR("")) : EXIT_DONE;
}

static void print_list(const struct audit_list *list, bool as_lines, bool as_json,
                       struct arena *arena)
{
    for (size_t i = list->count; as_lines && i > 0; i--)
        print_line(&list->items[i - 1], as_json, arena);
    if (!as_lines)
        print_table(list, arena);
}

static enum exit_status audit(const struct invocation *invocation)
{
    const struct audit_options *given = invocation->options;
    const struct asked asked = {given->event, given->user, given->since, given->until,
                                given->organization};
    CLEANUP(admin_close) struct admin admin = {0};
    struct audit_query query = {0};
    struct audit_list list;
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status)
        status = read_filter(&admin, &asked, &query.filter);
    if (status)
        return status;
    struct audit_head head;
    enum error err = audit_head_find(admin.worker->db, admin.arena, &head);
    query.place = err ? 0 : head.number + 1; /* what comes later is for those who follow */
    if (!err)
        err = audit_page(admin.worker, &admin.operator, & query, given->limit, admin.arena, &list);
    if (err)
        return failed_to("read the audit log", err, STR(""));
    print_list(&list, given->json || given->follow, given->json, admin.arena);
    query.place = head.number;
    return given->follow ? follow(&admin, &query, given->json) : EXIT_DONE;
}

const struct command command_audit = {
    .name = "audit",
    .operands = "",
    .summary = "shows who did what, from where, before and after",
    .description =
        "The newest entries, oldest first. With --json one object on each line, as the API's "
        "items.\nWhat each event means is in docs/audit.md.",
    .example = "$ latchkey audit --event 'token.*' --user ann@example.com --since 7d\n"
               "$ latchkey audit --follow --json",
    COMMAND_OPTIONS(audit_options, struct audit_options),
    .run = audit,
};

/* audit export */

// clang-format off
static const struct option export_options[] = {
    OPTION_ROW(struct export_options, format, CHOICE, "ndjson|csv", "ndjson", ANY, "one JSON object on each line, or a table for spreadsheets"),
    FILTER_ROWS(struct export_options),
    ADMIN_ROWS(struct export_options),
};
// clang-format on

static enum error write_out(void *context, str chunk)
{
    (void)context;
    say_str(chunk);
    return ferror(stdout) ? ERR_IO : OK;
}

static enum exit_status export(const struct invocation *invocation) {
    const struct export_options *given = invocation->options;
    const struct asked asked = {given->event, given->user, given->since, given->until,
                                given->organization};
    CLEANUP(admin_close) struct admin admin = {0};
    struct audit_export order = {.query = {.is_upwards = true},
                                 .form = given->format == 1 ? AUDIT_CSV : AUDIT_NDJSON,
                                 .write = write_out};
    enum exit_status status = admin_open(invocation, given->data, given->database, &admin);
    if (!status) status = read_filter(&admin, &asked, &order.query.filter);
    if (status) return status;
    enum error err = audit_export(admin.worker, &admin.operator, & order);
    return err ? failed_to("export the audit log", err, STR("")) : EXIT_DONE;
}

const struct command command_audit_export = {
    .name = "audit export",
    .operands = "",
    .summary = "writes the audit log to standard output, oldest entry first",
    .description = "CSV is that of RFC 4180. A text that a spreadsheet would take for a formula "
                   "has a ' before it.",
    .example = "$ latchkey audit export --format csv --since 2026-11-01 > november.csv",
    COMMAND_OPTIONS(export_options, struct export_options),
    .run = export,
};

/* audit verify */

// clang-format off
static const struct option verify_options[] = {
    OPTION_ROW(struct verify_options, from, TEXT, "NUMBER:MAC", "", ANY, "begin at that checkpoint, as an earlier run has said it"),
    ADMIN_ROWS(struct verify_options),
};
// clang-format on

static enum exit_status read_checkpoint(str text, struct arena *arena,
                                        struct audit_verification *out)
{
    str number, mac;
    if (str_is_empty(text))
        return EXIT_DONE;
    if (!str_cut(text, ':', &number, &mac) || str_to_i64(number, &out->from) || out->from < 1 ||
        hex_decode(arena, mac, &out->mac) || out->mac.len != MAC_BYTES)
        return used_wrongly("--from takes NUMBER:MAC, as 'latchkey audit verify' has said it; not "
                            "'%.*s'",
                            STR_ARG(text));
    return EXIT_DONE;
}

static void show_progress(void *context, int64_t done, int64_t total)
{
    struct progress *progress = context;
    progress->total = total;
    progress_show(progress, done);
}

static void print_report(const struct audit_report *report, bool as_json, struct arena *arena)
{
    str mac = hex_encode(arena, report->last_mac);
    str checkpoint = report->last > 0
                         ? arena_printf(arena, "%lld:%.*s", (long long)report->last, STR_ARG(mac))
                         : STR("");
    bool holds = report->fault == AUDIT_HOLDS;
    if (as_json) {
        json_t *object = json_object();
        json_add(object, "is_whole", json_boolean(holds));
        json_add(object, "problem",
                 holds ? json_null() : json_from_str(audit_fault_text(report, arena)));
        json_add(object, "number", report->number ? json_integer(report->number) : json_null());
        json_add(object, "checked", json_integer(report->checked));
        json_add(object, "checkpoint",
                 str_is_empty(checkpoint) ? json_null() : json_from_str(checkpoint));
        show_json(object, arena);
    } else if (holds) {
        say("the audit log is whole: %lld entries checked\n", (long long)report->checked);
        if (report->last > 0)
            say("checkpoint %.*s\n", STR_ARG(checkpoint));
    }
}

static enum exit_status verify(const struct invocation *invocation)
{
    const struct verify_options *given = invocation->options;
    CLEANUP(admin_close) struct admin admin = {0};
    struct progress progress;
    struct audit_verification order = {
        .mac = STR(""), .progress = show_progress, .context = &progress};
    struct audit_report report;
    enum exit_status status = read_checkpoint(given->from, invocation->arena, &order);
    if (!status)
        status = admin_open(invocation, given->data, given->database, &admin);
    if (status)
        return status;
    progress_begin(&progress, "entries", 0);
    enum error err = audit_verify(admin.worker, &order, admin.arena, &report);
    progress_end(&progress);
    if (err)
        return failed_to("read the audit log", err, STR(""));
    print_report(&report, given->json, admin.arena);
    if (report.fault == AUDIT_HOLDS)
        return EXIT_DONE;
    str why = audit_fault_text(&report, admin.arena);
    return failed("the audit log was tampered with: %.*s; all %lld entries before that are right",
                  STR_ARG(why), (long long)report.checked);
}

const struct command command_audit_verify = {
    .name = "audit verify",
    .operands = "",
    .summary = "proves that nothing in the audit log was changed, taken out or cut off",
    .description =
        "Names the first entry that is wrong. The last line is a checkpoint: kept elsewhere and "
        "given\nwith --from, it also shows whether the whole database was put back to an older "
        "state.",
    .example = "$ latchkey audit verify\n"
               "the audit log is whole: 1204 entries checked\n"
               "checkpoint 1204:6d1f…",
    COMMAND_OPTIONS(verify_options, struct verify_options),
    .run = verify,
};
