#include "cli/doctor.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "crypto/master.h"
#include "decision/generation.h"

#define FREE_PROBLEM (64LL * 1024 * 1024)
#define FREE_WARNING (512LL * 1024 * 1024)

#define FOUND(doctor, grade, subject, remedy, ...)                                                 \
    doctor_finds((doctor), (grade), (subject), arena_printf((doctor)->arena, __VA_ARGS__), (remedy))

static str path_in_data(const struct doctor *doctor, const char *name)
{
    return ARENA_JOIN(doctor->arena, doctor->config->data, STR("/"), str_from(name));
}

static bool look_at(const struct doctor *doctor, str path, struct stat *out)
{
    return stat(arena_cstr(doctor->arena, path), out) == 0;
}

static bool examine_folder(struct doctor *doctor)
{
    static const char subject[] = "data folder";
    str data = doctor->config->data;
    struct stat st;
    if (!look_at(doctor, data, &st)) {
        FOUND(doctor, GRADE_PROBLEM, subject,
              STR("name the daemon's folder with --data; 'latchkey serve' makes a new one"),
              "%.*s cannot be looked at: %s", STR_ARG(data), strerror(errno));
        return false;
    }
    if (!S_ISDIR(st.st_mode)) {
        FOUND(doctor, GRADE_PROBLEM, subject, STR("name a folder with --data"),
              "%.*s is not a folder", STR_ARG(data));
        return false;
    }
    unsigned mode = st.st_mode & 07777U;
    str chmod = arena_printf(doctor->arena, "chmod 700 %.*s", STR_ARG(data));
    if (mode & 0022U)
        FOUND(doctor, GRADE_PROBLEM, subject, chmod, "%.*s can be written by others (mode %04o)",
              STR_ARG(data), mode);
    else if (mode & 0007U)
        FOUND(doctor, GRADE_WARNING, subject, chmod, "%.*s can be entered by anybody (mode %04o)",
              STR_ARG(data), mode);
    else
        FOUND(doctor, GRADE_OK, subject, STR(""), "%.*s, mode %04o", STR_ARG(data), mode);
    return true;
}

static bool examine_master_key(struct doctor *doctor)
{
    static const char subject[] = "master key";
    struct master master;
    str problem = STR("");
    enum error err = master_open(path_in_data(doctor, "master.key"), MASTER_EXPECT, doctor->arena,
                                 &problem, &master);
    if (err) {
        doctor_finds(doctor, GRADE_PROBLEM, subject,
                     str_is_empty(problem) ? str_from(error_name(err)) : problem,
                     STR("put back the master.key that belongs to this database, mode 0600"));
        return false;
    }
    master_release(&master);
    doctor_finds(doctor, GRADE_OK, subject, STR("readable, and by nobody else"), STR(""));
    return true;
}

/* A command run as root makes files that the daemon's user cannot use. */
static void examine_owners(struct doctor *doctor)
{
    static const char subject[] = "owners";
    static const char *const names[] = {"latchkey.db", "latchkey.db-wal", "latchkey.db-shm",
                                        "master.key",  GENERATION_FILE,   "lock"};
    struct stat folder, file;
    if (!look_at(doctor, doctor->config->data, &folder))
        return;
    bool all_good = true;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        str path = path_in_data(doctor, names[i]);
        if (!look_at(doctor, path, &file) || file.st_uid == folder.st_uid)
            continue;
        all_good = false;
        FOUND(doctor, GRADE_WARNING, subject,
              arena_printf(doctor->arena, "chown %u %.*s", folder.st_uid, STR_ARG(path)),
              "%.*s belongs to user %u, its folder to %u", STR_ARG(path), file.st_uid,
              folder.st_uid);
    }
    if (all_good)
        doctor_finds(doctor, GRADE_OK, subject, STR("all files belong to the folder's owner"),
                     STR(""));
}

static bool examine_page(struct doctor *doctor)
{
    static const char subject[] = "generation page";
    struct generation_page *page = NULL;
    str path = path_in_data(doctor, GENERATION_FILE);
    enum error err = generation_open(path, READ_ONLY, &page);
    switch ((int)err) {
    case OK:
        break;
    case ERR_NOT_FOUND:
        doctor_finds(doctor, GRADE_WARNING, subject, STR("there is none yet"),
                     STR("'latchkey serve' makes it"));
        return false;
    case ERR_FORBIDDEN:
        FOUND(doctor, GRADE_PROBLEM, subject,
              STR("run this as the daemon's user, or as root: changes made without the page would "
                  "not reach the daemon at once"),
              "%.*s may not be read", STR_ARG(path));
        return false;
    default:
        FOUND(doctor, GRADE_PROBLEM, subject,
              STR("stop the daemon, delete the file, and start it again"),
              "%.*s cannot be used (%s)", STR_ARG(path), error_name(err));
        return false;
    }
    bool is_current = generation_is_current(page, doctor->now);
    generation_close(page);
    if (is_current)
        doctor_finds(doctor, GRADE_OK, subject, STR("readable"), STR(""));
    else
        doctor_finds(doctor, GRADE_WARNING, subject,
                     STR("nobody follows the changes of other hosts just now"),
                     STR("look whether the daemon runs and reaches the database"));
    return true;
}

static void examine_disk(struct doctor *doctor)
{
    static const char subject[] = "disk space";
    struct statvfs st;
    if (statvfs(arena_cstr(doctor->arena, doctor->config->data), &st) != 0)
        return;
    unsigned long long available = (unsigned long long)st.f_bavail * st.f_frsize;
    enum grade grade = available < FREE_PROBLEM   ? GRADE_PROBLEM
                       : available < FREE_WARNING ? GRADE_WARNING
                                                  : GRADE_OK;
    FOUND(doctor, grade, subject,
          grade == GRADE_OK ? STR("")
                            : STR("make room: on a full disk no token can be made or "
                                  "revoked"),
          "%llu MiB are free", available >> 20);
}

/* Tokens are worth nothing under a clock that is years off. */
static void examine_clock(struct doctor *doctor)
{
    static const char subject[] = "clock";
    static const struct {
        const char *earliest, *latest;
    } sane = {"2025-01-01", "2100-01-01"};
    usec earliest, latest;
    if (time_parse(str_from(sane.earliest), &earliest) ||
        time_parse(str_from(sane.latest), &latest))
        return;
    str now = time_format(doctor->arena, SECONDS(usec_to_seconds(doctor->now)));
    if (doctor->now < earliest || doctor->now > latest)
        FOUND(doctor, GRADE_PROBLEM, subject, STR("set the clock, and keep it right with NTP"),
              "%.*s cannot be right", STR_ARG(now));
    else
        FOUND(doctor, GRADE_OK, subject, STR(""), "%.*s", STR_ARG(now));
}

bool doctor_examine_files(struct doctor *doctor)
{
    examine_clock(doctor);
    if (!examine_folder(doctor))
        return false;
    bool has_key = examine_master_key(doctor);
    bool has_page = examine_page(doctor);
    examine_owners(doctor);
    examine_disk(doctor);
    return has_key && has_page;
}
