/*
 * What `latchkey doctor` looks at, a function a subject, and what it found.
 */
#ifndef LATCHKEY_CLI_DOCTOR_H
#define LATCHKEY_CLI_DOCTOR_H

#include "base/arena.h"
#include "base/time.h"
#include "service/config.h"
#include "service/context.h"

enum grade { GRADE_OK, GRADE_WARNING, GRADE_PROBLEM };

#define FINDINGS_MAX 64

struct finding {
    enum grade grade;
    const char *subject; /* "master key" */
    str detail;          /* what was found */
    str remedy;          /* how to mend it; empty when it is ok */
};

struct doctor {
    const struct config *config;
    usec now;
    struct arena *arena;
    struct finding findings[FINDINGS_MAX];
    size_t count;
};

/* Looks at everything that can be looked at. Changes nothing. */
void doctor_examine(struct doctor *doctor);
enum grade doctor_worst(const struct doctor *doctor);

/* For those who look: one more finding. The texts live in the doctor's arena. */
void doctor_finds(struct doctor *doctor, enum grade grade, const char *subject, str detail,
                  str remedy);

/* Folder, key, page, disk and clock. True if the rest can be opened. */
bool doctor_examine_files(struct doctor *doctor);
/* The database and what is in it. */
void doctor_examine_database(struct doctor *doctor, bool files_are_good);
/* The Label Studio behind the proxy, where --upstream-url names one. */
void doctor_examine_upstream(struct doctor *doctor, struct shared *shared);

#endif
