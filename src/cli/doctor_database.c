#include "cli/doctor.h"

#include "db/db.h"
#include "service/context.h"
#include "service/keys.h"
#include "store/health.h"
#include "store/members.h"
#include "store/organizations.h"
#include "store/token_settings.h"
#include "token/key_ring.h"

#define CLOCK_SLACK MINUTES(2) /* clocks of several hosts may differ by so much */

#define FOUND(doctor, grade, subject, remedy, ...)                                                 \
    doctor_finds((doctor), (grade), (subject), arena_printf((doctor)->arena, __VA_ARGS__), (remedy))

struct patient {
    struct database *database;
    struct db *db;
};

static void patient_release(struct patient *patient)
{
    db_close(patient->db);
    if (patient->database)
        database_close(patient->database);
    *patient = (struct patient){0};
}

static void cannot_ask(struct doctor *doctor, const char *subject, enum error err)
{
    FOUND(doctor, GRADE_PROBLEM, subject, STR("the line above has the database's own words"),
          "the database does not answer (%s)", error_name(err));
}

/* Read-only: a doctor must not migrate what it looks at. */
static bool open_patient(struct doctor *doctor, struct patient *out)
{
    static const char subject[] = "database";
    const struct config *config = doctor->config;
    str where = str_is_empty(config->database)
                    ? ARENA_JOIN(doctor->arena, config->data, STR("/latchkey.db"))
                    : config->database;
    str problem = STR("");
    enum error err = database_open(where, DB_READ_ONLY, doctor->arena, &problem, &out->database);
    if (!err)
        err = db_connect(out->database, &out->db);
    if (!err)
        err = db_ping(out->db);
    if (err) {
        doctor_finds(doctor, GRADE_PROBLEM, subject,
                     str_is_empty(problem) ? str_from(error_name(err)) : problem,
                     STR("name it with --data or --database, and check that this user may read "
                         "it"));
        return false;
    }
    doctor_finds(doctor, GRADE_OK, subject,
                 database_is_postgres(out->database) ? STR("PostgreSQL answers")
                                                     : STR("SQLite answers"),
                 STR(""));
    return true;
}

/* True if it is the schema that this program works with. */
static bool examine_schema(struct doctor *doctor, struct db *db)
{
    static const char subject[] = "schema";
    struct schema_state schema;
    enum error err = health_schema(db, &schema);
    if (err) {
        cannot_ask(doctor, subject, err);
        return false;
    }
    enum grade grade = schema.found > schema.known   ? GRADE_PROBLEM
                       : schema.found < schema.known ? GRADE_WARNING
                                                     : GRADE_OK;
    str remedy = grade == GRADE_PROBLEM   ? STR("use the newer latchkey that wrote it")
                 : grade == GRADE_WARNING ? STR("'latchkey serve' brings it up to date")
                                          : STR("");
    FOUND(doctor, grade, subject, remedy, "version %lld; this program has version %lld",
          (long long)schema.found, (long long)schema.known);
    return grade == GRADE_OK;
}

static void examine_integrity(struct doctor *doctor, const struct patient *patient)
{
    static const char subject[] = "integrity";
    str fault;
    enum error err = health_quick_check(patient->database, patient->db, doctor->arena, &fault);
    if (err)
        cannot_ask(doctor, subject, err);
    else if (!str_is_empty(fault))
        doctor_finds(doctor, GRADE_PROBLEM, subject, fault,
                     STR("stop the daemon, and restore the last good backup"));
    else
        doctor_finds(doctor, GRADE_OK, subject, STR("no fault found"), STR(""));
}

static void examine_times(struct doctor *doctor, struct db *db)
{
    static const char subject[] = "clock and data";
    usec latest;
    enum error err = health_latest_time(db, &latest);
    if (err) {
        cannot_ask(doctor, subject, err);
        return;
    }
    if (latest > doctor->now + CLOCK_SLACK)
        FOUND(doctor, GRADE_PROBLEM, subject, STR("set the clock, and keep it right with NTP"),
              "the database was changed at %.*s, which is in the future",
              STR_ARG(time_format(doctor->arena, SECONDS(usec_to_seconds(latest)))));
    else
        doctor_finds(doctor, GRADE_OK, subject, STR("nothing is from the future"), STR(""));
}

static enum error examine_organization(struct doctor *doctor, struct db *db,
                                       const struct organization_row *organization, bool *all_good)
{
    static const char subject[] = "organizations";
    long long id = (long long)organization->id;
    struct token_settings settings;
    int64_t owners = 0;
    enum error err = token_settings_find(db, organization->id, &settings);
    if (!err)
        err = members_count_other_owners(db, organization->id, 0, &owners);
    if (err)
        return err;
    if (!settings.api_tokens_enabled && !settings.legacy_api_tokens_enabled &&
        !settings.api_keys_enabled) {
        *all_good = false;
        FOUND(doctor, GRADE_WARNING, subject,
              arena_printf(doctor->arena,
                           "latchkey org settings --organization %lld --personal-access-tokens on",
                           id),
              "organization %lld has every kind of token switched off: none counts", id);
    }
    if (owners == 0) {
        *all_good = false;
        FOUND(doctor, GRADE_WARNING, subject,
              arena_printf(doctor->arena, "latchkey org set-role --organization %lld EMAIL owner",
                           id),
              "organization %lld has no owner who can act", id);
    }
    return OK;
}

static void examine_organizations(struct doctor *doctor, struct db *db)
{
    static const char subject[] = "organizations";
    struct organization_list list;
    bool all_good = true;
    enum error err = organizations_list(db, doctor->arena, &list);
    for (size_t i = 0; !err && i < list.count; i++)
        err = examine_organization(doctor, db, &list.items[i], &all_good);
    if (err)
        cannot_ask(doctor, subject, err);
    else if (list.count == 0)
        doctor_finds(doctor, GRADE_WARNING, subject, STR("there is none yet"),
                     STR("'latchkey serve' makes the first one and its owner"));
    else if (all_good)
        FOUND(doctor, GRADE_OK, subject, STR(""), "%zu, each with an owner and a kind of token",
              list.count);
}

static bool holds_secret(const struct signing_key *key, str secret, struct arena *arena)
{
    str sealed;
    return !signing_key_export(key, arena, &sealed) && equal_secret(sealed, secret);
}

static void examine_secret_key(struct doctor *doctor, const struct key_ring *keys)
{
    static const char subject[] = "secret key file";
    str path = doctor->config->secret_key_file, secret, problem = STR("");
    if (str_is_empty(path))
        return;
    if (secret_key_read(path, doctor->arena, &problem, &secret)) {
        doctor_finds(doctor, GRADE_PROBLEM, subject, problem,
                     STR("give the file that holds Label Studio's SECRET_KEY and nothing else"));
        return;
    }
    const struct signing_key *sealed = key_ring_find(keys, STR(""));
    if (!sealed)
        doctor_finds(doctor, GRADE_WARNING, subject,
                     STR("no SECRET_KEY was taken over from Label Studio yet"),
                     STR("'latchkey serve --secret-key-file' or 'latchkey import' does it"));
    else if (!holds_secret(sealed, secret, doctor->arena))
        FOUND(doctor, GRADE_PROBLEM, subject,
              STR("give the file of the Label Studio whose tokens are in use"),
              "%.*s holds another key than the one that was taken over", STR_ARG(path));
    else
        doctor_finds(doctor, GRADE_OK, subject, STR("the key that was taken over"), STR(""));
}

/* Opens everything as a command would: only where nothing would have to be made or mended. */
static void examine_keys(struct doctor *doctor)
{
    static const char subject[] = "signing keys";
    struct config config = *doctor->config;
    config.secret_key_file = STR(""); /* opening would take over a key that is not there yet */
    struct shared *shared = NULL;
    str problem = STR("");
    enum error err =
        shared_open(&config, OPEN_COMMAND, doctor->now, doctor->arena, &problem, &shared);
    if (err) {
        doctor_finds(doctor, GRADE_PROBLEM, subject,
                     str_is_empty(problem) ? str_from(error_name(err)) : problem,
                     STR("run this as the daemon's user, with its --data and --database"));
        return;
    }
    FOUND(doctor, GRADE_OK, subject, STR(""), "%zu, opened with the master key",
          key_ring_count(shared->keys));
    examine_secret_key(doctor, shared->keys);
    doctor_examine_upstream(doctor, shared);
    shared_close(shared);
}

void doctor_examine_database(struct doctor *doctor, bool files_are_good)
{
    CLEANUP(patient_release) struct patient patient = {0};
    if (!open_patient(doctor, &patient))
        return;
    if (!examine_schema(doctor, patient.db))
        return;
    examine_integrity(doctor, &patient);
    examine_times(doctor, patient.db);
    examine_organizations(doctor, patient.db);
    if (files_are_good)
        examine_keys(doctor);
}
