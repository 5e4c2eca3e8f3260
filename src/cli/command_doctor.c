/* latchkey doctor */
#include "cli/admin.h"
#include "cli/config_load.h"
#include "cli/doctor.h"
#include "cli/say.h"
#include "cli/show.h"

struct doctor_options {
    ADMIN_FIELDS;
    str secret_key_file;
    str upstream_url;
};

static const struct option options[] = {
    OPTION_ROW(struct doctor_options, secret_key_file, PATH, "FILE", "", ANY,
               "look whether the file holds the SECRET_KEY that was taken over from Label Studio"),
    OPTION_ROW(struct doctor_options, upstream_url, TEXT, "URL", "", ANY,
               "look whether the Label Studio there takes our access tokens"),
    ADMIN_ROWS(struct doctor_options),
};

static const char *const grades[] = {"ok", "warning", "problem"};

void doctor_finds(struct doctor *doctor, enum grade grade, const char *subject, str detail,
                  str remedy)
{
    if (doctor->count == FINDINGS_MAX)
        return; /* enough to go on with: the worst ones repeat themselves */
    doctor->findings[doctor->count++] =
        (struct finding){.grade = grade, .subject = subject, .detail = detail, .remedy = remedy};
}

void doctor_examine(struct doctor *doctor)
{
    bool files_are_good = doctor_examine_files(doctor);
    doctor_examine_database(doctor, files_are_good);
}

enum grade doctor_worst(const struct doctor *doctor)
{
    enum grade worst = GRADE_OK;
    for (size_t i = 0; i < doctor->count; i++)
        if (doctor->findings[i].grade > worst)
            worst = doctor->findings[i].grade;
    return worst;
}

static void print_text(const struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->count; i++) {
        const struct finding *found = &doctor->findings[i];
        say("%-8s %-16s ", grades[found->grade], found->subject);
        say_str(say_safely(doctor->arena, found->detail));
        if (!str_is_empty(found->remedy)) {
            say("; ");
            say_str(say_safely(doctor->arena, found->remedy));
        }
        say("\n");
    }
}

static void print_json(const struct doctor *doctor)
{
    json_t *items = json_array();
    for (size_t i = 0; i < doctor->count; i++) {
        const struct finding *found = &doctor->findings[i];
        json_t *item = json_object();
        json_add(item, "subject", json_string(found->subject));
        json_add(item, "state", json_string(grades[found->grade]));
        json_add(item, "detail", json_from_str(found->detail));
        json_add(item, "remedy",
                 str_is_empty(found->remedy) ? json_null() : json_from_str(found->remedy));
        json_array_append_new(items, item);
    }
    json_t *object = json_object();
    json_add(object, "state", json_string(grades[doctor_worst(doctor)]));
    json_add(object, "items", items);
    show_json(object, doctor->arena);
}

static enum exit_status examine(const struct invocation *invocation)
{
    const struct doctor_options *given = invocation->options;
    struct config config = {0};
    struct options_reader reader;
    options_begin(&reader, serve_options, SERVE_OPTION_COUNT, &config, invocation->arena);
    config.data = given->data;
    config.database = given->database;
    config.secret_key_file = given->secret_key_file;
    config.upstream_url = given->upstream_url;
    log_set(LOG_ERROR, LOG_TEXT);

    struct doctor doctor = {.config = &config, .now = time_now(), .arena = invocation->arena};
    doctor_examine(&doctor);
    if (given->json)
        print_json(&doctor);
    else
        print_text(&doctor);
    return doctor_worst(&doctor) == GRADE_PROBLEM ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_doctor = {
    .name = "doctor",
    .operands = "",
    .summary = "looks whether everything is as it should be, and says how to mend what is not",
    .description =
        "Each line is ok, a warning or a problem, with the remedy. Nothing is changed, and the "
        "daemon may be\nrunning. Exit status 1 says that there is a problem.",
    .example = "$ latchkey doctor --data /var/lib/latchkey\n"
               "$ latchkey doctor --upstream-url http://127.0.0.1:8081\n"
               "$ latchkey doctor --json | jq -r '.items[] | select(.state != \"ok\").remedy'",
    COMMAND_OPTIONS(options, struct doctor_options),
    .run = examine,
};
